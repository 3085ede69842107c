import fc from 'fast-check';
import { expect, it } from 'vitest';
import { admit } from '../../../src/api/admit.ts';
import { LatestParts, withPartsOf } from '../../../src/api/same-parts.ts';

it('takes what is equal from the other, and keeps what is not', () => {
  const like = { image: 'brain:1', probe: { path: '/up', every: 10 }, env: [{ name: 'A' }, { name: 'B' }] };
  const value = { image: 'brain:2', probe: { path: '/up', every: 10 }, env: [{ name: 'A' }, { name: 'C' }] };
  const shared = withPartsOf(structuredClone(value), like);
  expect(shared).toEqual(value);
  expect(shared.probe).toBe(like.probe);
  expect(shared.env[0]).toBe(like.env[0]);
  expect(shared.env[1]).not.toBe(like.env[1]);
});

it('is the other where all is equal', () => {
  const like = { a: { b: [1, 'two', null, true] } };
  expect(withPartsOf(structuredClone(like), like)).toBe(like);
});

it('says the same as before in the same order, and leaves the other as it is, whatever the two are', () => {
  // Few names and values, so that much of it is equal.
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, 1, 'a', true, {}, []),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), tie('tree'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(tree, tree, (value, like) => {
      const [before, other] = [JSON.stringify(value), JSON.stringify(like)];
      expect(JSON.stringify(withPartsOf(value, like))).toBe(before);
      expect(JSON.stringify(value)).toBe(before);
      expect(JSON.stringify(like)).toBe(other);
    }),
    { numRuns: 500 },
  );
});

it('keeps fields in their own order where the other has another', () => {
  const value = withPartsOf({ b: 1, a: 2 }, { a: 2, b: 1 });
  expect(Object.keys(value)).toEqual(['b', 'a']);
});

it('keeps what platforms have in common once: what the schema fills in', () => {
  const specOf = (image: string, more = {}) => {
    const admission = admit({ image, ...more });
    if (!admission.ok) throw new Error('expected a spec that is admitted');
    return admission.spec;
  };
  const [one, other] = [
    specOf('brain:1'),
    specOf('brain:2', { scaling: { demote: { lookback: '3d' } }, minTier: 'separated' }),
  ];
  expect(other.capabilities).toBe(one.capabilities);
  expect(other.components).toBe(one.components);
  expect(other.scaling.promote).toBe(one.scaling.promote);
  expect(other.scaling.demote.lookback).not.toBe(one.scaling.demote.lookback);
  expect([one.image, other.image]).toEqual(['brain:1', 'brain:2']);
});

it('remembers only so many names, those that were used last', () => {
  const latest = new LatestParts();
  const first = latest.share('first', { a: {} });
  expect(latest.share('first', { a: {} })).toBe(first);
  for (let index = 0; index < 100; index += 1) latest.share(`other ${index}`, { a: {} });
  expect(latest.share('first', { a: {} })).not.toBe(first);
});
