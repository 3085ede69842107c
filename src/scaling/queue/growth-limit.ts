/** What growth of workers is held at, and why: more did not help, none is finished, or those that were asked for do not start. */
import type { GrowthBlock, PodStarts, QueueDrain } from '../../model/queue-history.ts';
import type { Instant } from '../../model/reading.ts';
import { formatDuration } from '../../api/quantity.ts';
import { count, plural } from '../../text/words.ts';
import type { HeldGrowth } from '../demand.ts';
import { finishesNone } from './drain.ts';
import { LEAST_GROWTH, natsAgainst, workersOf } from './growth-test.ts';

/** Workers that are slower than was learned are at most so many times as many at a time: for so long, or longer where it does not seem to help. */
const AT_A_TIME = 2;
const EACH_S = { asItSeems: 60, doubtful: 300 };
const DOUBTFUL_NATS = 2;
/** Before that it has to be known what those that there are do: for so many jobs, or seconds. */
const KNOWN = { jobs: 75, seconds: 90 };
/** Of the time after which none is taken to be finished, from when on no more are asked for. */
const SUSPICIOUS_SHARE = 0.5;
/** A Pod is overdue after so many starts, and so many seconds; and those are many from this share of all on. */
const OVERDUE = { starts: 4, seconds: 150, share: 0.1 };
/** More are asked for all the same after so long without one that became ready, and then after as long again. */
const AGAIN_MS = 300_000;
const AGAIN_SHARE = 1.25;

export interface GrowthInput {
  readonly queue: string;
  readonly drain: QueueDrain | undefined;
  readonly pods: PodStarts;
  readonly now: Instant;
}

/** Undefined where nothing holds it. */
export function heldGrowth(input: GrowthInput): HeldGrowth | undefined {
  const { drain } = input;
  const all = [
    ...(drain?.block === undefined ? [] : [byBlock(drain.block, input)]),
    ...(drain === undefined || drain.block !== undefined ? [] : bySlowness(drain, input)),
    ...byStarts(input),
  ];
  return all.reduce<HeldGrowth | undefined>(
    (least, one) => (least === undefined || one.workers < least.workers ? one : least),
    undefined,
  );
}

/** Its workers wait for something else, or work off what came meanwhile. */
export const isHeldUp = (drain: QueueDrain | undefined): boolean =>
  drain !== undefined && (drain.isSlow || drain.block !== undefined || drain.wasBlocked === true);

/** None is finished: nobody knows what fewer would do. */
export const isStalled = (drain: QueueDrain | undefined): boolean => drain?.block?.kind === 'stalled';

function byBlock({ kind, workers, seen }: GrowthBlock, { queue, pods }: GrowthInput): HeldGrowth {
  const perMinute = (rate: number) => count(60 * rate);
  const why =
    kind === 'stalled' || seen.more === 0
      ? `its workers finished no job for ${formatDuration(1_000 * Math.round(seen.seconds))}, when ${plural(Math.round(seen.missing), 'job')} should have been`
      : `${plural(Math.round(seen.more), 'worker')} finish ${perMinute(seen.moreRate)} jobs/min where ${count(Math.round(seen.fewer))} finished ${perMinute(seen.fewerRate)}`;
  return {
    workers: Math.max(pods.desired, workers),
    why,
    limit: { by: 'MoreWorkersDoNotHelp', why, queue },
  };
}

/** Nobody is told: it is over, or known, in a minute or so. */
function bySlowness(drain: QueueDrain, { pods }: GrowthInput): readonly HeldGrowth[] {
  if (finishesNone(drain, SUSPICIOUS_SHARE))
    return [
      {
        workers: pods.desired,
        why: `they finished no job for ${formatDuration(1_000 * Math.round(drain.sinceJob.seconds))}`,
      },
    ];
  if (!drain.isSlow) return [];
  const workers = Math.max(pods.desired, mostWhileSlow(drain));
  return [
    { workers, why: `they finish less than they did, so that ${plural(workers, 'worker')} are tried first` },
  ];
}

/** As many as tell whether more help. */
function mostWhileSlow({ growth, recent, at }: QueueDrain): number {
  const before = Math.max(1, workersOf(growth?.before ?? recent));
  if (growth === undefined) {
    const isKnown = recent.jobs >= KNOWN.jobs || recent.seconds >= KNOWN.seconds;
    return Math.ceil(before * (isKnown ? AT_A_TIME : LEAST_GROWTH));
  }
  const each = natsAgainst(growth) >= DOUBTFUL_NATS ? EACH_S.doubtful : EACH_S.asItSeems;
  const steps = Math.max(0, Math.floor((at - growth.countsFrom) / (1_000 * each)));
  return Math.ceil(before * AT_A_TIME ** (1 + steps));
}

/** Those that were asked for last do not become ready: more would not either. */
function byStarts({ pods, now, queue }: GrowthInput): readonly HeldGrowth[] {
  const { desired, pending, startSeconds } = pods;
  const [oldest, newest] = [pending[0], pending.at(-1)];
  if (oldest === undefined || newest === undefined) return [];
  const lateFrom = now - 1_000 * Math.max(OVERDUE.seconds, OVERDUE.starts * startSeconds);
  let late = 0;
  for (const { since, pods: missing } of pending) if (since <= lateFrom) late += missing;
  if (late === 0 || late < OVERDUE.share * desired) return [];
  const isTriedAgain = now - newest.since >= Math.max(AGAIN_MS, (now - oldest.since) / 2);
  const workers = isTriedAgain ? Math.ceil(AGAIN_SHARE * desired) : desired;
  const why = `${count(late)} of its ${plural(desired, 'Pod')} did not become ready within ${formatDuration(now - lateFrom)}`;
  return [{ workers, why, limit: { by: 'PodsNotReady', why, queue } }];
}
