import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Departures } from '../../../../src/model/queue-history.ts';
import { uniform } from '../../../../src/simulate/random.ts';
import { beginLine, observeDepartures } from '../../../../src/scaling/queue/departures.ts';

const SERVICE_S = 5;
const WORKERS = 12;

interface Queue {
  /** Jobs a second that come, and that all workers together finish. */
  readonly comes: number;
  readonly drains: number;
  readonly seconds: number;
  readonly every?: number;
  readonly seed?: number;
  /** The age that is told in place of the true one. */
  readonly told?: (age: number, sinceFirst: number) => number;
}

/** What was counted of a queue that some wait in from the first second on, and what was true. */
function counted({ comes, drains, seconds, every = 1, seed = 1, told = (age) => age }: Queue) {
  const chance = uniform(seed);
  const line = [0];
  let [finished, sum, firstSince, firstOne] = [0, 0, 0, 0];
  let departures: Departures | undefined;
  let longest = 0;
  for (let second = 1; second <= seconds; second += 1) {
    for (let part = 0; part < 100; part += 1) {
      const at = second - 1 + part / 100;
      if (chance() < comes / 100) line.push(at);
      if (line.length > 1 && chance() < drains / 100) {
        line.shift();
        finished += 1;
      }
    }
    if (second % every !== 0) continue;
    if (line[0] !== firstOne) [firstOne, firstSince] = [line[0]!, second];
    const age = told(second - line[0]!, second - firstSince);
    const look = { at: second * 1_000, ready: line.length, inFlight: WORKERS, age };
    if (departures === undefined) [departures, finished] = [beginLine(look), 0];
    else {
      const expected = { arrivals: comes * every, completions: (WORKERS * every) / SERVICE_S };
      const next = observeDepartures(departures, look, expected);
      departures = next.departures;
      sum += next.finished;
      longest = Math.max(longest, departures.line.length);
    }
  }
  return { sum, finished, longest, isBlind: departures?.isBlind };
}

describe('jobs that left a line', () => {
  it.each<[string, Queue]>([
    ['a line that grows', { comes: 2, drains: 1, seconds: 600 }],
    ['a line that grows, looked at each 15 s', { comes: 2, drains: 1, seconds: 600, every: 15 }],
    ['ages in whole seconds', { comes: 2, drains: 1, seconds: 600, told: Math.floor }],
    ['a clock that is 3 s ahead', { comes: 2, drains: 1, seconds: 600, told: (age) => age + 3 }],
    ['hardly any that leave', { comes: 2, drains: 0.02, seconds: 600 }],
    ['none that leave', { comes: 2, drains: 0, seconds: 3_600 }],
    ['an hour', { comes: 10, drains: 5, seconds: 3_600 }],
  ])('are counted by the age of the first in it: %s', (_, queue) => {
    const { sum, finished, isBlind } = counted(queue);
    expect(isBlind).toBe(false);
    // Jobs that came between two looks are taken to have come evenly.
    expect(Math.abs(sum - finished)).toBeLessThanOrEqual(3 + 0.05 * finished);
  });

  it('are counted where very many came at one moment', () => {
    let departures = beginLine({ at: 0, ready: 1_000, inFlight: WORKERS, age: 1 });
    let sum = 0;
    for (let second = 1; second <= 100; second += 1) {
      const look = { at: second * 1_000, ready: 1_000 - 2 * second, inFlight: WORKERS, age: 1 + second };
      const next = observeDepartures(departures, look, { arrivals: 0, completions: 2 });
      departures = next.departures;
      sum += next.finished;
    }
    expect(sum).toBe(200);
  });

  it('are not believed where the age is that of the time for which the first was seen as the first', () => {
    expect(counted({ comes: 2, drains: 0.5, seconds: 600, told: (_, since) => since }).isBlind).toBe(true);
  });

  it('never take more than so many looks to remember', () => {
    fc.assert(
      fc.property(
        fc.record({
          ...{
            comes: fc.double({ min: 0, max: 5, noNaN: true }),
            drains: fc.double({ min: 0, max: 5, noNaN: true }),
          },
          ...{ seconds: fc.integer({ min: 1, max: 400 }), seed: fc.integer() },
        }),
        (queue) => {
          expect(counted(queue).longest).toBeLessThanOrEqual(64);
        },
      ),
      { numRuns: 20 },
    );
  });
});
