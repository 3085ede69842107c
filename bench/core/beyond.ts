/** What the operator was not tuned for: other weeks, wrong capacities, little time for a start, bursts, signals that lie. */
import type { Figure, Section } from '../results.ts';
import { laterCases, peakCases, shortSlackCases, SHORT_SLACKS, usualCases, type Case } from './cases.ts';
import { costOf, KEDA_DECIDERS, OPERATOR, ORACLE, REFERENCE, sweepOf } from './deciders.ts';
import { faultAt, FAULTS } from './faults.ts';
import type { Measured } from './measured.ts';
import { mean, pooled, type Point } from './points.ts';
import type { Decider, Run } from './run.ts';
import type { Traces } from './traces.ts';

export interface BeyondOptions {
  readonly traces: Traces;
  readonly seeds: readonly number[];
  readonly hasReference: boolean;
}

const HOUR = 3_600;
/** What the spec says that a job takes, over what it takes. */
const WRONG = [
  { name: 'four times too fast', times: 1 / 4 },
  { name: 'four times too slow', times: 4 },
  { name: 'left at its default', times: 'default' },
] as const;

/** One seed, where a row is not of all: the sweep on those cases takes a quarter of an hour. */
const oneSeed = ({ seeds: [first = 1] }: BeyondOptions): number => first;

const told = (of: Case, times: number | 'default'): Decider => ({
  who: 'operator',
  min: 1,
  toldSeconds: times === 'default' ? times : times * of.serviceSeconds,
});

function hourOf(of: Case & { readonly hourAt: number }, seed: number): Run {
  return { of, seed, by: OPERATOR, window: { from: of.hourAt, until: of.hourAt + HOUR } };
}

export async function measureBeyond(measured: Measured, options: BeyondOptions): Promise<void> {
  const { traces, seeds, hasReference } = options;
  const seed = oneSeed(options);
  const reference = hasReference ? [REFERENCE] : [];
  const runs = (cases: readonly Case[], over: readonly number[], deciders: readonly Decider[]) =>
    cases.flatMap((of) => over.flatMap((each) => deciders.map((by): Run => ({ of, seed: each, by }))));
  await measured.measure('later weeks', runs(laterCases(traces), seeds, [OPERATOR, ORACLE, ...reference]));
  await measured.measure(
    'capacities that are wrong',
    usualCases(traces).flatMap((of) =>
      [OPERATOR, ...WRONG.map(({ times }) => told(of, times))].map((by): Run => ({ of, seed, by })),
    ),
  );
  const slack = shortSlackCases(traces);
  await measured.measure('short slack', [
    ...sweepOf(slack, seed),
    ...runs(slack, [seed], [OPERATOR, ...reference]),
  ]);
  await measured.measure(
    'signals that lie',
    peakCases(traces).flatMap((of) => {
      const hour = hourOf(of, seed);
      return [hour, ...FAULTS.map((fault) => ({ ...hour, faults: [faultAt(fault, of.hourAt)] }))];
    }),
  );
}

export function beyondSection(measured: Measured, options: BeyondOptions): Omit<Section, 'machine'> {
  const { traces, hasReference } = options;
  return {
    bench: 'core-beyond',
    title: 'Sizing beyond what it was tuned for',
    method: [
      `The same queue with the same settings of the operator. Later weeks are those of each trace that is long enough, with jobs of 12 s and a variation of 2, and of all seeds; the rest is of seed ${oneSeed(options)}. A capacity that is wrong is \`capacity.jobsPerMinute\`; hours are over those with the right one. For short slack a cheaper setting of KEDA is one with fewer Pod-hours than the operator and no more violated minutes. A signal lies or is silent for the hour with the most leads, after a day in which the operator learned; hours are over those of the same hour without the fault, and the worst case is told.`,
    ],
    peers: hasReference ? ['reference'] : [],
    figures: [
      ...laterCases(traces).flatMap((of) => laterRows(measured, options, of)),
      ...WRONG.flatMap((wrong) => wrongRows(measured, options, wrong)),
      ...SHORT_SLACKS.flatMap(({ name }) => slackRows(measured, options, name)),
      ...FAULTS.flatMap((fault) => faultRows(measured, options, fault)),
    ],
    remarks: [],
  };
}

function laterRows(measured: Measured, { seeds, hasReference }: BeyondOptions, of: Case): readonly Figure[] {
  const point = (by: Decider): Point => pooled(seeds.map((seed) => measured.of({ of, seed, by })));
  const own = point(OPERATOR);
  const theirs = hasReference ? point(REFERENCE) : undefined;
  const oracle = point(ORACLE);
  return [
    {
      name: `${of.name}: Pod-hours over the oracle`,
      value: own.podHours / oracle.podHours,
      unit: '',
      ...(theirs && {
        target: { atMost: theirs.podHours / oracle.podHours },
        peers: [theirs.podHours / oracle.podHours],
      }),
    },
    {
      name: `${of.name}: violated minutes`,
      value: own.violatedMinutes,
      unit: '',
      ...(theirs && { target: { atMost: theirs.violatedMinutes }, peers: [theirs.violatedMinutes] }),
    },
  ];
}

function wrongRows(
  measured: Measured,
  options: BeyondOptions,
  { name, times }: (typeof WRONG)[number],
): readonly Figure[] {
  const seed = oneSeed(options);
  const cases = usualCases(options.traces);
  const ratios = cases.map((of) => {
    const right = measured.of({ of, seed, by: OPERATOR });
    return measured.of({ of, seed, by: told(of, times) }).podHours / right.podHours;
  });
  const violated = pooled(cases.map((of) => measured.of({ of, seed, by: told(of, times) }))).violatedMinutes;
  const off = Math.max(...ratios.map((ratio) => 100 * Math.abs(ratio - 1)));
  return [
    { name: `capacity ${name}: Pod-hours off, worst case`, value: off, unit: '%', target: { atMost: 1 } },
    { name: `capacity ${name}: violated minutes`, value: violated, unit: '' },
  ];
}

function slackRows(measured: Measured, options: BeyondOptions, name: string): readonly Figure[] {
  const seed = oneSeed(options);
  const cases = shortSlackCases(options.traces).filter((one) => one.name.endsWith(name));
  const pointsOf = (by: Decider) => cases.map((of) => measured.of({ of, seed, by }));
  const costsOf = (by: Decider) => cases.map((of) => costOf(measured, { of, seed, by }));
  const peers = options.hasReference
    ? { violated: pooled(pointsOf(REFERENCE)).violatedMinutes, cost: mean(costsOf(REFERENCE)) }
    : undefined;
  const beaten = cases.filter((of) => {
    const own = measured.of({ of, seed, by: OPERATOR });
    return KEDA_DECIDERS.some((by) => {
      const { podHours, violatedMinutes } = measured.of({ of, seed, by });
      return podHours < own.podHours && violatedMinutes <= own.violatedMinutes;
    });
  });
  return [
    {
      name: `${name}: violated minutes`,
      value: pooled(pointsOf(OPERATOR)).violatedMinutes,
      unit: '',
      ...(peers && { target: { atMost: peers.violated }, peers: [peers.violated] }),
    },
    {
      name: `${name}: Pod-hours over the oracle, mean`,
      value: mean(costsOf(OPERATOR)),
      unit: '',
      ...(peers && { target: { atMost: peers.cost }, peers: [peers.cost] }),
    },
    { name: `${name}: cases in which a setting of KEDA is cheaper`, value: beaten.length, unit: '' },
  ];
}

function faultRows(
  measured: Measured,
  options: BeyondOptions,
  fault: (typeof FAULTS)[number],
): readonly Figure[] {
  const seed = oneSeed(options);
  const hours = peakCases(options.traces).map((of) => {
    const truth = hourOf(of, seed);
    const lied = measured.of({ ...truth, faults: [faultAt(fault, of.hourAt)] });
    return { lied, ratio: lied.podHours / measured.of(truth).podHours };
  });
  const violated = Math.max(...hours.map(({ lied }) => lied.violatedMinutes));
  const ratio = Math.max(...hours.map((hour) => hour.ratio));
  return [
    { name: `${fault.name}: violated minutes, worst case`, value: violated, unit: '', target: { atMost: 2 } },
    { name: `${fault.name}: Pod-hours, worst case`, value: ratio, unit: '', target: { atMost: 1.1 } },
  ];
}
