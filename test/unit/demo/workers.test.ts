import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LaravelQueue } from '../../../testbed/demo/jobs.ts';
import { SimulatedWorkers } from '../../../testbed/demo/workers.ts';

const delay = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A queue that is never empty, and takes its time for an answer. */
const slowQueue = (answersAfterMs: number) =>
  ({
    pop: async (now: number) => {
      await delay(answersAfterMs);
      return { reserved: 'a job', pushedAt: now };
    },
    delete: async () => {
      await delay(answersAfterMs);
      return true;
    },
  }) as unknown as LaravelQueue;

it.each([
  [0, 60],
  [20, 60],
  [100, 60],
  // It can be no faster than its queue: 1,400 ms a job.
  [700, 42],
])(
  'finishes as many jobs as is said of it, where its queue answers after %i ms',
  async (answersAfterMs, jobs) => {
    const workers = new SimulatedWorkers({
      queue: slowQueue(answersAfterMs),
      serviceMs: 1_000,
      random: () => 0.5,
      onError: (error) => expect.fail(String(error)),
    });
    workers.resize(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Math.abs(workers.done - jobs)).toBeLessThanOrEqual(1);
    workers.resize(0);
    await vi.advanceTimersByTimeAsync(5_000);
  },
);
