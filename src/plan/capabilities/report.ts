/** What a capability's report is made from. One file a capability that this version puts in place; a table for the rest. */
import type { Decision } from '../../decide/types.ts';
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import type { Observed } from '../observed.ts';
import type { Course } from '../transition.ts';
import type { CapabilityReport } from '../types.ts';

export interface ReportContext {
  readonly spec: LeadPlatformSpec;
  readonly observed: Observed;
  readonly decision: Decision;
  readonly course: Course;
}

/** How far a capability is, once it is called for and nobody has to be asked. */
export type Progress = Pick<CapabilityReport, 'state' | 'reason' | 'message'>;
export type Reporter = (context: ReportContext) => Progress;

export const ready = (message: string): Progress => ({ state: 'Ready', reason: 'Ready', message });
export const progressing = (reason: string, message: string): Progress => ({
  state: 'Progressing',
  reason,
  message,
});
export const blocked = (reason: string, message: string): Progress => ({ state: 'Blocked', reason, message });

/** Replicas wanted and ready of the web side, and of workers over all queues. A pod with everything counts for both. */
export function replicasOf({ course: { wanted } }: ReportContext) {
  const web = wanted.filter(({ part }) => part.role === 'ingest' || part.role === 'all-in-one');
  const total = (count: (sized: (typeof wanted)[number]) => number) =>
    wanted.reduce((sum, sized) => {
      if (sized.part.role === 'ingest') return sum;
      return sum + count(sized) * (sized.part.role === 'all-in-one' ? sized.part.workers.length : 1);
    }, 0);
  return {
    web: { wanted: web[0]?.wanted ?? 0, ready: web[0]?.live?.ready ?? 0 },
    workers: { wanted: total((sized) => sized.wanted), ready: total(({ live }) => live?.ready ?? 0) },
  };
}
