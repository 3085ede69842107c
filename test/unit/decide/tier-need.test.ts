import { describe, expect, it } from 'vitest';
import type { History } from '../../../src/model/decision.ts';
import type { AboveTier } from '../../../src/model/need.ts';
import {
  DAY,
  HOUR,
  MINUTE,
  MONDAY,
  TIMED_OUT,
  balanced,
  component,
  decideGiven,
  flowing,
  on,
  running,
  spec,
  type Given,
} from './given.ts';
import { apart, decidesTier, type TierCase } from './tier-case.ts';

/** More than a tier carries for so long, and by what comes as well or only by what waits. */
const above = (ms: number, isLoad = true): AboveTier => ({
  of: 'queue-default',
  since: MONDAY - ms,
  until: MONDAY - 1_000,
  ...(isLoad && { loadSince: MONDAY - ms }),
});
const needing = (replicas: number): Pick<History, 'needs'> => ({
  needs: { known: [{ name: 'queue-default', replicas, load: replicas }], silent: [] },
});
/** On `separated` by its leads, with ten workers of the thirty that are needed, for so long. */
const short = (ms: number) => ({
  ...on('separated', 11_000),
  ...needing(30),
  above: { separated: above(ms), scaled: above(ms) },
});
const queues = { default: { ready: 100 }, 'vici-updates': {} };
const lacks: Pick<TierCase, 'leads' | 'values' | 'components'> = {
  leads: 11_000,
  values: { queues },
  components: apart,
};
const only = (tier: object) =>
  spec({ tiers: [{ name: 'only', fromLeadsPerDay: 0, capabilities: ['separate-queue-workers'], ...tier }] });

describe('the tier, by what components need', () => {
  it.each<[string, TierCase]>([
    [
      'is raised to the first that carries a need that lasts, over tiers in between',
      { ...lacks, history: short(15 * MINUTE), to: 'balanced', rule: 'NeedSustained', target: 'balanced' },
    ],
    [
      'is not raised before that',
      { ...lacks, history: short(15 * MINUTE - 1), to: 'separated', rule: 'AtTarget' },
    ],
    [
      'is not raised before it has stood on its tier for as long',
      {
        ...lacks,
        history: { ...short(HOUR), tierSince: MONDAY - 14 * MINUTE },
        to: 'separated',
        rule: 'AtTarget',
      },
    ],
    [
      'is not raised past a tier that the load has exceeded for a moment only',
      {
        ...lacks,
        history: { ...short(HOUR), above: { separated: above(HOUR), scaled: above(7 * MINUTE) } },
        to: 'scaled',
        rule: 'NeedSustained',
      },
    ],
    [
      'is raised as far as maxTier allows',
      {
        ...lacks,
        spec: spec({ maxTier: 'scaled' }),
        history: short(HOUR),
        to: 'scaled',
        rule: 'NeedSustained',
      },
    ],
    [
      'is not raised beyond maxTier',
      {
        ...lacks,
        spec: spec({ maxTier: 'separated' }),
        history: short(HOUR),
        to: 'separated',
        rule: 'AtTarget',
      },
    ],
    [
      'is not raised while the queue is unknown',
      {
        ...lacks,
        values: { queues: { ...queues, default: TIMED_OUT } },
        history: short(HOUR),
        to: 'separated',
        rule: 'AtTarget',
      },
    ],
    [
      'is not raised while replicas that the tier allows are not there',
      { ...lacks, components: running(9, 3), history: short(HOUR), to: 'separated', rule: 'AtTarget' },
    ],
    [
      'is not raised while they are on their way',
      {
        ...lacks,
        components: [...apart.slice(0, 2), component('queue-default', 10, { readyReplicas: 9 })],
        history: short(HOUR),
        to: 'separated',
        rule: 'AtTarget',
      },
    ],
    [
      'is raised to the next for jobs that wait, though many more would be needed',
      {
        ...lacks,
        history: { ...short(HOUR), ...needing(300), above: { separated: above(HOUR, false) } },
        to: 'scaled',
        rule: 'NeedSustained',
      },
    ],
    [
      'is not raised a second time for jobs that wait',
      {
        ...lacks,
        components: [component('ingest', 3), component('sync', 1), component('queue-default', 25)],
        history: {
          ...on('scaled', 11_000),
          ...needing(300),
          raisedOver: 'separated',
          above: { separated: above(HOUR, false), scaled: above(HOUR, false) },
        },
        to: 'scaled',
        rule: 'NeedRemembered',
      },
    ],
    [
      'is raised though leads/day is unknown',
      {
        values: { leadsPerDay: TIMED_OUT, queues },
        components: apart,
        history: short(HOUR),
        to: 'balanced',
        rule: 'NeedSustained',
      },
    ],
    [
      'is not raised against a pin',
      {
        ...lacks,
        spec: spec({ tierPin: { tier: 'separated' } }),
        history: short(HOUR),
        to: 'separated',
        rule: 'Pinned',
      },
    ],
    [
      'is not raised outside of a window',
      {
        ...lacks,
        spec: spec({ transitions: { windows: [{ name: 'night', schedule: '0 2 * * *', duration: '1h' }] } }),
        history: short(HOUR),
        to: 'separated',
        rule: 'OutsideWindow',
        target: 'balanced',
      },
    ],
    [
      'does not come down while the tier below has not carried a need within the look-back',
      {
        leads: 2_000,
        history: {
          ...on('scaled', 2_000),
          above: { separated: { of: 'queue-default', until: MONDAY - 7 * DAY + HOUR } },
        },
        to: 'scaled',
        rule: 'NeedRemembered',
        target: 'scaled',
      },
    ],
    [
      'does not come down while that is so as far as is known',
      {
        leads: 2_000,
        values: { queues: { default: TIMED_OUT } },
        history: { ...on('scaled', 2_000), above: { separated: above(8 * DAY) } },
        to: 'scaled',
        rule: 'NeedRemembered',
      },
    ],
    [
      'comes down once all needs of the look-back were carried below',
      {
        leads: 2_000,
        history: {
          ...on('scaled', 2_000),
          above: {
            cached: { of: 'queue-default', until: MONDAY - HOUR },
            separated: { of: 'queue-default', until: MONDAY - 7 * DAY - 1 },
          },
        },
        to: 'separated',
        rule: 'QuietLongEnough',
        target: 'separated',
      },
    ],
  ])('%s', decidesTier);

  it('has a time for when it is raised, and for when it may come down', () => {
    const waiting = decideGiven({
      values: { leadsPerDay: 11_000, queues },
      components: apart,
      history: short(10 * MINUTE),
    });
    expect(waiting.requeueAt).toBeLessThanOrEqual(MONDAY + 5 * MINUTE);
    const until = MONDAY - DAY;
    const kept = decideGiven({
      values: { leadsPerDay: 2_000 },
      history: { ...on('scaled', 2_000), above: { separated: { of: 'ingest', until } } },
    });
    expect(kept.requeueAt).toBe(until + 7 * DAY + 1);
  });

  it('says who needs more and since when, and what keeps it', () => {
    const raised = decideGiven({
      values: { leadsPerDay: 11_000, queues },
      components: apart,
      history: short(HOUR),
    });
    expect(raised.reasons[0]).toBe(
      'Climbs from separated to balanced: queue-default needs more replicas than tier separated allows, since 2026-01-04T23:00:00Z; that is 15m and more, and balanced has room for it.',
    );
    expect(raised.history.raisedOver).toBe('separated');
    const bounded = decideGiven({
      spec: spec({ maxTier: 'separated' }),
      values: { leadsPerDay: 11_000, queues },
      components: apart,
      history: short(HOUR),
    });
    expect(bounded.clamps).toContain(
      'queue-default needs more replicas than tier separated allows, since 2026-01-04T23:00:00Z, and balanced has room for it, but maxTier is separated.',
    );
  });
});

/** Thirty busy workers' worth of jobs of 20 s come a second. */
const BUSY = { queues: { default: flowing(1.5, 20) } };

describe('what is more than a tier carries', () => {
  it.each<[string, Given, string[]]>([
    [
      'is told of each tier by what the queue asks for',
      { components: running(10), history: { ...on('separated', 11_000), ...BUSY } },
      ['single-server', 'cached', 'separated', 'scaled'],
    ],
    [
      'is nothing of a tier where replicas.max is below it',
      {
        spec: spec({ components: { queues: [{ name: 'default', replicas: { max: 10 } }] } }),
        components: running(10),
        history: { ...on('separated', 11_000), ...BUSY },
      },
      ['single-server', 'cached'],
    ],
    [
      'is nothing of a tier where a pin holds the component',
      {
        spec: spec({ replicasPin: [{ component: 'queue-default', replicas: 10 }] }),
        components: running(10),
        history: { ...on('separated', 11_000), ...BUSY },
      },
      [],
    ],
    [
      'is nothing of a tier where another autoscaler drives it',
      {
        components: [
          ...running(1).slice(0, 2),
          component('queue-default', 10, { drivenBy: 'ScaledObject/mine' }),
        ],
        history: { ...on('separated', 11_000), ...BUSY },
      },
      [],
    ],
    [
      'is nothing of a tier where the database has no connections for more',
      {
        values: { connections: { used: 100, allowed: 100 } },
        components: running(10),
        history: { ...on('separated', 11_000), ...BUSY },
      },
      ['single-server', 'cached'],
    ],
    [
      'is told of all workers together as well',
      {
        spec: only({ components: { workers: { max: 20 } } }),
        components: running(10),
        history: { ...on('only', 11_000), ...BUSY },
      },
      ['only'],
    ],
    [
      'is not known while the queue is unknown',
      {
        values: { queues: { default: TIMED_OUT } },
        components: running(10),
        history: { ...on('separated', 11_000), ...BUSY },
      },
      [],
    ],
    [
      'is told of the web side by the leads that come',
      {
        values: { leadsPerMinute: 400, queues: {} },
        components: running(1),
        history: on('scaled', 16_000),
      },
      ['single-server', 'cached', 'separated', 'scaled'],
    ],
    [
      'is nothing where a response time alone asks for more',
      {
        values: { leadsPerMinute: 30, responseTime: 900, queues: {} },
        components: running(1, 8),
        history: { ...on('scaled', 16_000), overloadedSince: MONDAY - HOUR },
      },
      [],
    ],
  ])('%s', (_, given, tiers) => {
    const values = { queues: { default: {}, 'vici-updates': {} }, ...given.values };
    const decision = decideGiven({ ...given, values: { leadsPerDay: 11_000, ...values } });
    expect(Object.keys(decision.history.above ?? {})).toEqual(tiers);
  });

  it('is nothing of sync where Vici’s budget holds it', () => {
    const late = { 'vici-updates': { ready: 9_000, oldestAgeSeconds: 900 }, default: {} };
    const decision = decideGiven({
      values: { leadsPerDay: 26_000, queues: late },
      components: running(5, 3, 1),
      history: balanced,
    });
    expect(decision.components.find(({ name }) => name === 'sync')?.wanted).toBeGreaterThan(10);
    expect(Object.keys(decision.history.above ?? {})).not.toContain('balanced');
  });
});
