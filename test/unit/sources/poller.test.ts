import { expect, it } from 'vitest';
import { known, unknown } from '../../../src/model/reading.ts';
import type { Observation } from '../../../src/sources/port.ts';
import { Poller } from '../../../src/sources/poller.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { fakeSource, NOW, type FakeSource } from './poller-fixture.ts';
import { GROWTH } from '../../../src/model/backoff.ts';

const unreachable = unknown('SourceUnreachable', 'it is away');

function start(options: { concurrency?: number; failingConcurrency?: number; random?: () => number } = {}) {
  const clock = new ManualClock();
  const changed: string[] = [];
  // 0.5 is the middle of every jitter.
  const poller = new Poller({
    onChange: (platform) => changed.push(platform),
    clock,
    wallClock: () => NOW + clock.now(),
    random: () => 0.5,
    ...options,
  });
  const watch = (key: string, ...sources: FakeSource[]) =>
    poller.set(key, { sources, staleAfter: 60_000, queues: [] });
  return { clock, changed, poller, watch };
}

it('polls at once, then spreads, then keeps the interval', async () => {
  const { clock, watch } = start();
  const source = fakeSource({}, (now) => ({ cpu: known(1, now) }));
  watch('a', source);
  await clock.pass(0);
  expect(source.polledAt).toEqual([0]);
  await clock.pass(28_000);
  // Of 10 s a twentieth sooner, by the half that chance is here; and to the next beat of the timer.
  expect(source.polledAt).toEqual([0, 7_140, 16_640, 26_140]);
});

it('reads again later while it eases off, but not for the first time, and as before afterwards', async () => {
  const { clock, poller, watch } = start();
  poller.easeOff(true);
  const source = fakeSource({}, (now) => ({ cpu: known(1, now) }));
  watch('a', source);
  await clock.pass(0);
  expect(source.polledAt).toEqual([0]);
  // Ten seconds become twenty; the second of all polls comes a quarter sooner.
  await clock.pass(16_000);
  expect(source.polledAt).toEqual([0, 14_260]);
  poller.easeOff(false);
  await clock.pass(30_000);
  expect(source.polledAt).toEqual([0, 14_260, 33_260, 42_760]);
});

it('needs one timer beside those of polls under way, for a thousand sources', async () => {
  const { clock, watch } = start();
  for (let index = 0; index < 1_000; index += 1) {
    watch(
      `p${index}`,
      fakeSource({}, (now) => ({ cpu: known(1, now) })),
    );
  }
  await clock.pass(1);
  expect(clock.timers).toBe(1);
});

it('gives complete readings before anything was read, and of a platform that it does not know', () => {
  const { poller } = start();
  poller.set('a', {
    sources: [fakeSource({ reads: ['queues'], queues: ['mail'] }, () => ({}))],
    staleAfter: 60_000,
    queues: ['mail', 'other'],
  });
  expect(poller.readings('a').queues).toMatchObject({
    mail: { unknown: 'NotYetRead' },
    other: { unknown: 'NotConfigured' },
  });
  expect(poller.readings('a').cpu).toMatchObject({ unknown: 'NotConfigured' });
  expect(Object.keys(poller.readings('nobody'))).toHaveLength(12);
});

it('keeps what was read when it is stopped, and polls no more', async () => {
  const { clock, poller, watch } = start();
  const source = fakeSource({}, (now) => ({ cpu: known(7, now) }));
  watch('a', source);
  await clock.pass(0);
  await poller.stop();
  expect(poller.readings('a').cpu).toEqual(known(7, NOW));
  await clock.pass(600_000);
  expect(source.polledAt).toEqual([0]);
  expect(source.closed).toBe(1);
  expect(poller.readings('a').cpu).not.toMatchObject({ unknown: 'NotConfigured' });
});

it('tells of a change once, and not while a value stays', async () => {
  const { clock, changed, watch } = start();
  watch(
    'a',
    fakeSource({}, (now, poll) => ({ cpu: known(poll < 4 ? 10 : 20, now) })),
  );
  await clock.pass(25_000);
  expect(changed).toEqual(['a']);
  await clock.pass(10_000);
  expect(changed).toEqual(['a', 'a']);
});

it('keeps the last value with its own time through a failure, and gives the reason once it is too old', async () => {
  const { clock, changed, poller, watch } = start();
  watch(
    'a',
    fakeSource({}, (now, poll) => ({ cpu: poll === 1 ? known(42, now) : unreachable })),
  );
  await clock.pass(60_000);
  expect(poller.readings('a').cpu).toEqual(known(42, NOW));
  expect(poller.troubles('a')).toEqual({ cpu: unreachable });
  expect(changed).toEqual(['a']);
  // staleAfter 60 s, the interval of 10 s, and half of it, for what is shared.
  await clock.pass(15_100);
  expect(poller.readings('a').cpu).toEqual(unreachable);
  expect(changed).toEqual(['a', 'a']);
});

it("takes yesterday's value for stale, however fresh the poll", async () => {
  const { clock, poller, watch } = start();
  watch(
    'a',
    fakeSource({}, () => ({ cpu: known(42, NOW - 86_400_000) })),
  );
  await clock.pass(0);
  expect(poller.readings('a').cpu).toMatchObject({ unknown: 'Stale' });
});

it('asks a source that fails less and less often, and as before once it answers', async () => {
  const { clock, watch } = start();
  const source = fakeSource({ interval: 1_000 }, (now, poll) => ({
    cpu: poll > 4 ? known(1, now) : unreachable,
  }));
  watch('a', source);
  // Three quarters of 2, 4, 8 and 16 s where the growth is 2, rounded up to ticks; then 0.95 of the interval.
  const waits = [1, 2, 3, 4].map((failures) => 750 * Math.min(60, GROWTH ** failures));
  const times = [0];
  for (const wait of [...waits, 950]) times.push(20 * Math.ceil((times.at(-1)! + wait) / 20));
  await clock.pass(times.at(-1)! + 500);
  expect(source.polledAt.slice(0, 6)).toEqual(times);
});

it('does not slow down for an answer without a value', async () => {
  const { clock, watch } = start();
  const source = fakeSource({ interval: 1_000 }, () => ({ cpu: unknown('EmptyResult', 'nothing') }));
  watch('a', source);
  await clock.pass(3_000);
  expect(source.polledAt.length).toBeGreaterThanOrEqual(3);
});

it('lets sources that hang hold only their share of the places', async () => {
  const { clock, watch, poller } = start({ concurrency: 10, failingConcurrency: 2 });
  for (let index = 0; index < 10; index += 1) {
    const hangs = fakeSource({ interval: 1_000 }, (_now, poll) =>
      poll === 1 ? { cpu: unreachable } : new Promise<Observation>(() => {}),
    );
    watch(`hangs${index}`, hangs);
  }
  await clock.pass(10_000);
  expect(poller.stats()).toMatchObject({ inFlight: 2, waiting: 8 });
  const well = fakeSource({ interval: 1_000 }, (now) => ({ cpu: known(1, now) }));
  watch('well', well);
  await clock.pass(5_000);
  expect(well.polledAt.length).toBeGreaterThanOrEqual(5);
});

it('is behind while more sources that are well are due than are read at once', async () => {
  const { clock, watch, poller } = start({ concurrency: 1 });
  let answer: (observation: Observation) => void = () => {};
  const slow = () => new Promise<Observation>((resolve) => (answer = resolve));
  watch('a', fakeSource({}, slow));
  await clock.pass(0);
  expect(poller.isBehind()).toBe(false);
  watch('b', fakeSource({}, slow));
  await clock.pass(20);
  expect(poller.isBehind()).toBe(true);
  answer({ cpu: known(1, NOW) });
  await clock.pass(0);
  expect(poller.isBehind()).toBe(false);
});

it('gives up a source that never ends, and one that throws, and counts both', async () => {
  const { clock, poller, watch } = start();
  watch(
    'a',
    fakeSource({ name: 'fake:hangs' }, () => new Promise<Observation>(() => {})),
  );
  watch(
    'b',
    fakeSource({ name: 'fake:throws' }, () => Promise.reject(new Error('secret'))),
  );
  await clock.pass(40_000);
  expect(poller.readings('a').cpu).toMatchObject({ unknown: 'SourceTimeout' });
  expect(poller.readings('b').cpu).toMatchObject({ unknown: 'SourceUnreachable' });
  expect(JSON.stringify(poller.readings('b'))).not.toContain('secret');
  expect(poller.stats().bySource).toMatchObject({
    'fake:hangs': { polls: 1, failures: { SourceTimeout: 1 } },
    'fake:throws': { failures: { SourceUnreachable: expect.any(Number) as number } },
  });
});

it('closes replaced sources, keeps what they read while it is fresh, and polls the new ones at once', async () => {
  const { clock, poller, watch } = start();
  const first = fakeSource({}, (now) => ({ cpu: known(42, now) }));
  watch('a', first);
  await clock.pass(5_000);
  const second = fakeSource({}, () => ({ cpu: unreachable }));
  watch('a', second);
  await clock.pass(1_000);
  expect(first.closed).toBe(1);
  expect(second.polledAt).toEqual([5_000]);
  expect(poller.readings('a').cpu).toEqual(known(42, NOW));
  await clock.pass(60_000);
  expect(first.polledAt).toEqual([0]);
});

it('polls nothing any more once a platform is removed, or all is stopped', async () => {
  const { clock, poller, watch, changed } = start();
  const [removed, stopped] = [1, 2].map(() => fakeSource({}, (now) => ({ cpu: known(1, now) })));
  watch('removed', removed!);
  watch('stopped', stopped!);
  await clock.pass(0);
  poller.remove('removed');
  await clock.pass(10_000);
  await poller.stop();
  const polls = stopped!.polledAt.length;
  await clock.pass(60_000);
  expect(removed!.polledAt).toHaveLength(1);
  expect(stopped!.polledAt).toHaveLength(polls);
  expect([removed!.closed, stopped!.closed]).toEqual([1, 1]);
  expect(clock.timers).toBe(0);
  expect(changed).toEqual(['removed', 'stopped']);
});
