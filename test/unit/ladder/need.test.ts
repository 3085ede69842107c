import { describe, expect, it } from 'vitest';
import { ladderOf, type Tier } from '../../../src/ladder/ladder.ts';
import { keptFrom, rememberNeeds, type Excess } from '../../../src/ladder/need.ts';
import { emptyHistory } from '../../../src/model/history.ts';
import { ALL_WORKERS, type AboveTier } from '../../../src/model/need.ts';
import { DAY, HOUR, MINUTE, MONDAY, spec } from '../decide/given.ts';

const SPEC = spec();
const LADDER = ladderOf(SPEC);
const CACHED = LADDER.byName.get('cached')!;
const MORE: Excess = { of: 'queue-default', isLoad: false };
type Above = Readonly<Record<string, AboveTier>>;

/** One more look, at which only `cached` is exceeded. */
function looked(before: Above | undefined, excess: Excess | undefined, now: number, silent: string[] = []) {
  const on = (tier: Tier) => (tier === CACHED ? excess : undefined);
  return rememberNeeds(before, LADDER, { known: [], silent }, on, { now, lookback: 7 * DAY });
}
const since = (ms: number, more: Partial<AboveTier> = {}): Above => ({
  cached: { of: 'queue-default', since: MONDAY - ms, until: MONDAY - MINUTE, ...more },
});

describe('a need that is more than a tier carries', () => {
  it('begins when it is seen first, and goes on while it is seen', () => {
    const first = looked(undefined, MORE, MONDAY);
    expect(first).toEqual({ cached: { of: 'queue-default', since: MONDAY, until: MONDAY } });
    expect(looked(first, MORE, MONDAY + HOUR)).toEqual({
      cached: { of: 'queue-default', since: MONDAY, until: MONDAY + HOUR },
    });
  });

  it('ends when the tier carries it, and is remembered for as long as a descent looks back', () => {
    const ended = looked(since(HOUR, { loadSince: MONDAY - HOUR }), undefined, MONDAY);
    expect(ended).toEqual({ cached: { of: 'queue-default', until: MONDAY - MINUTE } });
    expect(looked(ended, undefined, MONDAY - MINUTE + 7 * DAY)).toEqual(ended);
    expect(looked(ended, undefined, MONDAY - MINUTE + 7 * DAY + 1)).toBeUndefined();
    expect(looked(ended, MORE, MONDAY + HOUR)?.['cached']?.since).toBe(MONDAY + HOUR);
  });

  it.each([
    ['its own signal does', 'queue-default', ['queue-default'], true],
    ['another one does', 'queue-default', ['sync'], false],
    ['one of all workers together does', ALL_WORKERS, ['sync'], true],
  ])('neither ends nor goes on while %s not answer', (_, of, silent, lasts) => {
    const before = since(HOUR, { of });
    expect(looked(before, undefined, MONDAY, silent)?.['cached']?.since).toBe(
      lasts ? MONDAY - HOUR : undefined,
    );
    expect(looked(undefined, undefined, MONDAY, silent)).toBeUndefined();
  });

  it('knows since when what comes has been more by itself', () => {
    const first = looked(since(HOUR), { ...MORE, isLoad: true }, MONDAY);
    expect(first?.['cached']).toMatchObject({ since: MONDAY - HOUR, loadSince: MONDAY });
    expect(looked(first, MORE, MONDAY + 1)?.['cached']?.loadSince).toBeUndefined();
  });

  it('has not begun in the future, where a clock was set back', () => {
    expect(looked(since(-DAY), MORE, MONDAY)?.['cached']?.since).toBe(MONDAY);
  });

  it('is remembered of tiers that there are, and of no other', () => {
    expect(looked({ gone: { of: 'ingest', until: MONDAY } }, undefined, MONDAY)).toBeUndefined();
  });

  it.each([
    ['lasts', since(HOUR), true],
    ['ended within the look-back', since(0, { until: MONDAY - 7 * DAY }), true],
    ['ended before it', { cached: { of: 'ingest', until: MONDAY - 7 * DAY - 1 } }, false],
    ['never was', undefined, false],
  ])('keeps the platform from going down where it %s', (_, above, kept) => {
    const history = { ...emptyHistory(), above };
    expect(keptFrom(CACHED, { spec: SPEC, history, now: MONDAY }) !== undefined).toBe(kept);
  });
});
