import type { Part, WorkerPart } from '../api/parts.ts';

/** Whether a part is the workers of one queue, sync among them. */
export function isWorkers(part: Part): part is WorkerPart {
  return part.role === 'sync' || part.role === 'queue';
}
