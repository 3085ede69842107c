/**
 * The traffic of the demo: a platform that grows from a few thousand leads/day to more than a hundred thousand, loses its
 * campaigns one after the other, and is small again. Days are those of the platform; how long one takes is not said here.
 */
import { replayOf, type Bucket, type Replay } from './replay.ts';

/** Leads/day of one stretch of days. */
export interface Stretch {
  readonly leadsPerDay: number;
  readonly days: number;
}

/** More than usual, at once. */
export interface Burst {
  /** When it begins, in days since the beginning. */
  readonly at: number;
  readonly what: string;
}

/** An import: leads on top of those of the day. */
export interface LeadBurst extends Burst {
  readonly leads: number;
}

/** Jobs at once on one queue, which no lead has brought. */
export interface JobBurst extends Burst {
  readonly queue: string;
  readonly jobs: number;
}

export interface TrafficPlan {
  readonly replay: Replay;
  readonly leadBursts: readonly LeadBurst[];
  readonly jobBursts: readonly JobBurst[];
}

/**
 * One stretch a rung. On the way up a rung's load fills the trailing day, stays two days (`sustainedFor`), and has a day to
 * spare. On the way down a day each is enough: what counts is the busiest of the last seven, so that the platform comes
 * down a week after its load did.
 *
 *     load 12,000 from day 6:  trailing day passes 10,000 at 6.6, sustained at 8.6, the next stretch begins at 10
 *     load 75,000 from day 31: busiest of seven days below 90,000 (100,000 less 10 %) from 38.7 on
 */
export const CLIMB: readonly Stretch[] = [
  { leadsPerDay: 3_000, days: 2 },
  { leadsPerDay: 7_000, days: 4 },
  { leadsPerDay: 12_000, days: 4 },
  { leadsPerDay: 20_000, days: 4 },
  { leadsPerDay: 27_000, days: 4 },
  { leadsPerDay: 40_000, days: 4 },
  { leadsPerDay: 75_000, days: 4 },
  { leadsPerDay: 120_000, days: 5 },
];

export const DESCENT: readonly Stretch[] = [
  { leadsPerDay: 75_000, days: 1 },
  { leadsPerDay: 40_000, days: 1 },
  // Not the 27,000 of the climb: that is just the margin below 30,000, and would come down a day late.
  { leadsPerDay: 26_000, days: 1 },
  { leadsPerDay: 20_000, days: 1 },
  { leadsPerDay: 12_000, days: 1 },
  { leadsPerDay: 7_000, days: 1 },
  { leadsPerDay: 3_000, days: 11 },
];

/** At 20,000 leads/day, one day: 45,000 need a load balancer at once, and are no reason for a message broker. */
const IMPORT: LeadBurst = { at: 11.25, leads: 25_000, what: 'one import of 25,000 leads' };
/** At 40,000 leads/day: a backlog that only many more workers pick up in time. */
const NEWSLETTER: JobBurst = {
  at: 20.5,
  queue: 'mail',
  jobs: 400,
  what: 'a newsletter: 400 jobs at once on the queue mail',
};

/** How long an import takes, in days: an hour. */
const IMPORT_DAYS = 1 / 24;

/** How the leads of a day fall on its hours: quiet at night, busiest before noon and in the early evening. */
const HOURS: readonly number[] = [
  5, 4, 4, 4, 5, 6, 8, 9, 11, 12, 12, 11, 10, 10, 11, 11, 11, 12, 12, 11, 9, 8, 7, 6,
];

/** Days differ from one another by this much at most. */
const JITTER = 0.015;

/** The climb and the descent, day by day. The same seed gives the same leads. */
export function climbAndDescent(seed: number): TrafficPlan {
  const random = randomOf(seed);
  const buckets: Bucket[] = [];
  let day = 0;
  for (const { leadsPerDay, days } of [...CLIMB, ...DESCENT]) {
    for (let count = 0; count < days; count += 1, day += 1) {
      const leads = leadsPerDay * (1 + JITTER * (2 * random() - 1));
      buckets.push(...hoursOf(day, leads));
    }
  }
  return { replay: withBursts(replayOf(buckets), [IMPORT]), leadBursts: [IMPORT], jobBursts: [NEWSLETTER] };
}

function hoursOf(day: number, leads: number): Bucket[] {
  const whole = HOURS.reduce((sum, weight) => sum + weight, 0);
  return HOURS.map((weight, hour) => ({
    from: day + hour / HOURS.length,
    length: 1 / HOURS.length,
    leads: (leads * weight) / whole,
  }));
}

function withBursts(replay: Replay, bursts: readonly LeadBurst[]): Replay {
  return {
    days: replay.days,
    leadsBy: (day) =>
      bursts.reduce(
        (sum, { at, leads }) => sum + leads * Math.min(1, Math.max(0, (day - at) / IMPORT_DAYS)),
        replay.leadsBy(day),
      ),
  };
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
