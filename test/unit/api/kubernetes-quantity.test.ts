import { expect, it } from 'vitest';
import { quantityValue, sameQuantity } from '../../../src/api/kubernetes-quantity.ts';

it.each([
  ['250m', 0.25],
  ['2', 2],
  ['0.5', 0.5],
  ['.5', 0.5],
  ['123456789n', 0.123456789],
  ['64Mi', 67_108_864],
  ['1Gi', 1_073_741_824],
  ['500M', 5e8],
  ['100k', 1e5],
  ['1E', 1e18],
  ['1e3', 1_000],
])('reads %s as %d', (text, expected) => {
  expect(quantityValue(text)).toBeCloseTo(expected, 9);
});

it.each([undefined, null, '', '.', '1.2.3', 'much', '1 Gi', '1GiB'])('takes %o for no quantity', (text) => {
  expect(quantityValue(text)).toBeUndefined();
});

it.each([
  ['0.5', '500m', true],
  ['1Gi', '1024Mi', true],
  [1, '1', true],
  ['1G', '1Gi', false],
  ['much', 'much', true],
])('sees whether %o and %o are the same: %o', (a, b, same) => {
  expect(sameQuantity(a, b)).toBe(same);
});
