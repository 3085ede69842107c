/**
 * Pods that are on their way, and how long they take: read off the replicas that are asked for and those that are ready, so that it
 * holds whoever asked for them, and however many of them fail.
 */
import type { ObservedComponent } from '../../model/decision.ts';
import type { PodStarts } from '../../model/queue-history.ts';
import type { Instant } from '../../model/reading.ts';

/** Until one has been seen. An image that is on the node, a framework that boots, a first successful probe. */
const FIRST_GUESS_S = 20;
const SHORTEST_S = 1;
/** One that takes longer is stuck, and says nothing about the others. */
const LONGEST_S = 600;
/** Share of the newest start in the average. */
const GAIN = 1 / 8;
export const MOST_PENDING = 32;

type Pending = PodStarts['pending'];

/**
 * After one more look at a component. One that does not exist has no Pods.
 * @param earlier Seconds that a Pod took to start when a process before this one looked
 */
export function observeStarts(
  before: PodStarts | undefined,
  observed: ObservedComponent | undefined,
  now: Instant,
  earlier = FIRST_GUESS_S,
): PodStarts {
  const { desiredReplicas: desired = 0, readyReplicas: ready = 0 } = observed ?? {};
  if (before === undefined) {
    const missing = Math.max(0, desired - ready);
    const pending = missing > 0 ? [{ since: now, pods: missing }] : [];
    return { desired, ready, pending, startSeconds: earlier };
  }
  if (desired === before.desired && ready === before.ready) return before;
  let { pending, startSeconds } = before;
  if (desired > before.desired) pending = [...pending, { since: now, pods: desired - before.desired }];
  const missing = Math.max(0, desired - ready);
  // A Pod that is no longer asked for is one that has not started, where there is one.
  if (desired < before.desired) pending = withoutNewest(pending, sum(pending) - missing);
  const came = sum(pending) - missing;
  if (came > 0) {
    const first = pending[0];
    const seconds = first === undefined ? 0 : (now - first.since) / 1_000;
    if (first?.wereReady !== true && ready > before.ready && seconds >= SHORTEST_S && seconds <= LONGEST_S)
      startSeconds += GAIN * (seconds - startSeconds);
    pending = withoutOldest(pending, came);
  }
  // One that was ready and no longer is: it begins again.
  if (came < 0) pending = [...pending, { since: now, pods: -came, wereReady: true }];
  return { desired, ready, pending: pending.slice(-MOST_PENDING), startSeconds };
}

const sum = (pending: Pending): number => pending.reduce((all, { pods }) => all + pods, 0);

function withoutOldest(pending: Pending, count: number): Pending {
  let left = count;
  return pending.flatMap((one) => {
    const taken = Math.min(left, one.pods);
    left -= taken;
    return taken === one.pods ? [] : [{ ...one, pods: one.pods - taken }];
  });
}

const withoutNewest = (pending: Pending, count: number): Pending =>
  count <= 0 ? pending : withoutOldest(pending.toReversed(), count).toReversed();

/** Seconds until Pods that were asked for then are ready. One that is overdue is expected within a quarter of a start. */
export function readyIn(since: Instant, startSeconds: number, now: Instant): number {
  const left = startSeconds - (now - since) / 1_000;
  return left > 0 ? left : startSeconds / 4;
}
