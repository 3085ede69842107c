/** What the sources of one platform need from outside. */
import type { Pools } from './pools.ts';
import type { ReadSecret, ReadUsage } from './port.ts';

export interface SourceDeps {
  /** Shared by every platform of the process. */
  readonly pools: Pools;
  /** Bound to the namespace of the platform, so that no spec can name a Secret of another. */
  readonly readSecret: ReadSecret;
  /** Bound to the pods of the platform. */
  readonly readUsage: ReadUsage;
}
