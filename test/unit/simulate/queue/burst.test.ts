import { describe, expect, it } from 'vitest';
import { productPolicy } from '../../../../src/simulate/queue/product.ts';
import { runQueue } from '../../../../src/simulate/queue/run.ts';
import { uniform } from '../../../../src/simulate/random.ts';
import { spec, workload } from './by-hand.ts';

const AT_S = 605;
const SPAN_S = 900;
const OPTIONS = { objectiveSeconds: 60, podStartSeconds: 20 };

/** A job each five seconds by chance, and 5,000 at once; each takes a second. */
const random = uniform(1);
const few = Array.from({ length: SPAN_S / 5 }, () => random() * SPAN_S);
const jobs = workload(
  [...few, ...Array.from({ length: 5_000 }, () => AT_S)]
    .toSorted((a, b) => a - b)
    .map((at) => [at, 1] as const),
  SPAN_S,
);

/** What the source tells of how long the first in line has waited. */
type Told = (age: number, sinceSeenThere: number) => number;

function burst(told: Told, every = 1) {
  const policy = productPolicy({ spec: spec(1), queue: 'default', workload: jobs });
  let [first, since, grown] = [-1, 0, Infinity];
  const { maxPickupSeconds } = runQueue(
    jobs,
    {
      ...policy,
      interval: every,
      next: (view) => {
        const cameAt = view.now - view.oldestAgeSeconds;
        if (cameAt !== first) [first, since] = [cameAt, view.now];
        const wanted = policy.next({
          ...view,
          oldestAgeSeconds: told(view.oldestAgeSeconds, view.now - since),
        });
        if (wanted > 50) grown = Math.min(grown, view.now);
        return wanted;
      },
    },
    OPTIONS,
  );
  return { maxPickupSeconds, grown };
}

describe('five thousand jobs at once', () => {
  it.each<[string, Told]>([
    ['tells it rightly', (age) => age],
    ['has a clock that is 3 s behind that of the application', (age) => Math.max(0, age - 3)],
    ['has a clock that is 3 s ahead', (age) => age + 3],
  ])('are none late where the source %s', (_, told) => {
    expect(burst(told).maxPickupSeconds).toBeLessThanOrEqual(60);
  });

  it.each<[string, Told]>([
    ['rightly', (age) => age],
    ['as the time for which it was seen there', (_, since) => since],
    ['as none', () => 0],
  ])('are answered by the second look, where the age of the first in line is told %s', (_, told) => {
    for (const every of [1, 5, 15]) expect(burst(told, every).grown).toBeLessThanOrEqual(AT_S + 2 * every);
  });
});
