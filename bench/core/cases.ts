/** What is measured: which part of a trace, with which jobs, under which objective. */
import type { Instant } from '../../src/model/reading.ts';
import type { Trace } from '../../src/simulate/trace.ts';
import { workloadOf, type Workload } from '../../src/simulate/queue/workload.ts';
import type { Traces } from './traces.ts';

export interface Case {
  readonly name: string;
  /** Name of its trace. */
  readonly trace: string;
  readonly from: Instant;
  readonly until: Instant;
  /** How many times the leads of the trace are taken. */
  readonly scale: number;
  /** Seconds that a job takes on the average, and the standard deviation of that over its mean. */
  readonly serviceSeconds: number;
  readonly serviceVariation: number;
  readonly objectiveSeconds: number;
  readonly podStartSeconds: number;
}

/** What is the same in every case that says nothing else. */
export const USUAL = { serviceVariation: 1, objectiveSeconds: 60, podStartSeconds: 20 };
const SERVICES = [5, 20];
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const MONDAY = 1;
const FIRST_WEEKS_MS = 2 * WEEK_MS;
/** Leads of the busiest day, at least: a queue of a few jobs is sized by its floor. */
const BUSIEST_DAY = 50_000;

/** Two weeks from the first Monday on, or all of a shorter trace, with jobs of two lengths. */
export function usualCases(traces: Traces): readonly Case[] {
  return [...traces].flatMap(([name, trace]) =>
    SERVICES.map((serviceSeconds) => ({
      ...USUAL,
      ...firstWeeksOf(trace),
      name: `${name}, ${serviceSeconds} s`,
      trace: name,
      scale: scaleOf(trace),
      serviceSeconds,
    })),
  );
}

/** The same with less time between a Pod's start and the objective. */
export const SHORT_SLACKS = [
  { name: 'start 60 s', objectiveSeconds: 60, podStartSeconds: 60 },
  { name: 'objective 15 s', objectiveSeconds: 15, podStartSeconds: 20 },
  { name: 'start 120 s', objectiveSeconds: 60, podStartSeconds: 120 },
] as const;

export function shortSlackCases(traces: Traces): readonly Case[] {
  return SHORT_SLACKS.flatMap(({ name, ...slack }) =>
    usualCases(traces).map((one) => ({ ...one, ...slack, name: `${one.name}, ${name}` })),
  );
}

/** At most so many weeks after the first ones. */
const LATER_WEEKS = 11;
const LEAST_LATER_MS = 10 * DAY_MS;

/** Weeks on which no parameter was chosen, with jobs of another length that vary more, of each trace that is long enough. */
export function laterCases(traces: Traces): readonly Case[] {
  return [...traces].flatMap(([name, trace]) => {
    const { until: after } = firstWeeksOf(trace);
    const room = Math.floor((endOf(trace) - after - LEAST_LATER_MS) / WEEK_MS);
    if (room < 0) return [];
    const from = after + Math.min(LATER_WEEKS, room) * WEEK_MS;
    return [
      {
        ...USUAL,
        name: `${name}, later weeks`,
        trace: name,
        from,
        until: Math.min(from + FIRST_WEEKS_MS, endOf(trace)),
        scale: scaleOf(trace),
        serviceSeconds: 12,
        serviceVariation: 2,
      },
    ];
  });
}

/** The hour with the most leads of the first weeks, and how long before it a policy may learn. */
export function peakCases(traces: Traces): readonly (Case & { readonly hourAt: number })[] {
  return usualCases(traces).map((one) => {
    const { buckets } = traces.get(one.trace)!;
    const peak = busiestHour(buckets.filter(({ at }) => at >= one.from && at < one.until));
    const from = Math.max(one.from, peak - DAY_MS);
    return { ...one, from, until: Math.min(one.until, peak + 2 * HOUR_MS), hourAt: (peak - from) / 1_000 };
  });
}

/** Every policy gets the same jobs. */
export function workloadFor(one: Case, traces: Traces, seed: number): Workload {
  const trace = traces.get(one.trace);
  if (trace === undefined) throw new Error(`there is no trace ${one.trace}`);
  return workloadOf(trace, { ...one, seed });
}

const HOUR_MS = 3_600_000;

function busiestHour(buckets: Trace['buckets']): Instant {
  const hours = new Map<number, number>();
  for (const { at, leads } of buckets) {
    const hour = Math.floor(at / HOUR_MS);
    hours.set(hour, (hours.get(hour) ?? 0) + leads);
  }
  const [hour = 0] = [...hours].toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return hour * HOUR_MS;
}

const startOf = ({ buckets }: Trace): Instant => buckets[0]?.at ?? 0;
const endOf = ({ buckets, bucketMs }: Trace): Instant => (buckets.at(-1)?.at ?? 0) + bucketMs;

function firstWeeksOf(trace: Trace): { readonly from: Instant; readonly until: Instant } {
  const [first, end] = [startOf(trace), endOf(trace)];
  if (end - first <= FIRST_WEEKS_MS) return { from: first, until: end };
  const from = firstMonday(first);
  return { from, until: Math.min(from + FIRST_WEEKS_MS, end) };
}

function scaleOf(trace: Trace): number {
  const { from, until } = firstWeeksOf(trace);
  const days = new Map<number, number>();
  for (const { at, leads } of trace.buckets.filter(({ at }) => at >= from && at < until)) {
    const day = Math.floor(at / DAY_MS);
    days.set(day, (days.get(day) ?? 0) + leads);
  }
  return Math.max(1, Math.ceil(BUSIEST_DAY / Math.max(1, ...days.values())));
}

function firstMonday(first: Instant): Instant {
  let day = Math.floor(first / DAY_MS) * DAY_MS;
  while (new Date(day).getUTCDay() !== MONDAY) day += DAY_MS;
  return day;
}
