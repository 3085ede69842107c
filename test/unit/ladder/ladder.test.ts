import { describe, expect, it } from 'vitest';
import { CAPABILITY_NAMES, TIER_NAMES } from '../../../src/api/names.ts';
import { CAPABILITIES } from '../../../src/capabilities/index.ts';
import { CATALOG, factsOf } from '../../../src/catalog/catalog.ts';
import { ladderOf, tierFor } from '../../../src/ladder/ladder.ts';
import { spec } from '../decide/given.ts';

const ladder = ladderOf(spec());

describe('the default ladder', () => {
  it('has the eight tiers, lowest first', () => {
    expect(ladder.tiers.map(({ name }) => name)).toEqual(TIER_NAMES);
    expect(ladder.tiers.map(({ from }) => from)).toEqual([
      0, 5_000, 10_000, 15_000, 25_000, 30_000, 50_000, 100_000,
    ]);
  });

  it.each([
    [0, 'single-server'],
    [4_999, 'single-server'],
    [5_000, 'cached'],
    [9_999, 'cached'],
    [10_000, 'separated'],
    [15_000, 'scaled'],
    [25_000, 'balanced'],
    [30_000, 'enterprise'],
    [50_000, 'microservices'],
    [99_999, 'microservices'],
    [100_000, 'full-microservices'],
    [1e9, 'full-microservices'],
  ])('%d leads/day belongs on %s', (leads, name) => {
    expect(tierFor(ladder, leads).name).toBe(name);
  });

  it('names every capability once, on the tier from which it is recommended', () => {
    expect([...ladder.highest.has]).toEqual(CAPABILITY_NAMES);
    for (const { name, recommendedFrom } of CATALOG) {
      expect([name, ladder.adding.get(name)?.from]).toEqual([name, recommendedFrom]);
    }
  });
});

describe('capabilities', () => {
  it('are registered in the order of the ladder', () => {
    expect(CAPABILITIES.map(({ name }) => name)).toEqual(CAPABILITY_NAMES);
    expect(CATALOG.map(({ name }) => name)).toEqual(CAPABILITY_NAMES);
  });

  it('are required as the breaking points say, and never where they hold data', () => {
    for (const { name, holdsData, requiredFrom } of CATALOG) {
      const breaking = new Map([
        ['load-balancer', 30_000],
        ['multiple-app-servers', 50_000],
      ]).get(name);
      expect([name, requiredFrom]).toEqual([name, holdsData ? undefined : (breaking ?? 100_000)]);
    }
  });

  it('has a sentence for a name that there is none of', () => {
    expect(() => factsOf('teleport' as never)).toThrow(
      /no capability is called teleport; write one of redis-cache/,
    );
  });
});

describe('a ladder of one’s own', () => {
  const own = spec({
    tiers: [
      { name: 'big', fromLeadsPerDay: 900, capabilities: ['cdn', 'redis-cache'] },
      { name: 'small', fromLeadsPerDay: 0, capabilities: ['redis-cache'] },
    ],
  });

  it('is sorted by load, and adds a capability once', () => {
    expect(ladderOf(own).tiers.map(({ name, adds }) => [name, adds])).toEqual([
      ['small', ['redis-cache']],
      ['big', ['cdn']],
    ]);
  });

  it('is worked out once', () => {
    expect(ladderOf(own)).toBe(ladderOf(own));
  });
});
