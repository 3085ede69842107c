import { expect, it } from 'vitest';
import { duration } from '../../../scripts/duration.ts';

it.each([
  [0.4, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min 0 s'],
  [723, '12 min 3 s'],
  [3_600, '60 min 0 s'],
])('%d seconds are written as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
