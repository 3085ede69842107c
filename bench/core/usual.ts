/** The cases on which the operator has to keep its targets: what they cost, and how late jobs were. */
import type { Figure, Section, Target } from '../results.ts';
import type { Case } from './cases.ts';
import {
  bestSetting,
  costOf,
  keda,
  KEDA_DECIDERS,
  OPERATOR,
  ORACLE,
  REFERENCE,
  sweepOf,
  VIOLATED_SHARE,
} from './deciders.ts';
import type { Measured } from './measured.ts';
import { mean, pooled, violatedShare, type Point } from './points.ts';
import type { Decider, Run } from './run.ts';
import { HPA_SETTINGS, KEDA_SETTINGS } from './settings.ts';

export interface UsualOptions {
  readonly cases: readonly Case[];
  readonly seeds: readonly number[];
  /** Whether arrivals were recorded, or made up. */
  readonly isReal: boolean;
  readonly hasReference: boolean;
}

const FROM_ZERO: Decider = { who: 'operator', min: 0 };
const ORACLE_FROM_ZERO: Decider = { who: 'oracle', min: 0 };

/** Everything that `usualSection` reads, and the setting of KEDA that it compares with. */
export async function measureUsual(measured: Measured, options: UsualOptions): Promise<string> {
  const { cases, seeds, hasReference } = options;
  const [first = 1] = seeds;
  await measured.measure('every setting of the peers', sweepOf(cases, first));
  const best = bestSetting(measured, cases, first);
  const others = hasReference ? [keda(best), REFERENCE] : [keda(best)];
  const runs = cases.flatMap((of) => [
    ...seeds.flatMap((seed) => [OPERATOR, ORACLE, ...others].map((by): Run => ({ of, seed, by }))),
    ...[FROM_ZERO, ORACLE_FROM_ZERO, keda(best, 0)].map((by): Run => ({ of, seed: first, by })),
  ]);
  await measured.measure('the operator', runs);
  return best;
}

export function usualSection(
  measured: Measured,
  options: UsualOptions,
  best: string,
): Omit<Section, 'machine'> {
  const { cases, seeds, isReal, hasReference } = options;
  return {
    bench: 'core',
    title: 'Sizing the workers of a queue',
    method: [
      `${isReal ? 'Real arrivals: two weeks from the first Monday on, or all of a shorter trace. They are taken as often as makes the busiest day 50,000 leads' : 'Two weeks of the seeded generator'}. They run job by job as in [simulate](design/simulate.md), each with seeds ${seeds.join(', ')}; figures are of all seeds together. The objective is 60 s, a Pod starts in 20 s, and jobs take 5 or 20 s on the average with a variation of 1. Pod-hours are over those of the oracle. A violated minute is one in which a job came that waited for longer than the objective.`,
      `KEDA in ${KEDA_SETTINGS.length} settings and an HPA in ${HPA_SETTINGS.length}, simulated by their documented algorithm, with seed ${seeds[0]}. The column has one setting of KEDA: *${best}*. Of those with no more than ${100 * VIOLATED_SHARE} % of their minutes violated it has the fewest Pod-hours, on the mean of all cases.${hasReference ? ' The reference is a policy that was measured in another simulator, run in this one.' : ''} Everything has one Pod at least, except where a row says *from zero*; those are of seed ${seeds[0]}. ![Cost and violated minutes of every setting](pictures/core.svg)`,
    ],
    peers: ['KEDA, simulated', ...(hasReference ? ['reference'] : [])],
    figures: [
      ...summary(measured, options, best),
      ...cases.flatMap((of) => rowsOf(measured, options, best, of)),
    ],
    remarks: remarksOn(measured, options, best),
  };
}

const pointOf = (measured: Measured, of: Case, seeds: readonly number[], by: Decider): Point =>
  pooled(seeds.map((seed) => measured.of({ of, seed, by })));

/** Pod-hours over those of the oracle, of all seeds together. */
function pooledCost(measured: Measured, of: Case, seeds: readonly number[], by: Decider): number {
  return pointOf(measured, of, seeds, by).podHours / pointOf(measured, of, seeds, ORACLE).podHours;
}

function summary(measured: Measured, options: UsualOptions, best: string): readonly Figure[] {
  const { cases, seeds, hasReference } = options;
  const deciders = [OPERATOR, keda(best), ...(hasReference ? [REFERENCE] : [])];
  const row = (name: string, unit: string, atMost: number, of: (by: Decider) => number): Figure => {
    const [value, ...peers] = deciders.map(of);
    return { name, value, unit, target: { atMost } satisfies Target, peers };
  };
  const costs = (by: Decider) => cases.map((of) => pooledCost(measured, of, seeds, by));
  const relative = (key: 'scaleEvents' | 'podStarts') => (by: Decider) =>
    cases.map((of) => pointOf(measured, of, seeds, by)[key] / pointOf(measured, of, seeds, keda(best))[key]);
  const shares = (by: Decider) =>
    cases.flatMap((of) => seeds.map((seed) => 100 * violatedShare(measured.of({ of, seed, by }))));
  return [
    row('Pod-hours over the oracle, mean of the cases', '', 1.1, (by) => mean(costs(by))),
    row('Pod-hours over the oracle, worst case', '', 1.15, (by) => Math.max(...costs(by))),
    row(
      'violated minutes',
      '%',
      0.02,
      (by) => 100 * violatedShare(pooled(cases.map((of) => pointOf(measured, of, seeds, by)))),
    ),
    row('violated minutes, worst run', '%', 0.04, (by) => Math.max(...shares(by))),
    row("changes of size over KEDA's, mean of the cases", '', 1, (by) => mean(relative('scaleEvents')(by))),
    row("changes of size over KEDA's, worst case", '', 1.1, (by) => Math.max(...relative('scaleEvents')(by))),
    row("Pod starts over KEDA's, mean of the cases", '', 1, (by) => mean(relative('podStarts')(by))),
    row("Pod starts over KEDA's, worst case", '', 1.1, (by) => Math.max(...relative('podStarts')(by))),
  ];
}

function rowsOf(measured: Measured, options: UsualOptions, best: string, of: Case): readonly Figure[] {
  const { seeds, hasReference } = options;
  const [first = 1] = seeds;
  const rows = (
    where: string,
    own: Decider,
    peers: readonly Decider[],
    oracle: Decider,
    over: readonly number[],
  ) => {
    const points = [own, ...peers].map((by) => pointOf(measured, of, over, by));
    const { podHours: least } = pointOf(measured, of, over, oracle);
    const row = (what: string, value: (point: Point) => number): Figure => {
      const [ours, ...theirs] = points.map(value);
      return { name: `${of.name}${where}: ${what}`, value: ours, unit: '', peers: theirs };
    };
    return [
      row('Pod-hours over the oracle', ({ podHours }) => podHours / least),
      row('violated minutes', ({ violatedMinutes }) => violatedMinutes),
      row('changes of size', ({ scaleEvents }) => scaleEvents),
      row('Pod starts', ({ podStarts }) => podStarts),
    ];
  };
  return [
    ...rows('', OPERATOR, [keda(best), ...(hasReference ? [REFERENCE] : [])], ORACLE, seeds),
    ...rows(', from zero', FROM_ZERO, [keda(best, 0)], ORACLE_FROM_ZERO, [first]),
  ];
}

/** Losses in plain words, from what was measured. */
function remarksOn(measured: Measured, { cases, seeds }: UsualOptions, best: string): readonly string[] {
  const [seed = 1] = seeds;
  const cost = (of: Case, by: Decider) => costOf(measured, { of, seed, by });
  const violated = (of: Case, by: Decider) => measured.of({ of, seed, by }).violatedMinutes;
  const dearer = cases.filter(
    (of) => pooledCost(measured, of, seeds, OPERATOR) > pooledCost(measured, of, seeds, keda(best)),
  );
  const beaten = cases.filter((of) =>
    KEDA_DECIDERS.some(
      (by) => cost(of, by) < cost(of, OPERATOR) && violated(of, by) <= violated(of, OPERATOR),
    ),
  );
  return [
    `The operator is dearer than that setting of KEDA in ${dearer.length} of ${cases.length} cases.`,
    `In ${beaten.length} of ${cases.length} cases some setting of KEDA costs less than the operator with no more violated minutes, with seed ${seed}.`,
    'KEDA is told how long a job takes, rightly; whoever sets it up has to know. The operator is told by `capacity.jobsPerMinute`.',
  ];
}
