import { expect, it } from 'vitest';
import { count, plural } from '../../../src/text/words.ts';

it.each([
  [0, '0'],
  [0.017, '0.02'],
  [0.5, '0.5'],
  [9.5, '9.5'],
  [999.6, '1,000'],
  [12_345.6, '12,346'],
  [1_234_567, '1,234,567'],
  [1e22, '1e+22'],
  [Infinity, 'Infinity'],
])('writes %d as %s', (value, text) => {
  expect(count(value)).toBe(text);
});

it('writes one of a thing without an s', () => {
  expect([0, 1, 2].map((value) => plural(value, 'replica'))).toEqual([
    '0 replicas',
    '1 replica',
    '2 replicas',
  ]);
});
