import { describe, expect, it } from 'vitest';
import { FencedError, TerminalError } from '../../../controller/runtime/errors.ts';
import type { WorkOutcome, WorkQueueOptions } from '../../../controller/runtime/work-queue.ts';
import { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import { ManualClock, settle as turn } from './manual-clock.ts';
import { GROWTH } from '../../../src/model/backoff.ts';

/** Each key begins in a turn of its own; no test has more of them at once. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

/** A queue whose work ends when the test says so. */
function manual(options: Partial<WorkQueueOptions> = {}) {
  const clock = new ManualClock();
  const begun: string[] = [];
  const open = new Map<string, PromiseWithResolvers<number | undefined>>();
  const queue = new WorkQueue({
    concurrency: 2,
    clock,
    random: () => 1,
    backoff: { baseMs: 1_000, maxMs: 8_000 },
    work: (key) => {
      begun.push(key);
      expect(open.has(key), `${key} runs once at a time`).toBe(false);
      const work = Promise.withResolvers<number | undefined>();
      open.set(key, work);
      return work.promise;
    },
    ...options,
  });
  const end = async (key: string, how: { again?: number; error?: Error } = {}) => {
    const work = open.get(key);
    expect(work, `${key} is being worked on`).toBeDefined();
    open.delete(key);
    if (how.error === undefined) work?.resolve(how.again);
    else work?.reject(how.error);
    await settle();
  };
  return { clock, queue, begun, end };
}

describe('which key runs when', () => {
  it('takes keys that were added before the start, each once, in order', async () => {
    const { queue, begun } = manual({ concurrency: 3 });
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    expect(queue.depth).toBe(3);
    queue.start();
    await settle();
    expect(begun).toEqual(['b', 'a', 'c']);
  });

  it('runs no more at once than it may', async () => {
    const { queue, begun, end } = manual();
    queue.start();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await settle();
    expect(begun).toEqual(['a', 'b']);
    expect([queue.depth, queue.inFlight]).toEqual([1, 2]);
    await end('a');
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('begins with one a turn of the event loop, also where none waits for anything', async () => {
    let turns = 0;
    const begun: number[] = [];
    const queue = new WorkQueue({ concurrency: 4, work: async () => void begun.push(turns) });
    for (let key = 0; key < 20; key += 1) queue.add(String(key));
    queue.start();
    while (begun.length < 20) {
      await turn();
      turns += 1;
    }
    expect(new Set(begun).size).toBe(20);
  });

  it('begins once with a key that is added again before its turn', async () => {
    const { queue, begun, end } = manual();
    queue.start();
    queue.add('a');
    queue.add('a');
    await settle();
    await end('a');
    expect(begun).toEqual(['a']);
  });

  it('begins with nothing after it was stopped', async () => {
    const { queue, begun } = manual();
    queue.start();
    queue.add('a');
    await queue.stop();
    await settle();
    expect(begun).toEqual([]);
  });

  it('runs a key once more that was added while it ran, however often', async () => {
    const { queue, begun, end } = manual();
    queue.start();
    queue.add('a');
    await settle();
    queue.add('a');
    queue.add('a');
    await settle();
    expect(begun).toEqual(['a']);
    await end('a');
    expect(begun).toEqual(['a', 'a']);
    await end('a');
    expect(begun).toEqual(['a', 'a']);
    expect(queue.inFlight).toBe(0);
  });

  it('lets others go first before a key runs again', async () => {
    const { queue, begun, end } = manual({ concurrency: 1 });
    queue.start();
    queue.add('a');
    await settle();
    queue.add('b');
    queue.add('a');
    await end('a');
    expect(begun).toEqual(['a', 'b']);
  });
});

describe('later', () => {
  it.each([
    { delays: [5_000, 1_000], at: 1_000 },
    { delays: [1_000, 5_000], at: 1_000 },
    { delays: [5_000, 0], at: 0 },
  ])('of the delays $delays the earliest counts', async ({ delays, at }) => {
    const { clock, queue, begun, end } = manual();
    queue.start();
    for (const delay of delays) queue.addAfter('a', delay);
    if (at > 0) {
      await clock.pass(at - 1);
      expect(begun).toEqual([]);
      await clock.pass(1);
    }
    await settle();
    expect(begun).toEqual(['a']);
    await end('a');
    expect(begun).toEqual(['a']);
  });

  it('looks again when the work says so', async () => {
    const { clock, queue, begun, end } = manual();
    queue.start();
    queue.add('a');
    await settle();
    await end('a', { again: 30_000 });
    await clock.pass(29_999);
    expect(begun).toHaveLength(1);
    await clock.pass(1);
    expect(begun).toHaveLength(2);
  });

  it('forgets what was planned for a dropped key', async () => {
    const { clock, queue, begun } = manual();
    queue.start();
    queue.addAfter('a', 1_000);
    queue.drop('a');
    await clock.pass(10_000);
    expect(begun).toEqual([]);
    expect([clock.timers, queue.delayed]).toEqual([0, 0]);
  });
});

describe('failures', () => {
  it('waits longer after each, up to a bound, and starts over after a success', async () => {
    const { clock, queue, begun, end } = manual();
    queue.start();
    queue.add('a');
    await settle();
    for (const wait of [0, 1, 2, 3, 4].map((failures) => Math.min(8_000, 1_000 * GROWTH ** failures))) {
      const before = begun.length;
      await end('a', { error: new Error('no') });
      await clock.pass(wait - 1);
      expect(begun, `not before ${wait} ms`).toHaveLength(before);
      await clock.pass(1);
      expect(begun).toHaveLength(before + 1);
    }
    await end('a');
    queue.add('a');
    await settle();
    await end('a', { error: new Error('no') });
    await clock.pass(1_000);
    expect(begun).toHaveLength(8);
  });

  it('holds up no other key', async () => {
    const { clock, queue, begun, end } = manual({ concurrency: 1 });
    queue.start();
    queue.add('bad');
    for (let round = 0; round < 5; round++) {
      queue.add('good');
      await clock.pass(10_000);
      const failed = begun.includes('bad');
      expect(failed).toBe(true);
      if (begun.at(-1) === 'bad') await end('bad', { error: new Error('no') });
      expect(begun.at(-1)).toBe('good');
      await end('good');
    }
  });

  it.each([
    { error: new TerminalError('BadSchedule', 'no'), outcome: 'terminal' },
    { error: new FencedError(), outcome: 'fenced' },
    { error: new Error('no'), outcome: 'failed' },
  ])('$outcome: is told of, and retried only where that may help', async ({ error, outcome }) => {
    const told: [string, unknown, WorkOutcome][] = [];
    const { clock, queue, end } = manual({ onError: (...args) => told.push(args) });
    queue.start();
    queue.add('a');
    await settle();
    await end('a', { error });
    expect(told).toEqual([['a', error, outcome]]);
    expect(clock.timers).toBe(outcome === 'failed' ? 1 : 0);
  });

  it('goes on where telling of a failure fails', async () => {
    const { clock, queue, begun, end } = manual({
      onError: () => {
        throw new Error('no log either');
      },
    });
    queue.start();
    queue.add('a');
    await settle();
    await end('a', { error: new Error('no') });
    await clock.pass(1_000);
    expect(begun).toEqual(['a', 'a']);
  });
});

describe('stopping', () => {
  it('waits for what runs, and starts nothing more', async () => {
    const { clock, queue, begun, end } = manual({ concurrency: 1 });
    queue.start();
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 1_000);
    await settle();
    queue.add('a');
    let stopped = false;
    const stopping = queue.stop(5_000).then(() => (stopped = true));
    await clock.pass(4_000);
    expect(stopped).toBe(false);
    await end('a', { again: 1 });
    await stopping;
    queue.add('d');
    await clock.pass(10_000);
    expect(begun).toEqual(['a']);
    expect(clock.timers).toBe(0);
  });

  it('aborts what still runs after its patience', async () => {
    const seen: boolean[] = [];
    const clock = new ManualClock();
    const queue = new WorkQueue({
      concurrency: 1,
      clock,
      work: (_key, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            seen.push(signal.aborted);
            resolve();
          }),
        ),
    });
    queue.start();
    queue.add('a');
    await settle();
    const stopping = queue.stop(5_000);
    await clock.pass(4_999);
    expect(seen).toEqual([]);
    await clock.pass(1);
    await stopping;
    expect(seen).toEqual([true]);
  });
});

it('measures what waits and what was done', async () => {
  const seen: string[] = [];
  const { clock, queue, end } = manual({
    concurrency: 1,
    metrics: {
      onAdd: () => seen.push('add'),
      onRetry: () => seen.push('retry'),
      onStart: (waited) => seen.push(`start after ${waited}`),
      onDone: (duration, outcome) => seen.push(`${outcome} after ${duration}`),
    },
  });
  queue.add('a');
  await clock.pass(3_000);
  expect(queue.oldestSeconds).toBe(3);
  queue.start();
  await clock.pass(2_000);
  expect(queue.oldestSeconds).toBe(0);
  await end('a', { error: new Error('no') });
  expect(seen).toEqual(['add', 'start after 3', 'retry', 'failed after 2']);
});
