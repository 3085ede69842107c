/** Which passes over the call logs a strategy runs by schedule. Webhook has none: the application is called. */
import type { CallLogSync } from '../api/schema/call-log-sync.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';

type Pass = 'polling' | 'hourly' | 'nightly';

const PASSES: Readonly<Record<CallLogSync['strategy'], readonly Pass[]>> = {
  Webhook: [],
  None: [],
  Polling: ['polling'],
  Batch: ['nightly'],
  Hybrid: ['hourly', 'nightly'],
};

export interface JobPass {
  readonly pass: Pass;
  readonly schedule: string;
  readonly command: readonly string[];
}

export function jobPasses({ callLogSync }: LeadPlatformSpec): readonly JobPass[] {
  return PASSES[callLogSync.strategy].map((pass) => ({ pass, ...callLogSync[pass] }));
}
