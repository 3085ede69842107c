import { expect, it } from 'vitest';
import { parseQuantity } from '../../../controller/leadplatform/kubernetes-quantity.ts';

it.each([
  ['250m', 0.25],
  ['2', 2],
  ['0.5', 0.5],
  ['123456789n', 0.123456789],
  ['64Mi', 67_108_864],
  ['1Gi', 1_073_741_824],
  ['500M', 5e8],
  ['100k', 1e5],
])('reads %s as %d', (text, expected) => {
  expect(parseQuantity(text)).toBeCloseTo(expected, 9);
});

it.each([undefined, '', 'much', '-1', '1 Gi', '1GiB'])('takes %o for no quantity', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});
