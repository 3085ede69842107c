import { describe, expect, it } from 'vitest';
import { mayChange, nextOpening } from '../../../src/ladder/windows.ts';
import { HOUR, MONDAY, spec } from '../decide/given.ts';

const nightly = spec({
  transitions: {
    windows: [{ name: 'night', schedule: '0 2 * * *', duration: '2h', timeZone: 'Europe/Berlin' }],
  },
}).transitions.windows;

describe('windows', () => {
  it.each([
    ['just before it opens', 1 * HOUR - 1, false],
    ['when it opens', 1 * HOUR, true],
    ['while it is open', 2 * HOUR, true],
    ['when it closes', 3 * HOUR, false],
  ])('of 02:00 in Berlin: %s', (_when, offset, open) => {
    // In January Berlin is an hour ahead of UTC.
    expect(mayChange(nightly, MONDAY + offset)).toBe(open);
  });

  it('follow the clock of their time zone through the change to summer time', () => {
    const july = Date.UTC(2026, 6, 6);
    expect(mayChange(nightly, july + 0.5 * HOUR)).toBe(true);
    expect(nextOpening(nightly, july + 3 * HOUR)).toBe(july + 24 * HOUR);
  });

  it('may be open for longer than there are dates', () => {
    const windows = [{ name: 'always', schedule: '0 2 * * *', duration: '999999999d' }];
    expect(mayChange(spec({ transitions: { windows } }).transitions.windows, MONDAY)).toBe(true);
  });

  it('are always open when there is none', () => {
    expect(mayChange([], MONDAY)).toBe(true);
  });
});
