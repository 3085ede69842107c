import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/decide/decide.ts';
import { emptyHistory } from '../../../src/model/history.ts';
import type { DecideInput, Decision, History } from '../../../src/model/decision.ts';
import { MINUTE, MONDAY, on, readings, running, spec, type Values } from './given.ts';

const given = spec({ stores: { postgres: { host: 'db' }, redis: { host: 'redis' } } });
const FIVE = 5 * MINUTE;

/** Decisions on readings, one after the other. */
function decided(
  looks: readonly (readonly [minutes: number, values: Values])[],
  history: Partial<History> = on('cached', 8_000),
): readonly Decision[] {
  let before: History = { ...emptyHistory(), ...history };
  return looks.map(([minutes, values]) => {
    const now = MONDAY + minutes * MINUTE;
    const input: DecideInput = {
      spec: given,
      readings: readings(values, now),
      components: running(4),
      confirmed: new Set(),
    };
    const decision = decide(input, before, now);
    before = decision.history;
    return decision;
  });
}

const requiredOf = ({ capabilities }: Decision) => capabilities.filter(({ required }) => required).length;

describe('a count of leads/day that is wrong once', () => {
  const once = decided([
    [0, { leadsPerDay: 8_000 }],
    [5, { leadsPerDay: 150_000 }],
    [10, { leadsPerDay: 8_010 }],
    [15, { leadsPerDay: 8_020 }],
  ]);

  it('requires no capability, then or after', () => {
    expect(once.map(requiredOf)).toEqual([0, 0, 0, 0]);
  });

  it('is not remembered as a busy day', () => {
    expect(Math.max(...once.at(-1)!.history.load.map(({ high }) => high))).toBe(8_020);
  });

  it('is looked at again when the next count is due', () => {
    expect(once[1]?.requeueAt).toBeLessThanOrEqual(MONDAY + 2 * FIVE);
    expect(once[1]?.signals.find(({ name }) => name === 'leadsPerDay')?.unknown).toBe('NotYetCompared');
  });

  it('requires none either where it is the first count that there is', () => {
    const [first, second] = decided([
      [0, { leadsPerDay: 150_000 }],
      [5, { leadsPerDay: 8_000 }],
    ]);
    expect([first, second].map((decision) => requiredOf(decision!))).toEqual([0, 0]);
    expect(first?.requeueAt).toBeLessThanOrEqual(MONDAY + FIVE);
  });
});

it('requires with the second count what the load breaks the platform without', () => {
  const counts = [8_000, 31_000, 32_000, 33_000];
  const values = counts.map((leadsPerDay, index) => [5 * index, { leadsPerDay }] as const);
  expect(decided(values).map(requiredOf)).toEqual([0, 0, 1, 1]);
});

it('keeps what is required by one count that still reaches it', () => {
  const history = { ...on('balanced', 40_000), required: ['load-balancer' as const] };
  expect(decided([[0, { leadsPerDay: 40_000 }]], history).map(requiredOf)).toEqual([1]);
});

describe('a queue that is longer than ever', () => {
  const queue = (ready: number, oldestAgeSeconds: number) => ({
    queues: { default: { ready, inFlight: 4, oldestAgeSeconds }, 'vici-updates': {} },
  });

  it('is looked at again at once, and answered in one step once it is borne out', () => {
    const looks = Array.from(
      { length: 15 },
      (_, second) => [second / 60, second === 0 ? queue(1, 0) : queue(3_000 - second, second)] as const,
    );
    const decisions = decided(looks, on('balanced', 26_000));
    const sizes = decisions.map(
      ({ components }) => components.find(({ name }) => name === 'queue-default')!.replicas,
    );
    expect(decisions[1]!.requeueAt! - decisions[1]!.at).toBeLessThanOrEqual(1_200);
    expect(new Set(sizes).size).toBe(2);
    expect(sizes.indexOf(Math.max(...sizes))).toBe(2);
  });
});
