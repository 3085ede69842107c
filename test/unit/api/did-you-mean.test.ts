import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance } from '../../../src/api/did-you-mean.ts';

describe('didYouMean', () => {
  const known = ['minTier', 'maxTier', 'mode', 'image', 'signals', 'tiers'];
  it.each([
    ['mimTier', 'minTier'],
    ['MINTIER', 'minTier'],
    ['iamge', 'image'],
    ['tier', 'tiers'],
    ['signal', 'signals'],
    ['replicas', undefined],
    ['x', undefined],
    ['x'.repeat(1_000), undefined],
  ])('takes %s for %s', (word, meant) => {
    expect(didYouMean(word, known)).toBe(meant);
  });

  it.each([
    ['', '', 0],
    ['ab', 'ba', 1],
    ['kitten', 'sitting', 3],
    ['abc', 'xyz', 3],
    ['a', 'abcdefgh', 4],
  ])('counts the edits from "%s" to "%s", up to its limit', (left, right, edits) => {
    expect(editDistance(left, right, 3)).toBe(edits);
  });
});
