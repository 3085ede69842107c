import { describe, expect, it } from 'vitest';
import type { StallWatch } from '../../../../src/model/queue-history.ts';
import { known } from '../../../../src/model/reading.ts';
import { allowedWorkers, isStalled, observeStall } from '../../../../src/scaling/queue/stall.ts';
import { flowGiven, ready } from './given.ts';

interface Look {
  readonly second: number;
  readonly waiting?: number;
  readonly inFlight?: number;
  /** Undefined: nobody tells. */
  readonly firstFor: number | undefined;
  readonly pods?: number;
}

/** Ten workers with jobs of 5 s: two a second are expected. */
const flow = flowGiven({ serviceSeconds: 5 });

function after(looks: readonly Look[], of = flow): StallWatch | undefined {
  let stall: StallWatch | undefined;
  for (const { second, waiting = 50, inFlight = 10, firstFor, pods = 10 } of looks) {
    const value = {
      ready: waiting,
      inFlight,
      delayed: 0,
      ...(firstFor !== undefined && { firstForSeconds: firstFor }),
    };
    const reading = known(value, 1_000 * second);
    stall = observeStall(stall, { reading, pods: ready(pods), flow: of, longestSeconds: 90 });
  }
  return stall;
}

const seconds = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
/** The same job is first all the while. */
const standing = (to: number): Look[] => seconds(0, to).map((second) => ({ second, firstFor: second }));
const lastOf = (looks: readonly Look[]) => {
  const stall = after(looks);
  return { allowed: allowedWorkers(stall, ready(10)), stalled: isStalled(stall) };
};

describe('workers of which none finishes a job', () => {
  it.each([
    ['nothing is said for ten seconds', 9, { allowed: undefined, stalled: false }],
    ['twice as many are the most then', 10, { allowed: 20, stalled: false }],
    ['each may be at a long job, so it lasts for a minute', 69, { allowed: 20, stalled: false }],
    ['then twice as many as there are by then', 70, { allowed: 20, stalled: false }],
    ['it is sure once that is longer than any job may run', 91, { allowed: 20, stalled: true }],
    ['and then there are no more', 300, { allowed: 20, stalled: true }],
  ])('%s', (_, second, expected) => {
    expect(lastOf(standing(second))).toEqual(expected);
  });

  it('are 64 times as many at the most while the longest jobs may run', () => {
    let stall: StallWatch | undefined;
    for (const second of seconds(0, 600)) {
      const reading = known({ ready: 50, inFlight: 10, delayed: 0, firstForSeconds: second }, 1_000 * second);
      const pods = ready(allowedWorkers(stall, ready(10)) ?? 10);
      stall = observeStall(stall, { reading, pods, flow, longestSeconds: 3_600 });
    }
    expect(stall?.held?.workers).toBe(640);
  });

  it.each<[string, readonly Look[], number | undefined]>([
    ['a job is finished', [...standing(20), { second: 21, firstFor: 0.5 }], 40],
    ['none waits for a moment', [...standing(20), { second: 21, waiting: 0, firstFor: undefined }], 40],
    [
      'none waits for half a minute',
      [...standing(20), { second: 51, waiting: 0, firstFor: undefined }],
      undefined,
    ],
    [
      'another one is first and one more in flight: a worker is new',
      [...standing(20), { second: 21, inFlight: 11, firstFor: 0.5 }],
      20,
    ],
    ['nobody looked for three minutes', [...standing(20), { second: 200, firstFor: 200 }], undefined],
    ['a clock was set back', [...standing(20), { second: -3_600, firstFor: 9 }], undefined],
  ])('%s', (_, looks, allowed) => {
    expect(allowedWorkers(after(looks), ready(10))).toBe(allowed);
  });

  it('are free again half a minute after a job was finished', () => {
    const moving = seconds(21, 52).map((second) => ({ second, firstFor: 0.5 }));
    expect(allowedWorkers(after([...standing(20), ...moving]), ready(10))).toBeUndefined();
  });

  it('may double each minute where one is finished now and then', () => {
    const looks = seconds(0, 200).map((second) => ({
      second,
      firstFor: second % 20,
      pods: second < 90 ? 10 : 20,
    }));
    expect(after(looks)?.held?.workers).toBe(40);
  });
});

describe('workers that are well', () => {
  it.each<[string, readonly Look[]]>([
    ['jobs are picked up all the time', seconds(0, 60).map((second) => ({ second, firstFor: 0.5 }))],
    [
      'Pods become ready one after another, and each takes one',
      seconds(0, 60).map((second) => ({ second, inFlight: 10 + second, pods: 10 + second, firstFor: 0.5 })),
    ],
    [
      'all are idle, and sleep before they look again',
      seconds(0, 60).map((second) => ({ second, inFlight: 0, firstFor: second })),
    ],
    ['there is none yet', seconds(0, 60).map((second) => ({ second, pods: 0, firstFor: second }))],
    [
      'nobody tells for how long one has been first',
      seconds(0, 60).map((second) => ({ second, firstFor: undefined })),
    ],
  ])('are not held: %s', (_, looks) => {
    expect(allowedWorkers(after(looks), ready(10))).toBeUndefined();
  });

  it('are not held while little is known of how long a job takes', () => {
    expect(after(standing(60), flowGiven({ serviceSeconds: 5, learnedFrom: 20 }))?.held).toBeUndefined();
  });
});
