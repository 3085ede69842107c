/**
 * How fast jobs arrive, by the conservation of flow: what came in is what there is more of, plus what was finished,
 *
 *     λ = Δ(ready + in flight) / Δt + completions/s,   completions/s ≈ in flight × μ
 *
 * for a busy worker holds one job and finishes μ of them per second (Little 1961: L = λW with W = 1/μ). While a backlog
 * drains, the first term is as negative as the second is positive, and nothing seems to arrive: rightly so.
 *
 * A rate is the median of the last five buckets, a fifth of the pick-up objective each, and a bucket not yet seen counts
 * as none. So one burst of 5,000 jobs is a backlog and not a rate, and a new rate is believed after three buckets; in the
 * meantime the backlog that it builds speaks for it.
 */
import type { DepthSlot } from '../model/decision.ts';
import type { Known } from '../model/reading.ts';
import type { QueueReading } from '../model/readings.ts';

export const BUCKETS = 5;
/** Two looks closer than this say more about their clocks than about the queue. */
const SHORTEST_BUCKET_MS = 200;

/** Length of a bucket for a pick-up objective, both in milliseconds. */
export function bucketOf(pickupTime: number): number {
  return Math.max(SHORTEST_BUCKET_MS, pickupTime / BUCKETS);
}

function median(rates: readonly number[]): number {
  const padded = [0, 0, 0, 0, 0];
  for (let index = 0; index < BUCKETS; index += 1) padded[index] = rates[rates.length - 1 - index] ?? 0;
  return padded.toSorted((a, b) => a - b)[2] ?? 0;
}

/**
 * The slot after one more look. `jobsPerSecond` is μ of one worker; the bucket is closed once it is long enough, and
 * after a silence of more than all buckets together everything starts again.
 */
export function observeArrivals(
  slot: DepthSlot | undefined,
  { value: { ready, inFlight }, at }: Known<QueueReading>,
  jobsPerSecond: number,
  pickupTime: number,
): DepthSlot {
  const bucket = bucketOf(pickupTime);
  const size = ready + inFlight;
  const elapsed = slot === undefined ? 0 : at - slot.at;
  if (slot === undefined || elapsed > bucket * BUCKETS + 60_000 || elapsed < -60_000)
    return { at, size, inFlight, rates: [] };
  if (elapsed < bucket) return slot;
  const seconds = elapsed / 1_000;
  const finished = ((inFlight + (slot.inFlight ?? inFlight)) / 2) * jobsPerSecond;
  const rate = Math.max(0, (size - slot.size) / seconds + finished);
  const rates = [...(slot.rates ?? []).slice(1 - BUCKETS), rate];
  return { at, size, inFlight, rates, arrivalsPerSecond: median(rates) };
}
