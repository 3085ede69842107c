/** A platform whose jobs need nothing beyond its tier: it decides as if there were no needs. */
import { describe, expect, it } from 'vitest';
import type { History } from '../../../src/model/decision.ts';
import { DAY, HOUR, MINUTE, MONDAY, TIMED_OUT, component, decideGiven, load, on, spec } from './given.ts';
import type { Given } from './given.ts';

const night = { transitions: { windows: [{ name: 'night', schedule: '0 2 * * *', duration: '1h' }] } };
const web = [component('all-in-one', 2)];
const apart = [component('ingest', 8), component('sync', 5), component('queue-default', 25)];
const auto = {
  transitions: { policies: [{ capability: 'read-replica' as const, policy: 'Auto' as const }] },
};
const red = { redSince: { responseTime: MONDAY - DAY } };
const withoutCached = ['single-server', 'separated', 'last'].map((name, index) => ({
  name,
  fromLeadsPerDay: index * 10_000,
  capabilities: index === 0 ? [] : ['separate-queue-workers' as const, 'app-instances' as const],
}));

/** Looks a minute apart, each with what the one before has left. */
function looks(count: number, { now = MONDAY, history = {}, ...given }: Given) {
  const decisions = [];
  let before: Partial<History> = history;
  for (let index = 0; index < count; index += 1) {
    const decision = decideGiven({ ...given, history: before, now: now + index * MINUTE });
    decisions.push(decision);
    before = decision.history;
  }
  return decisions;
}

describe('a platform that health has raised, and no need', () => {
  it.each<[string, Given, string, string | undefined]>([
    [
      'stays one tier above leads/day, where minTier is its tier',
      {
        spec: spec({ minTier: 'cached', ...auto }),
        values: { leadsPerDay: 4_000, responseTime: 900 },
        components: web,
        history: { ...on('cached', 4_000), ...red, raisedOver: 'single-server' },
      },
      'cached',
      'single-server',
    ],
    [
      'stays there while leads/day is unknown',
      {
        spec: spec({ minTier: 'scaled', ...auto }),
        values: { leadsPerDay: TIMED_OUT, responseTime: 900 },
        components: apart,
        history: { ...on('scaled', 11_000), ...red, raisedOver: 'separated' },
      },
      'scaled',
      'separated',
    ],
    [
      'stays there while no window is open',
      {
        spec: spec({ minTier: 'cached', ...night }),
        values: { leadsPerDay: 4_000, responseTime: 900 },
        components: web,
        history: { ...on('cached', 4_000), ...red, raisedOver: 'single-server' },
      },
      'cached',
      'single-server',
    ],
    [
      'is forgotten to be raised once leads/day asks for its tier, whether a window is open or not',
      {
        spec: spec(night),
        values: { leadsPerDay: 11_000 },
        now: MONDAY + 12 * HOUR,
        history: {
          ...on('separated'),
          load: load(MONDAY + 12 * HOUR, [5, 9_100], [2.5, 11_000]),
          raisedOver: 'cached',
        },
      },
      'separated',
      undefined,
    ],
    [
      'is forgotten to be raised once leads/day asks for more, though a lock keeps it on its tier',
      {
        values: { leadsPerDay: 13_600 },
        components: web,
        history: { ...on('cached', 13_600), raisedOver: 'single-server' },
        hold: { tier: 'cached', due: 'balanced', why: 'the hook warm-up' },
      },
      'cached',
      undefined,
    ],
    [
      'keeps the name of a tier that its ladder does not have any more',
      {
        spec: spec({ tiers: withoutCached }),
        values: { leadsPerDay: 8_000 },
        components: apart,
        history: {
          ...on('separated', 9_100),
          load: load(MONDAY, [7, 9_100], [0.5, 8_000]),
          raisedOver: 'cached',
        },
      },
      'separated',
      'cached',
    ],
  ])('%s', (_, given, tier, raisedOver) => {
    const decisions = looks(3, given);
    expect(decisions.map((one) => one.tier.to)).toEqual([tier, tier, tier]);
    expect(decisions.map((one) => one.history.raisedOver)).toEqual([raisedOver, raisedOver, raisedOver]);
    expect(decisions.map((one) => one.reasons.join(' ')).join(' ')).not.toContain('data');
  });
});
