import type { Log } from '../testbed/progress.ts';
import type { Spread } from './statistics.ts';

export interface KedaSpikes {
  readonly name: string;
  readonly method: readonly string[];
  readonly remarks: readonly string[];
  readonly firstStep: Spread;
  readonly firstStepTo: number;
  readonly all: Spread;
}

export async function kedaSpikes(_log: Log): Promise<KedaSpikes | undefined> {
  return undefined;
}
