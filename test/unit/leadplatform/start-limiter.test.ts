import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StartLimiter } from '../../../controller/leadplatform/start-limiter.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start(places: number) {
  const told: string[] = [];
  const crowds: boolean[] = [];
  const starts = new StartLimiter({
    places,
    patienceMs: 1_000,
    onTurn: (key) => told.push(key),
    onBackpressure: (isUnderPressure) => crowds.push(isUnderPressure),
  });
  return { starts, told, crowds };
}

it('lets so many begin, and the next in the order in which they came', () => {
  const { starts, told } = start(2);
  expect(['a', 'b', 'c', 'd', 'c'].map((key) => starts.take(key))).toEqual([true, true, false, false, false]);
  starts.giveBack('a');
  expect(told).toEqual(['c']);
  // Its place was taken for it: whoever comes meanwhile waits.
  expect(starts.take('e')).toBe(false);
  expect(starts.take('c')).toBe(true);
  starts.giveBack('c');
  starts.giveBack('b');
  expect(told).toEqual(['c', 'd', 'e']);
});

it('knows who has a place already', () => {
  const { starts } = start(1);
  expect(starts.take('a')).toBe(true);
  expect(starts.take('a')).toBe(true);
});

it('takes a place away from one that keeps it too long', () => {
  const { starts, told } = start(1);
  starts.take('hangs');
  starts.take('waits');
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['waits']);
});

it('forgets one that gives up waiting', () => {
  const { starts, told } = start(1);
  starts.take('a');
  starts.take('gone');
  starts.take('b');
  starts.giveBack('gone');
  starts.giveBack('a');
  expect(told).toEqual(['b']);
});

it('says once when some begin to wait, and once when none does any more', () => {
  const { starts, crowds } = start(1);
  starts.take('a');
  starts.take('b');
  starts.take('c');
  expect(crowds).toEqual([true]);
  expect(starts.isUnderPressure).toBe(true);
  starts.giveBack('a');
  starts.giveBack('c');
  expect(crowds).toEqual([true, false]);
  expect(starts.isUnderPressure).toBe(false);
});
