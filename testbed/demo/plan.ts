/**
 * The traffic of the demo: a platform that grows from a few thousand leads/day to more than a hundred thousand, loses its
 * campaigns one after the other, and is small again. Days are those of the platform; how long one takes is not said here.
 */
import { replayOf, type Bucket, type Replay } from './replay.ts';

/** Leads/day of one stretch of days. */
export interface Stretch {
  /** The rung that the platform is to be on at its end, where it has to be on one. */
  readonly rung?: string;
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

/** The load stays as it is on the day before `at` until the platform has followed. */
export interface Hold {
  /** Days since the beginning of the plan. */
  readonly at: number;
  /** The rung to wait for: to be on it or above it while climbing, to be back on it while descending. */
  readonly rung: string;
  readonly direction: 'up' | 'down';
}

export interface TrafficPlan {
  readonly replay: Replay;
  readonly leadBursts: readonly LeadBurst[];
  readonly jobBursts: readonly JobBurst[];
  /** In order of time. */
  readonly holds: readonly Hold[];
}

/**
 * One stretch a rung. On the way up a load fills the trailing day and stays two days (`sustainedFor`); then the platform
 * has followed, or the stretch goes on until it has. On the way down a day each is enough: what counts is the busiest of
 * the last seven, so that the platform comes down a week after its load did.
 *
 *     load 12,000 from day 5:  the trailing day passes 10,000 at 5.6, sustained at 7.6, the next stretch begins at 8
 *     load 75,000 from day 25: the busiest of seven days is below 90,000 (100,000 less 10 %) from 32.7 on
 */
export const CLIMB: readonly Stretch[] = [
  { rung: 'single-server', leadsPerDay: 3_000, days: 2 },
  { rung: 'cached', leadsPerDay: 7_000, days: 3 },
  { rung: 'separated', leadsPerDay: 12_000, days: 3 },
  { rung: 'scaled', leadsPerDay: 20_000, days: 3 },
  { rung: 'balanced', leadsPerDay: 27_500, days: 3 },
  { rung: 'enterprise', leadsPerDay: 40_000, days: 3 },
  { rung: 'microservices', leadsPerDay: 75_000, days: 3 },
  { rung: 'full-microservices', leadsPerDay: 120_000, days: 4 },
];

export const DESCENT: readonly Stretch[] = [
  { leadsPerDay: 75_000, days: 1 },
  { leadsPerDay: 40_000, days: 1 },
  // Not the 27,500 of the climb: less than a tenth below 30,000 is too near.
  { leadsPerDay: 26_000, days: 1 },
  { leadsPerDay: 20_000, days: 1 },
  { leadsPerDay: 12_000, days: 1 },
  { leadsPerDay: 7_000, days: 1 },
  { rung: 'single-server', leadsPerDay: 3_000, days: 9 },
];

/** At 20,000 leads/day, one day: 45,000 need a load balancer at once, and are no reason for a message broker. */
const IMPORT: LeadBurst = { at: 9.25, leads: 25_000, what: 'one import of 25,000 leads' };
/** At 40,000 leads/day: a backlog that only many more workers pick up in time. */
const NEWSLETTER: JobBurst = {
  at: 15.5,
  queue: 'mail',
  jobs: 300,
  what: 'a newsletter: 300 jobs at once on the queue mail',
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
  const holds: Hold[] = [];
  let day = 0;
  const play = (stretches: readonly Stretch[], direction: Hold['direction']) => {
    for (const { rung, leadsPerDay, days } of stretches) {
      for (const end = day + days; day < end; day += 1) {
        buckets.push(...hoursOf(day, leadsPerDay * (1 + JITTER * (2 * random() - 1))));
      }
      if (rung !== undefined) holds.push({ at: day, rung, direction });
    }
  };
  play(CLIMB, 'up');
  play(DESCENT, 'down');
  return {
    replay: withBursts(replayOf(buckets), [IMPORT]),
    leadBursts: [IMPORT],
    jobBursts: [NEWSLETTER],
    holds,
  };
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
