import { expect, it } from 'vitest';
import { type Step, verdictOf, withSighting } from '../../../testbed/demo/verdict.ts';

const LADDER = ['low', 'middle', 'high', 'top'];

function visit(...tiers: readonly string[]): readonly Step[] {
  return tiers.reduce<readonly Step[]>((steps, tier, day) => withSighting(steps, { day, tier }), []);
}

it.each<[string, readonly string[], readonly string[]]>([
  ['up and down the whole ladder', ['low', 'middle', 'high', 'top', 'high', 'middle', 'low'], []],
  ['a relapse on the way down', ['low', 'middle', 'high', 'top', 'high', 'top', 'high', 'middle', 'low'], []],
  [
    'nothing at all',
    [],
    ['low was never reached', 'middle was never reached', 'high was never reached', 'top was never reached'],
  ],
  [
    'up, and not down',
    ['low', 'middle', 'high', 'top'],
    [
      'the platform never came back to low',
      'middle was never left on the way down',
      'high was never left on the way down',
      'top was never left on the way down',
    ],
  ],
  [
    'a tier that was jumped over',
    ['low', 'high', 'top', 'high', 'middle', 'low'],
    ['middle was never reached'],
  ],
  ['a top that was never reached', ['low', 'middle', 'high', 'middle', 'low'], ['top was never reached']],
  [
    'a descent that ends early',
    ['low', 'middle', 'high', 'top', 'high', 'middle'],
    ['the platform never came back to low', 'middle was never left on the way down'],
  ],
])('judges %s', (_what, tiers, missing) => {
  const verdict = verdictOf(visit(...tiers), LADDER);
  expect(verdict.missing).toEqual(missing);
  expect(verdict.complete).toBe(missing.length === 0);
});

it('tells when each tier was reached and left', () => {
  const { tiers } = verdictOf(visit('low', 'middle', 'high', 'top', 'high', 'middle', 'low'), LADDER);
  expect(tiers.map(({ name, reached, left }) => [name, reached?.day, left?.day])).toEqual([
    ['low', 0, 6],
    ['middle', 1, 6],
    ['high', 2, 5],
    ['top', 3, 4],
  ]);
});

it('learns the rule of a step when the status tells of it, and keeps the first', () => {
  let steps = visit('low', 'middle');
  steps = withSighting(steps, { day: 2, tier: 'middle', rule: 'LoadSustained' });
  steps = withSighting(steps, { day: 3, tier: 'middle', rule: 'HealthRed' });
  expect(steps.map(({ tier, day, rule }) => [tier, day, rule])).toEqual([
    ['low', 0, undefined],
    ['middle', 1, 'LoadSustained'],
  ]);
});
