/** What the operator tells of its own work. Whoever exposes it is above, and looks at the operator. */
import type { Decision } from '../../src/model/decision.ts';
import type { RequestSample } from '../runtime/client.ts';
import type { WorkQueueMetrics } from '../runtime/work-queue.ts';

export interface PassMetrics {
  decided(decision: Decision): void;
  /** A pass ended with an error. */
  failed(error: unknown): void;
  /** The API server was asked something, watches left out. */
  requested(sample: RequestSample): void;
  readonly queue: WorkQueueMetrics;
}
