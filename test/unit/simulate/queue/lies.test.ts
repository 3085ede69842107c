import { beforeAll, describe, expect, it } from 'vitest';
import { Faults, type Fault } from '../../../../src/simulate/queue/faults.ts';
import { productPolicy } from '../../../../src/simulate/queue/product.ts';
import { runQueue } from '../../../../src/simulate/queue/run.ts';
import { traceOf } from '../../../../src/simulate/trace.ts';
import { workloadOf, type Workload } from '../../../../src/simulate/queue/workload.ts';
import { spec } from './by-hand.ts';

const HOUR = 3_600;
const MINUTE_MS = 60_000;
const SERVICE_S = 5;
const OPTIONS = { objectiveSeconds: 60, podStartSeconds: 20 };

interface Hour {
  readonly podHours: number;
  readonly least: number;
  readonly violated: number;
  /** The fewest Pods from then on, and violated minutes. */
  readonly violatedAfter: number;
}

/** Two jobs a second, and three from the middle of the second hour on, which is the one that counts. */
const trace = traceOf(
  Array.from({ length: 180 }, (_, minute) => ({ at: minute * MINUTE_MS, leads: minute < 90 ? 120 : 180 })),
);
let jobs: Workload;
let truth: Hour;
let before = 0;

/** The second hour with that fault in it. */
function hourWith(...faults: readonly Fault[]): Hour {
  const policy = productPolicy({ spec: spec(SERVICE_S, '2m', '5s'), queue: 'default', workload: jobs });
  let [podSeconds, least, wantedBefore] = [0, Infinity, 0];
  const { violatedMinutes } = runQueue(jobs, policy, {
    ...OPTIONS,
    faults: new Faults(faults),
    watch: ({ now, wanted }) => {
      if (now < HOUR) wantedBefore = wanted;
      if (now < HOUR || now >= 2 * HOUR) return;
      podSeconds += wanted;
      least = Math.min(least, wanted);
    },
  });
  before = wantedBefore;
  const minutes = violatedMinutes.map((minute) => minute / 60);
  return {
    podHours: podSeconds / HOUR,
    least,
    violated: minutes.filter((at) => at >= 1 && at < 2).length,
    violatedAfter: minutes.filter((at) => at >= 2).length,
  };
}

beforeAll(() => {
  jobs = workloadOf(trace, { seed: 1, serviceSeconds: SERVICE_S });
  truth = hourWith();
});

const during = (seconds: number, fault: Pick<Fault, 'kind' | 'reads'>): Fault => ({
  ...fault,
  from: HOUR,
  until: HOUR + seconds,
});

describe.each([
  ['a queue that nobody can read', during(HOUR, { kind: 'queues' })],
  ['a queue that reads as empty', during(HOUR, { kind: 'queues', reads: 0 })],
  ['a queue that reads the same', during(HOUR, { kind: 'queues', reads: 'frozen' })],
  ['a queue of a million jobs, once', during(1, { kind: 'queues', reads: 1e6 })],
  ['a queue of a hundred million jobs', during(HOUR, { kind: 'queues', reads: 1e8 })],
  ['a queue whose length is no number', during(HOUR, { kind: 'queues', reads: NaN })],
  ['a queue whose length is below zero', during(HOUR, { kind: 'queues', reads: -5 })],
  ['leads that nobody can read', during(HOUR, { kind: 'leads' })],
  ['leads/minute that read as none', during(HOUR, { kind: 'leads-per-minute', reads: 0 })],
  ['a million leads/minute', during(HOUR, { kind: 'leads-per-minute', reads: 1e6 })],
  ['leads/minute that read the same', during(HOUR, { kind: 'leads-per-minute', reads: 'frozen' })],
  ['leads/minute that are no number', during(HOUR, { kind: 'leads-per-minute', reads: NaN })],
  ['leads/day that read as none', during(HOUR, { kind: 'leads-per-day', reads: 0 })],
  ['leads/day that read as a million', during(HOUR, { kind: 'leads-per-day', reads: 1e6 })],
])('%s for an hour in which the load rises', (_, fault) => {
  let lied: Hour;
  beforeAll(() => {
    lied = hourWith(fault);
  });

  it('makes no job late, then or after', () => {
    expect(truth).toMatchObject({ violated: 0, violatedAfter: 0 });
    expect(lied).toMatchObject({ violated: 0, violatedAfter: 0 });
  });

  it('costs a tenth more at the most', () => {
    expect(lied.podHours).toBeLessThanOrEqual(1.1 * truth.podHours);
  });

  it('takes no worker away that was there, unless the truth did', () => {
    expect(lied.least).toBeGreaterThanOrEqual(Math.min(before, truth.least));
  });
});
