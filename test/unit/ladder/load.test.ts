import { describe, expect, it } from 'vitest';
import type { LoadSlot } from '../../../src/model/decision.ts';
import {
  MAX_SLOTS,
  busiestOver,
  heldSince,
  lowestOver,
  observeLoad,
  resolutionOf,
} from '../../../src/ladder/load.ts';
import { backfill, persistedHistory, restoreHistory } from '../../../src/ladder/persisted.ts';
import { emptyHistory } from '../../../src/model/history.ts';
import { DAY, HOUR, MINUTE, MONDAY, load, spec } from '../decide/given.ts';

const DEFAULT = resolutionOf(spec());

function watched(
  values: Iterable<readonly [at: number, value: number]>,
  resolution = DEFAULT,
): readonly LoadSlot[] {
  let slots: readonly LoadSlot[] = [];
  for (const [at, value] of values) slots = observeLoad(slots, { value, at }, resolution, at);
  return slots;
}

function* every(step: number, span: number, value: (at: number) => number): Generator<[number, number]> {
  for (let at = 0; at <= span; at += step) yield [MONDAY + at, value(at)];
}

describe('leads/day over time', () => {
  it.each([
    ['the defaults', spec()],
    ['a short climb', spec({ scaling: { promote: { sustainedFor: '15m' } } })],
    ['a climb of 0.76 slots', spec({ scaling: { promote: { sustainedFor: '19h' } } })],
    ['a climb longer than the look-back', spec({ scaling: { promote: { sustainedFor: '9d' } } })],
    ['a rehearsal', spec({ scaling: { promote: { sustainedFor: '4s' }, demote: { lookback: '40s' } } })],
  ])('covers its look-back in at most 200 slots, with %s', (_what, given) => {
    const resolution = resolutionOf(given);
    const span = resolution.span * 1.5;
    const slots = watched(
      every(span / 20_000, span, (at) => at),
      resolution,
    );
    expect(slots.length).toBeLessThanOrEqual(MAX_SLOTS);
    const busiest = busiestOver(slots, MONDAY + span, resolution.span, resolution.descentGap);
    expect(busiest?.coveredSince).toBeLessThanOrEqual(MONDAY + span - resolution.span);
  });

  it('stays within its bounds when silences keep its slots apart', () => {
    const gaps = every(3 * HOUR, 60 * DAY, (at) => at);
    expect(
      watched(gaps, resolutionOf(spec({ scaling: { demote: { lookback: '60d' } } }))).length,
    ).toBeLessThanOrEqual(MAX_SLOTS);
    const short = resolutionOf(spec({ scaling: { promote: { sustainedFor: '15m' } } }));
    expect(
      watched(
        every(10 * MINUTE, 9 * DAY, (at) => at),
        short,
      ).length,
    ).toBeLessThanOrEqual(MAX_SLOTS);
  });

  it('is not changed by the same observation again, nor by an older one', () => {
    const slots = watched(every(MINUTE, HOUR, () => 5));
    expect(observeLoad(slots, { value: 9, at: MONDAY + HOUR }, DEFAULT, MONDAY + HOUR)).toBe(slots);
    expect(observeLoad(slots, { value: 9, at: MONDAY }, DEFAULT, MONDAY + HOUR)).toBe(slots);
  });

  it('drops what claims to have been seen in the future', () => {
    const slots = observeLoad(load(MONDAY + 9 * DAY, [3, 99]), { value: 5, at: MONDAY }, DEFAULT, MONDAY);
    expect(slots).toEqual([{ start: MONDAY, until: MONDAY, low: 5, high: 5 }]);
  });

  it('knows since when a load is held', () => {
    const slots = load(MONDAY, [1, 9], [2, 20]);
    expect(heldSince(slots, 10, DEFAULT.climbGap)).toBe(MONDAY - 2 * DAY);
    expect(heldSince(slots, 21, DEFAULT.climbGap)).toBeUndefined();
  });

  it('does not know the lowest of a span that was not all seen', () => {
    const slots = load(MONDAY, [1, 20]);
    expect(lowestOver(slots, MONDAY, DAY, DEFAULT.climbGap)).toBe(20);
    expect(lowestOver(slots, MONDAY, 2 * DAY, DEFAULT.climbGap)).toBeUndefined();
  });

  it('does not bridge a silence longer than its gap', () => {
    const slots = [...load(MONDAY - 4 * HOUR, [3, 20]), ...load(MONDAY, [1 / 24, 20])];
    expect(lowestOver(slots, MONDAY, 2 * DAY, DEFAULT.climbGap)).toBeUndefined();
    expect(busiestOver(slots, MONDAY, 2 * DAY, DEFAULT.descentGap)).toMatchObject({
      coveredSince: MONDAY - HOUR,
    });
  });
});

describe('a history that outlives the process', () => {
  const history = {
    ...emptyHistory(),
    tier: 'scaled',
    tierSince: MONDAY,
    raisedOver: 'separated',
    required: ['load-balancer' as const],
    load: load(MONDAY, [7, 16_000]),
    sizes: [{ at: MONDAY, value: 3e9 }],
    connections: { others: 7, allowed: 100, at: MONDAY },
  };

  it('is read as it was written, and starts again where it must', () => {
    const wanted = { ingest: [{ start: 1, until: 2, most: 3 }] };
    expect(restoreHistory(persistedHistory({ ...history, wanted }))).toEqual(history);
  });

  it('stays small when it is full', () => {
    const full = { ...history, load: load(MONDAY, [200 / 24, 123_456]) };
    expect(persistedHistory(full).length).toBeLessThan(12_000);
  });

  it.each([
    ['nothing', undefined],
    ['no JSON', '{"v":1,'],
    ['another version', '{"v":2}'],
    ['a number', 7],
    ['null', null],
    [
      'slots out of order',
      {
        v: 1,
        load: [
          [5, 6, 1, 1],
          [1, 2, 1, 1],
        ],
      },
    ],
    ['a low above its high', { v: 1, load: [[5, 6, 2, 1]] }],
    ['a negative load', { v: 1, load: [[5, 6, -2, 1]] }],
    ['an unknown capability', { v: 1, required: ['teleport'] }],
    ['too many slots', { v: 1, load: Array.from({ length: 201 }, (_, at) => [2 * at, 2 * at + 1, 1, 1]) }],
    ['megabytes', JSON.stringify({ v: 1, tier: 'x'.repeat(200_000) })],
  ])('is empty when it is %s', (_what, json) => {
    expect(restoreHistory(json)).toEqual(emptyHistory());
  });

  it('is filled up with what the leads themselves tell', () => {
    const past = Array.from({ length: 7 * 24 + 1 }, (_, hour) => ({
      at: MONDAY - hour * HOUR,
      leadsPerDay: 16_000,
    }));
    const filled = backfill(emptyHistory(), past);
    expect(busiestOver(filled.load, MONDAY, 7 * DAY, DEFAULT.descentGap)).toMatchObject({
      value: 16_000,
      coveredSince: MONDAY - 7 * DAY,
    });
  });

  it('keeps what it observed itself, and stays within its bounds', () => {
    const past = Array.from({ length: 5_000 }, (_, step) => ({
      at: MONDAY - step * 2 * MINUTE,
      leadsPerDay: 1,
    }));
    const filled = backfill({ ...history }, [
      ...past,
      { at: NaN, leadsPerDay: 5 },
      { at: MONDAY, leadsPerDay: -5 },
    ]);
    expect(filled.load.length).toBeLessThanOrEqual(MAX_SLOTS);
    expect(Math.max(...filled.load.map(({ high }) => high))).toBe(16_000);
  });
});
