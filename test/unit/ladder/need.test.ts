import { describe, expect, it } from 'vitest';
import { MOST_LASTED, isTooSoon, leastOver, observeNeed } from '../../../src/ladder/need.ts';
import { persistedHistory, restoreHistory } from '../../../src/ladder/persisted.ts';
import { emptyHistory } from '../../../src/model/history.ts';
import type { QueueNeed } from '../../../src/model/need.ts';
import { DAY, HOUR, MINUTE, MONDAY, spec } from '../decide/given.ts';

const { scaling } = spec();
const GAP = 17_000;
const QUARTER = 15 * MINUTE;

interface Stretch {
  readonly workers: number;
  readonly minutes: number;
  /** Between two looks. */
  readonly every?: number;
}

/** Looks at a need that is so much for so long, one stretch after the other. Without workers nothing is seen. */
type Stretches = readonly (Stretch | { readonly unseen: number })[];

function looksAt(...stretches: Stretches): QueueNeed {
  let need: QueueNeed | undefined;
  let at = MONDAY;
  for (const stretch of stretches) {
    if ('unseen' in stretch) at += stretch.unseen * MINUTE;
    else {
      const { workers, minutes, every = 10_000 } = stretch;
      for (const end = at + minutes * MINUTE; at < end; at += every)
        need = observeNeed(need, { workers, at, gap: GAP }, scaling);
      need = observeNeed(need, { workers, at, gap: GAP }, scaling);
    }
  }
  return need!;
}
const lasting = (...stretches: Stretches) => leastOver(looksAt(...stretches).recent, QUARTER);

describe('what was needed all the while', () => {
  it.each<[string, Stretches, number]>([
    [
      'is the least of it',
      [
        { workers: 9, minutes: 10 },
        { workers: 4, minutes: 1 },
        { workers: 9, minutes: 9 },
      ],
      4,
    ],
    ['is nothing before so long was seen', [{ workers: 9, minutes: 14 }], 0],
    [
      'leaves out what was before',
      [
        { workers: 1, minutes: 60 },
        { workers: 9, minutes: 17 },
      ],
      9,
    ],
    [
      'takes no time in which nothing was known',
      [{ workers: 9, minutes: 5 }, { unseen: 12 }, { workers: 9, minutes: 5 }],
      0,
    ],
    ['goes on after it', [{ workers: 9, minutes: 8 }, { unseen: 12 }, { workers: 9, minutes: 8 }], 9],
    [
      'begins again after a long silence',
      [{ workers: 9, minutes: 14 }, { unseen: 16 }, { workers: 9, minutes: 14 }],
      0,
    ],
    ['counts no looks that are too far apart', [{ workers: 9, minutes: 60, every: 18_000 }], 0],
  ])('%s', (_, stretches, workers) => {
    expect(lasting(...stretches)).toBe(workers);
  });

  it('is held up by no clock that was set back', () => {
    const before = looksAt({ workers: 9, minutes: 20 });
    const { recent, lasted } = observeNeed(before, { workers: 2, at: MONDAY - DAY, gap: GAP }, scaling);
    expect([recent, lasted]).toEqual([[{ ms: 0, least: 2 }], []]);
  });

  it('is not looked at each second', () => {
    const { at } = looksAt({ workers: 9, minutes: 1 });
    expect([1_000, 4_999, 5_000].map((ms) => isTooSoon({ at } as QueueNeed, at + ms, scaling))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('what a descent remembers of it', () => {
  const most = (need: QueueNeed) => Math.max(0, ...need.lasted.map(({ workers }) => workers));

  it.each<[string, Stretches, number]>([
    [
      'not one look',
      [
        { workers: 1, minutes: 20 },
        { workers: 40, minutes: 0 },
        { workers: 1, minutes: 20 },
      ],
      1,
    ],
    [
      'not a burst of seven minutes',
      [
        { workers: 1, minutes: 20 },
        { workers: 40, minutes: 7 },
        { workers: 1, minutes: 20 },
      ],
      1,
    ],
    [
      'what came for half of the time that raises',
      [
        { workers: 1, minutes: 20 },
        { workers: 40, minutes: 9 },
        { workers: 1, minutes: 20 },
      ],
      40,
    ],
  ])('is %s', (_, stretches, workers) => {
    expect(most(looksAt(...stretches))).toBe(workers);
  });

  it('is the most of each time, in a few entries, for as long as it looks back', () => {
    const peak = { workers: 9, minutes: 10 };
    const week = looksAt(
      peak,
      ...Array.from({ length: 12 * 8 - 2 }, () => [{ workers: 1, minutes: 20 }, { unseen: 100 }]).flat(),
    );
    expect(most(week)).toBe(9);
    const later = looksAt(
      peak,
      ...Array.from({ length: 12 * 8 + 1 }, () => [{ workers: 1, minutes: 20 }, { unseen: 100 }]).flat(),
    );
    expect(most(later)).toBe(1);
    expect(week.lasted.length).toBeLessThanOrEqual(MOST_LASTED);
  });

  it.each([
    ['negative', [['default', [[MONDAY, -1]]]]],
    ['missing', [['default', [[MONDAY, null]]]]],
    ['something else', 'many'],
    ['more than were written', Array.from({ length: 201 }, (_, index) => [`q${String(index)}`, []])],
  ])('is forgotten where it was kept as %s, and nothing else is', (_, needs) => {
    const load = [{ start: MONDAY, until: MONDAY + HOUR, low: 1, high: 2 }];
    const history = { ...emptyHistory(), tier: 'scaled', raisedOver: 'cached', dataUpTo: 'cached', load };
    const text = JSON.parse(persistedHistory(history)) as object;
    expect(restoreHistory(JSON.stringify({ ...text, needs }))).toEqual(history);
  });

  it('outlives the process, with the tier up to which there is data; how long a need lasts begins again', () => {
    const lasted = [
      { at: MONDAY, workers: 9 },
      { at: MONDAY + DAY, workers: 0.2 },
    ];
    const history = { ...emptyHistory(), tier: 'scaled', raisedOver: 'cached', dataUpTo: 'cached' };
    const needs = { default: { at: MONDAY + DAY, recent: [{ ms: HOUR, least: 9 }], lasted } };
    expect(restoreHistory(persistedHistory({ ...history, needs }))).toEqual({
      ...history,
      needs: { default: { at: MONDAY, recent: [], lasted: lasted.slice(0, 1) } },
    });
  });
});
