/** One signal that lies or is silent for an hour at the peak. */
import type { Fault } from '../../src/simulate/queue/faults.ts';

const HOUR = 3_600;

interface NamedFault {
  readonly name: string;
  readonly fault: Pick<Fault, 'kind' | 'reads'>;
  /** Seconds. Default: an hour. */
  readonly lasts?: number;
}

/** Long enough for one look at a queue, and for one count of leads/day. */
const [ONE_LOOK, ONE_COUNT] = [1, 300];

export const FAULTS: readonly NamedFault[] = [
  { name: 'queue missing', fault: { kind: 'queues' } },
  { name: 'queue reads 0', fault: { kind: 'queues', reads: 0 } },
  { name: 'queue frozen', fault: { kind: 'queues', reads: 'frozen' } },
  { name: 'queue reads 10⁶ once', fault: { kind: 'queues', reads: 1e6 }, lasts: ONE_LOOK },
  { name: 'queue reads 10⁸', fault: { kind: 'queues', reads: 1e8 } },
  { name: 'queue reads NaN', fault: { kind: 'queues', reads: NaN } },
  { name: 'queue reads −5', fault: { kind: 'queues', reads: -5 } },
  { name: 'leads missing', fault: { kind: 'leads' } },
  { name: 'leads/minute missing', fault: { kind: 'leads-per-minute' } },
  { name: 'leads/minute reads 0', fault: { kind: 'leads-per-minute', reads: 0 } },
  { name: 'leads/minute frozen', fault: { kind: 'leads-per-minute', reads: 'frozen' } },
  { name: 'leads/minute reads 10⁶', fault: { kind: 'leads-per-minute', reads: 1e6 } },
  { name: 'leads/minute reads NaN', fault: { kind: 'leads-per-minute', reads: NaN } },
  { name: 'leads/minute reads −5', fault: { kind: 'leads-per-minute', reads: -5 } },
  { name: 'leads/day reads 0', fault: { kind: 'leads-per-day', reads: 0 } },
  {
    name: 'leads/day reads 150,000 once',
    fault: { kind: 'leads-per-day', reads: 150_000 },
    lasts: ONE_COUNT,
  },
];

export function faultAt({ fault, lasts = HOUR }: NamedFault, from: number): Fault {
  return { ...fault, from, until: from + lasts };
}
