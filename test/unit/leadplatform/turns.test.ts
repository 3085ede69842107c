import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Turns } from '../../../controller/leadplatform/turns.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start(places: number) {
  const told: string[] = [];
  const crowds: boolean[] = [];
  const turns = new Turns({
    places,
    patienceMs: 1_000,
    onTurn: (key) => told.push(key),
    onCrowd: (isCrowded) => crowds.push(isCrowded),
  });
  return { turns, told, crowds };
}

it('lets so many begin, and the next in the order in which they came', () => {
  const { turns, told } = start(2);
  expect(['a', 'b', 'c', 'd', 'c'].map((key) => turns.take(key))).toEqual([true, true, false, false, false]);
  turns.giveBack('a');
  expect(told).toEqual(['c']);
  // Its place was taken for it: whoever comes meanwhile waits.
  expect(turns.take('e')).toBe(false);
  expect(turns.take('c')).toBe(true);
  turns.giveBack('c');
  turns.giveBack('b');
  expect(told).toEqual(['c', 'd', 'e']);
});

it('knows who has a place already', () => {
  const { turns } = start(1);
  expect(turns.take('a')).toBe(true);
  expect(turns.take('a')).toBe(true);
});

it('takes a place away from one that keeps it too long', () => {
  const { turns, told } = start(1);
  turns.take('hangs');
  turns.take('waits');
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['waits']);
});

it('forgets one that gives up waiting', () => {
  const { turns, told } = start(1);
  turns.take('a');
  turns.take('gone');
  turns.take('b');
  turns.giveBack('gone');
  turns.giveBack('a');
  expect(told).toEqual(['b']);
});

it('says once when some begin to wait, and once when none does any more', () => {
  const { turns, crowds } = start(1);
  turns.take('a');
  turns.take('b');
  turns.take('c');
  expect(crowds).toEqual([true]);
  expect(turns.isCrowded).toBe(true);
  turns.giveBack('a');
  turns.giveBack('c');
  expect(crowds).toEqual([true, false]);
  expect(turns.isCrowded).toBe(false);
});
