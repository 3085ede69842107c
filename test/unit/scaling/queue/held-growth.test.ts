import { describe, expect, it } from 'vitest';
import type { StallWatch } from '../../../../src/model/queue-history.ts';
import { heldGrowth } from '../../../../src/scaling/queue/held-growth.ts';
import { ready, stallGiven } from './given.ts';

/** Ten workers, none of whom has finished a job of 5 s for so long. */
const noneFor = (seconds: number) => ({ work: 10 * seconds, seconds });
const held = { first: 12, workers: 12, since: 0, last: 0 };

describe('growth', () => {
  it('is not held while jobs are finished, or before one has waited', () => {
    expect(heldGrowth('mail', stallGiven(), ready(12))).toBeUndefined();
    expect(heldGrowth('mail', undefined, ready(12))).toBeUndefined();
  });

  it.each<[string, Partial<StallWatch>, number, number, string | undefined]>([
    ['as many as there were, where none is finished', { held, ...noneFor(12) }, 12, 12, undefined],
    ['twice as many, once one was', { held }, 12, 24, undefined],
    [
      'four, of which too little can be told',
      { held: { ...held, workers: 1 }, ...noneFor(12) },
      1,
      4,
      undefined,
    ],
    ['as many as there are by now', { held, ...noneFor(12) }, 30, 30, undefined],
    [
      'as many as there were, and that is told',
      { held, ...noneFor(130) },
      12,
      12,
      'its workers have finished no job for 2m10s, and longestJob is 2m',
    ],
  ])('goes to %s', (_, stall, desired, workers, told) => {
    const growth = heldGrowth('mail', stallGiven(stall), ready(desired));
    expect(growth?.workers).toBe(workers);
    expect(growth?.limit?.why).toBe(told);
    expect(growth?.limit?.by).toBe(told && 'WorkersStalled');
  });
});
