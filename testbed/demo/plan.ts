/**
 * The traffic of the demo: a platform that grows from a few thousand leads/day to more than a hundred thousand, loses its
 * campaigns one after the other, and is small again. Days are those of the platform; how long one takes is not said here.
 */
import { leadDays } from '../../src/simulate/traffic.ts';
import { type Replay, replayOf } from './replay.ts';

const HOUR_MS = 3_600_000;

/** Leads/day of one stretch of days. */
export interface Stretch {
  /** The tier that the platform is to be on at its end, where it has to be on one. */
  readonly tier?: string;
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
  /** The tier to wait for: to be on it or above it while climbing, to be back on it while descending. */
  readonly tier: string;
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
 * One stretch a tier. On the way up a load fills the trailing day and stays two days (`sustainedFor`); then the platform
 * has followed, or the stretch goes on until it has. On the way down a day each is enough: what counts is the busiest of
 * the last seven, so that the platform comes down a week after its load did.
 *
 *     load 12,000 from day 5:  the trailing day passes 10,000 at 5.6, sustained at 7.6, the next stretch begins at 8
 *     load 75,000 from day 25: the busiest of seven days is below 90,000 (100,000 less 10 %) from 32.7 on
 */
export const CLIMB: readonly Stretch[] = [
  { tier: 'single-server', leadsPerDay: 3_000, days: 2 },
  { tier: 'cached', leadsPerDay: 7_000, days: 3 },
  { tier: 'separated', leadsPerDay: 12_000, days: 3 },
  { tier: 'scaled', leadsPerDay: 20_000, days: 3 },
  { tier: 'balanced', leadsPerDay: 27_500, days: 3 },
  { tier: 'enterprise', leadsPerDay: 40_000, days: 3 },
  { tier: 'microservices', leadsPerDay: 75_000, days: 3 },
  { tier: 'full-microservices', leadsPerDay: 120_000, days: 4 },
];

export const DESCENT: readonly Stretch[] = [
  { leadsPerDay: 75_000, days: 1 },
  { leadsPerDay: 40_000, days: 1 },
  // Not the 27,500 of the climb: less than a tenth below 30,000 is too near.
  { leadsPerDay: 26_000, days: 1 },
  { leadsPerDay: 20_000, days: 1 },
  { leadsPerDay: 12_000, days: 1 },
  { leadsPerDay: 7_000, days: 1 },
  { tier: 'single-server', leadsPerDay: 3_000, days: 9 },
];

/** At 20,000 leads/day, one day: 45,000 need a load balancer at once, and are no reason for a message broker. */
const IMPORT: LeadBurst = { at: 9.25, leads: 25_000, what: 'one import of 25,000 leads' };
/** At 40,000 leads/day: a backlog that only many more workers pick up in time. */
const NEWSLETTER: JobBurst = {
  at: 15.5,
  queue: 'mail',
  jobs: 900,
  what: 'a newsletter: 900 jobs at once on the queue mail',
};

/** How long an import takes, in days: an hour. */
const IMPORT_DAYS = 1 / 24;

/** The climb and the descent, with days as a dialing platform has them. The same seed gives the same leads. */
export function climbAndDescent(seed: number): TrafficPlan {
  const loads: number[] = [];
  const holds: Hold[] = [];
  const play = (stretches: readonly Stretch[], direction: Hold['direction']) => {
    for (const { tier, leadsPerDay, days } of stretches) {
      for (let day = 0; day < days; day += 1) loads.push(leadsPerDay);
      if (tier !== undefined) holds.push({ at: loads.length, tier, direction });
    }
  };
  play(CLIMB, 'up');
  play(DESCENT, 'down');
  const days = leadDays({
    seed,
    from: 0,
    days: loads.length,
    leadsPerDay: (day) => loads[day] ?? 0,
    bucket: HOUR_MS,
    // A week of the plan is one of the ladder: seven days alike keep each stretch as short as it can be.
    weekends: false,
  });
  return {
    replay: withBursts(replayOf([...days], HOUR_MS), [IMPORT]),
    leadBursts: [IMPORT],
    jobBursts: [NEWSLETTER],
    holds,
  };
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
