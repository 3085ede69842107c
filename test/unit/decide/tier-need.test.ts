import { describe, expect, it } from 'vitest';
import type { CapabilityName } from '../../../src/api/names.ts';
import type { History } from '../../../src/model/decision.ts';
import type { QueueNeed } from '../../../src/model/need.ts';
import {
  DAY,
  HOUR,
  MINUTE,
  MONDAY,
  TIMED_OUT,
  component,
  decideGiven,
  flowing,
  load,
  on,
  running,
  spec,
  type Given,
} from './given.ts';
import { apart, decidesTier, type TierCase } from './tier-case.ts';

/** So many workers were needed for so long, until a second ago. */
const needed = (workers: number, ms: number, more: Partial<QueueNeed> = {}): Pick<History, 'needs'> => ({
  needs: { default: { at: MONDAY - 1_000, recent: [{ ms, least: workers }], lasted: [], ...more } },
});
const lasted = (workers: number, at: number) => needed(0, HOUR, { lasted: [{ at, workers }] });
const queues = { default: { ready: 20, inFlight: 10 }, 'vici-updates': {} };
const night = { transitions: { windows: [{ name: 'night', schedule: '0 2 * * *', duration: '1h' }] } };
/** On `separated` by its leads, with the ten workers that it allows of the thirty that are needed. */
const short: Pick<TierCase, 'leads' | 'values' | 'components' | 'history'> = {
  leads: 11_000,
  values: { queues },
  components: apart,
  history: { ...on('separated', 11_000), ...needed(30, 15 * MINUTE) },
};
const stays = { to: 'separated', rule: 'AtTarget' };
const raised = { to: 'balanced', rule: 'NeedSustained', target: 'balanced' };
const history = (more: Partial<History>) => ({ ...short.history, ...more });

describe('the tier, by what the jobs that come need', () => {
  it.each<[string, TierCase]>([
    ['is raised to the first that carries it, over tiers in between', { ...short, ...raised }],
    [
      'is not raised before it has lasted for as long as a red signal has to',
      { ...short, history: history(needed(30, 15 * MINUTE - 1)), ...stays },
    ],
    [
      'is not raised before the platform has stood there for as long',
      { ...short, history: history({ tierSince: MONDAY - 14 * MINUTE }), ...stays },
    ],
    [
      'is not raised by what was carried in between',
      {
        ...short,
        history: history(
          needed(0, 0, {
            recent: [
              { ms: HOUR, least: 30 },
              { ms: MINUTE, least: 9 },
              { ms: 14 * MINUTE, least: 30 },
            ],
          }),
        ),
        ...stays,
      },
    ],
    [
      'is raised as far as the last half takes, where the need rises',
      {
        ...short,
        history: history(
          needed(0, 0, {
            recent: [
              { ms: 8 * MINUTE, least: 12 },
              { ms: 8 * MINUTE, least: 60 },
            ],
          }),
        ),
        ...{ to: 'enterprise', rule: 'NeedSustained' },
      },
    ],
    [
      'is raised as far as maxTier allows',
      { ...short, spec: spec({ maxTier: 'scaled' }), to: 'scaled', rule: 'NeedSustained' },
    ],
    ['is not raised beyond maxTier', { ...short, spec: spec({ maxTier: 'separated' }), ...stays }],
    [
      'is not raised where a user pins it',
      { ...short, spec: spec({ tierPin: { tier: 'separated' } }), to: 'separated', rule: 'Pinned' },
    ],
    [
      'is not raised by a look from a while ago',
      {
        ...short,
        values: { queues: { ...queues, default: TIMED_OUT } },
        history: history(needed(30, HOUR, { at: MONDAY - 18_000 })),
        ...stays,
      },
    ],
    [
      'is not raised while replicas that the tier allows are on their way',
      {
        ...short,
        components: [...apart.slice(0, 2), component('queue-default', 10, { readyReplicas: 9 })],
        ...stays,
      },
    ],
    [
      'is not raised where replicas.max holds the queue',
      {
        ...short,
        spec: spec({ components: { queues: [{ name: 'default', replicas: { max: 10 } }] } }),
        ...stays,
      },
    ],
    [
      'is not raised where Vici’s budget holds sync',
      {
        ...short,
        components: [component('ingest', 3), component('sync', 3), component('queue-default', 1)],
        history: history({ needs: { 'vici-updates': needed(9, HOUR).needs!['default']! } }),
        ...stays,
      },
    ],
    [
      'is raised from the current one on, whatever lower ones allow',
      {
        ...short,
        spec: spec({
          tiers: [
            ['roomy', 0, 50],
            ['separated', 10_000, 10],
            ['large', 20_000, 20],
            ['larger', 40_000, 30],
          ].map(([name, fromLeadsPerDay, max]) => ({
            name: String(name),
            fromLeadsPerDay: Number(fromLeadsPerDay),
            capabilities: ['separate-queue-workers' as const],
            components: { queue: { max: Number(max) } },
          })),
        }),
        to: 'larger',
        rule: 'NeedSustained',
      },
    ],
    [
      'is not raised to one that allows no more workers',
      {
        ...short,
        spec: spec({
          tiers: ['separated', 'next', 'last'].map((name, index) => ({
            name,
            fromLeadsPerDay: index * 20_000,
            capabilities: index === 0 ? ['separate-queue-workers' as const] : [],
            components: { queue: { max: 10 } },
          })),
        }),
        ...stays,
      },
    ],
    [
      'is raised by all queues together, where the tier has a ceiling for these',
      {
        ...short,
        spec: spec({
          tiers: ['separated', 'next'].map((name, index) => ({
            name,
            fromLeadsPerDay: index * 20_000,
            capabilities: index === 0 ? ['separate-queue-workers' as const] : [],
            components: { workers: { max: 10 * (index + 1) } },
          })),
        }),
        to: 'next',
        rule: 'NeedSustained',
      },
    ],
    [
      'is raised while leads/day is unknown',
      { ...short, values: { queues, leadsPerDay: TIMED_OUT }, ...raised },
    ],
    [
      'is not waited with for higher tiers of the same step',
      {
        leads: 26_000,
        values: { queues },
        components: [component('all-in-one', 2)],
        history: { ...on('cached', [5, 8_000], [0.5, 11_000], [1.6, 26_000]), ...needed(5, HOUR) },
        to: 'separated',
        rule: 'LoadSustained',
      },
    ],
    [
      'is raised beyond a climb that is due, in one',
      {
        ...short,
        leads: 16_000,
        history: { ...on('separated', [5, 12_000], [2.1, 16_000]), ...needed(30, HOUR) },
        to: 'balanced',
        rule: 'NeedSustained',
      },
    ],
    [
      'does not go down to one that would not carry what was needed within the look-back',
      {
        ...short,
        leads: 2_000,
        history: { ...on('separated', 2_000), ...lasted(2.5, MONDAY - 6 * DAY) },
        to: 'separated',
        rule: 'NeedRemembered',
      },
    ],
    [
      'does not go down to one that would carry it only just',
      {
        ...short,
        leads: 2_000,
        history: { ...on('separated', 2_000), ...lasted(1.9, MONDAY - 6 * DAY) },
        to: 'separated',
        rule: 'NeedRemembered',
      },
    ],
    [
      'does not go down before what is sent once a week was due again',
      {
        ...short,
        leads: 2_000,
        history: { ...on('separated', 2_000), ...lasted(2.5, MONDAY - 7 * DAY - 3 * HOUR) },
        to: 'separated',
        rule: 'NeedRemembered',
      },
    ],
    [
      'does not go down to one that would not carry the most of it, in whatever order it is remembered',
      {
        ...short,
        leads: 2_000,
        history: {
          ...on('separated', 2_000),
          ...needed(0, HOUR, {
            lasted: [
              { at: MONDAY - 2 * DAY, workers: 1 },
              { at: MONDAY - DAY, workers: 5 },
              { at: MONDAY - 3 * DAY, workers: 2 },
            ],
          }),
        },
        to: 'separated',
        rule: 'NeedRemembered',
      },
    ],
    [
      'goes down whatever is remembered of the future',
      {
        ...short,
        leads: 2_000,
        history: { ...on('separated', 2_000), ...lasted(5, MONDAY + DAY) },
        to: 'cached',
        rule: 'QuietLongEnough',
      },
    ],
    [
      'goes down once that is over',
      {
        ...short,
        leads: 2_000,
        history: { ...on('separated', 2_000), ...lasted(2.5, MONDAY - 8 * DAY - 1) },
        to: 'cached',
        rule: 'QuietLongEnough',
      },
    ],
    [
      'goes down where both carry as little of it',
      {
        ...short,
        spec: spec({
          components: {
            queues: [{ name: 'default', replicas: { max: 2 } }],
            ingest: { replicas: { max: 2 } },
          },
        }),
        leads: 2_000,
        history: { ...on('separated', 2_000), ...lasted(9, MONDAY - DAY) },
        to: 'cached',
        rule: 'QuietLongEnough',
      },
    ],
    [
      'goes down from where a need alone has raised it, though leads/day is within the margin of that tier',
      {
        ...short,
        leads: 9_100,
        history: {
          ...on('separated', 9_100),
          raisedOver: 'cached',
          dataUpTo: 'cached',
          ...lasted(1, MONDAY - DAY),
        },
        to: 'cached',
        rule: 'QuietLongEnough',
      },
    ],
  ])('%s', decidesTier);

  it('says who needs how many, for how long, and which tier allows them', () => {
    const decision = decideGiven({ ...short, values: { leadsPerDay: 11_000, queues } });
    expect(decision.reasons[0]).toBe(
      'Climbs from separated to balanced: the jobs that come to default need 30 workers, and for 15m have needed more than tier separated allows; balanced allows as many.',
    );
  });

  describe('where a tier has a ceiling for all workers, of which others have six in hand', () => {
    const two = {
      tiers: ['separated', 'next'].map((name, index) => ({
        name,
        fromLeadsPerDay: index * 20_000,
        capabilities: index === 0 ? ['separate-queue-workers' as const] : [],
        components: { workers: { max: 10 * (index + 1) } },
      })),
    };
    const withOther = (more: Parameters<typeof spec>[0] = {}) =>
      spec({ ...two, components: { queues: [{ name: 'default' }, { name: 'other' }] }, ...more });
    const runs = (ready: number, more: Parameters<typeof component>[2] = {}) => [
      ...[component('ingest', 3), component('sync', 1), component('queue-default', ready)],
      component('queue-other', 6, more),
    ];
    const given: Given = {
      spec: withOther(),
      values: { leadsPerDay: 11_000, queues: { ...queues, other: {} } },
      components: runs(3),
      history: history(needed(8, HOUR)),
    };
    const pins = [{ component: 'queue-other', replicas: 6 }];

    it.each<[string, Given, string]>([
      ['is raised where a pin has them', { spec: withOther({ replicasPin: pins }) }, 'next'],
      [
        'is raised where an autoscaler has them',
        { components: runs(3, { drivenBy: 'HorizontalPodAutoscaler/x' }) },
        'next',
      ],
      [
        'is not raised before the rest of them are ready',
        { spec: withOther({ replicasPin: pins }), components: runs(2) },
        'separated',
      ],
      [
        'is not raised where the rest are enough',
        { spec: withOther({ replicasPin: pins }), history: history(needed(4, HOUR)) },
        'separated',
      ],
      ['is not raised where they are nobody’s', {}, 'separated'],
    ])('%s', (_, more, to) => {
      expect(decideGiven({ ...given, ...more }).tier.to).toBe(to);
    });
  });

  it('says nothing of a queue that the spec does not have any more', () => {
    const gone = needed(300, HOUR).needs!['default']!;
    const needs = { ...needed(11, HOUR).needs, gone };
    const { tier, reasons } = decideGiven({
      ...short,
      values: { leadsPerDay: 11_000, queues },
      history: history({ needs }),
    });
    expect(tier).toMatchObject({ to: 'scaled', rule: 'NeedSustained' });
    expect(reasons[0]).toContain('the jobs that come to default need 11 workers');
  });

  it('says what keeps it from going down, and until when', () => {
    const at = MONDAY - 6 * DAY;
    const decision = decideGiven({
      values: { leadsPerDay: 2_000, queues },
      components: apart,
      history: { ...on('separated', 2_000), ...lasted(4.5, at) },
    });
    expect(decision.reasons[0]).toBe(
      'The jobs that come to default need 5 workers with a margin of 10 %, as late as 2025-12-30T00:00:00Z, more than tier cached allows; the busiest of the last 7d was 2,000 leads/day, below 9,000 (separated less 10 %).',
    );
    expect(decision.requeueAt).toBeLessThanOrEqual(at + 8 * DAY + 1);
  });
});

describe('what holds data', () => {
  const DATA = ['queue-system', 'read-replica', 'message-queue', 'search', 'database-per-service'];
  const policies = [...DATA, 'dedicated-queue-server'].map((capability) => ({
    capability: capability as CapabilityName,
    policy: 'Auto' as const,
  }));
  const auto = (more: Parameters<typeof spec>[0] = {}) => spec({ transitions: { policies }, ...more });
  const dataOf = (given: Given) => {
    const decision = decideGiven({ spec: auto(), ...given });
    const names = decision.capabilities.map(({ name }) => name);
    return { decision, names, data: names.filter((name) => DATA.includes(name)) };
  };
  const cached: Given = {
    values: { leadsPerDay: 9_100, queues },
    components: [component('all-in-one', 2)],
    history: { ...on('cached', 9_100), ...needed(60, HOUR) },
  };

  it('is not brought by a need, over however many tiers', () => {
    const { decision, names, data } = dataOf(cached);
    expect(decision.tier).toMatchObject({ to: 'enterprise', rule: 'NeedSustained' });
    expect(data).toEqual(['queue-system']);
    expect(names).toContain('separate-queue-workers');
  });

  it('is told, with what it waits for', () => {
    const waits = (given: Given) =>
      dataOf(given).decision.reasons.filter((reason) => reason.includes('data'));
    expect(waits({ ...cached, history: { ...on('cached', 9_100), ...needed(8, HOUR) } })).toEqual([
      'read-replica holds data and is not begun: a need alone raised the platform to separated. It comes once leads/day sustains its tier. To have it now: spec.minTier: separated.',
    ]);
    const some = ['read-replica', 'message-queue', 'search', 'database-per-service'] as const;
    const [search] = waits({
      ...cached,
      inPlace: ['read-replica'],
      spec: spec({
        transitions: {
          policies: some.map((capability) => ({
            capability,
            policy: capability === 'message-queue' ? 'Never' : 'Auto',
          })),
        },
      }),
    });
    expect(search).toBe(
      'dedicated-queue-server, search and database-per-service hold data and are not begun: a need alone raised the platform to enterprise. They come once leads/day sustains their tiers. To have them now: spec.minTier: enterprise.',
    );
    // One tier further up than what it holds back: minTier names that of the data.
    expect(
      waits({ ...cached, history: { ...on('scaled', 9_100), ...lasted(20, MONDAY), dataUpTo: 'cached' } }),
    ).toEqual([
      'read-replica holds data and is not begun: a need alone raised the platform to scaled. It comes once leads/day sustains its tier. To have it now: spec.minTier: separated.',
    ]);
    const withoutSource = { queues };
    const before = { tier: 'separated', tierSince: MONDAY - DAY, dataUpTo: 'cached' };
    expect(waits({ ...cached, values: withoutSource, history: before })).toEqual([
      'read-replica holds data and is not begun: a need alone raised the platform to separated. To have it now: spec.minTier: separated.',
    ]);
    expect(waits({ ...cached, history: on('cached', 9_100) })).toEqual([]);
  });

  const responseTime = { leadsPerDay: 9_100, responseTime: 900, queues };
  const red = { redSince: { responseTime: MONDAY - DAY } };

  it('is brought by a red signal that is due at the same look, one tier above leads/day', () => {
    const both = dataOf({
      ...cached,
      values: responseTime,
      history: { ...on('cached', 9_100), ...red, ...needed(20, HOUR) },
    });
    expect(both.decision.tier).toMatchObject({ to: 'scaled', rule: 'NeedSustained' });
    expect(both.data).toEqual(['queue-system', 'read-replica']);
    expect(both.decision.history).toMatchObject({ raisedOver: 'cached', dataUpTo: 'separated' });
  });

  const redLater: Given = {
    values: responseTime,
    components: [component('ingest', 50), component('sync', 5), component('queue-default', 25)],
    history: {
      ...on('enterprise', 9_100),
      ...red,
      ...lasted(60, MONDAY - HOUR),
      raisedOver: 'cached',
      dataUpTo: 'cached',
    },
  };

  it('is brought by a red signal that is due later, one tier above leads/day and no further', () => {
    const first = dataOf(redLater);
    expect(first.decision.tier.to).toBe('enterprise');
    expect(first.data).toEqual(['queue-system', 'read-replica']);
    expect(first.decision.reasons[1]).toBe(
      'What holds data comes up to tier separated: responseTime is red at 900 ms, since 2026-01-04T00:00:00Z, and its replicas are at their bound; separated relieves it, one tier above that of leads/day.',
    );
    const second = dataOf({ ...redLater, history: first.decision.history, now: MONDAY + MINUTE });
    expect(second.data).toEqual(['queue-system', 'read-replica']);
    expect(second.decision.history).toMatchObject({ raisedOver: 'cached', dataUpTo: 'separated' });
    expect(second.decision.reasons.join(' ')).not.toContain('comes up to');
  });

  it('is not brought by a red signal, nor said to be, while a lock keeps the platform where it is', () => {
    const lock = { tier: 'enterprise', due: 'balanced', until: MONDAY + HOUR, why: 'x' };
    const { data, decision } = dataOf({ ...redLater, hold: lock });
    expect(decision.tier).toMatchObject({ to: 'enterprise', rule: 'RolledBack' });
    expect(data).toEqual(['queue-system']);
    expect(decision.reasons.join(' ')).not.toContain('comes up to');
  });

  it.each<[string, Given]>([
    ['is not red for long enough', { history: { ...redLater.history, redSince: { responseTime: MONDAY } } }],
    ['may have more replicas', { components: running(25) }],
    ['is due while no window is open', { spec: auto({ transitions: { policies, ...night.transitions } }) }],
  ])('is not brought by a red signal that %s', (_, more) => {
    const { data, decision } = dataOf({ ...redLater, ...more });
    expect(data).toEqual(['queue-system']);
    expect(decision.history.dataUpTo).toBe('cached');
  });

  it('is not brought while the need keeps the platform there', () => {
    const { decision } = dataOf(cached);
    const { data } = dataOf({ ...cached, history: { ...decision.history, tierSince: MONDAY - DAY } });
    expect(data).toEqual(['queue-system']);
  });

  it('comes with what leads/day itself has sustained since', () => {
    const raisedBefore = { tier: 'enterprise', raisedOver: 'cached', dataUpTo: 'cached' };
    const { data, decision } = dataOf({
      values: { leadsPerDay: 12_000, queues },
      components: running(60),
      history: { ...on('enterprise', 12_000), ...raisedBefore, ...lasted(60, MONDAY - HOUR) },
    });
    expect(data).toEqual(['queue-system', 'read-replica']);
    expect(decision.history.dataUpTo).toBe('separated');
  });

  it.each([
    ['on the way down from there', { tier: 'balanced' }, {}],
    ['where maxTier takes it down', { tier: 'enterprise' }, { maxTier: 'scaled' }],
  ])('does not come %s', (_, on_, given) => {
    const { data } = dataOf({
      spec: auto(given),
      values: { leadsPerDay: 9_100, queues },
      components: running(1),
      history: {
        ...on(on_.tier, 9_100),
        raisedOver: 'cached',
        dataUpTo: 'cached',
        ...lasted(12, MONDAY - HOUR),
      },
    });
    expect(data).toEqual(['queue-system']);
  });

  it.each<[string, Partial<History>, object, string[]]>([
    ['of a new platform', {}, {}, ['queue-system', 'read-replica']],
    [
      'of a new platform, whatever window there is',
      {},
      { windows: night.transitions.windows },
      ['queue-system', 'read-replica'],
    ],
    [
      'where the ladder was replaced',
      { ...on('gone', 9_100), ...lasted(20, MONDAY - HOUR) },
      { windows: night.transitions.windows },
      ['queue-system', 'read-replica'],
    ],
  ])('comes with minTier at the first decision %s', (_, before, transitions, data) => {
    const decided = dataOf({
      spec: spec({ minTier: 'separated', transitions: { policies, ...transitions } }),
      values: { leadsPerDay: 9_100, queues },
      components: running(20),
      history: before,
    });
    expect(decided.data).toEqual(data);
  });

  it('stays where it is in place, whatever is remembered', () => {
    const { data } = dataOf({
      values: { leadsPerDay: 9_100, queues },
      components: running(60),
      inPlace: ['read-replica', 'database-sharding'],
      history: { ...on('enterprise', 9_100), dataUpTo: 'single-server', ...lasted(60, MONDAY - HOUR) },
    });
    expect(data).toEqual(['queue-system', 'read-replica']);
  });

  describe('where the way down is held', () => {
    const quiet: Given = {
      values: { leadsPerDay: 9_100, queues },
      components: running(1),
      history: {
        ...on('separated', 9_100),
        raisedOver: 'cached',
        dataUpTo: 'cached',
        ...lasted(1, MONDAY - DAY),
      },
    };
    const lock = { tier: 'separated', due: 'cached', since: MONDAY - 30 * DAY };

    it('does not come while a hook comes before it', () => {
      const { data, decision } = dataOf({ ...quiet, hold: { ...lock, why: 'the hook drain' } });
      expect(decision.tier).toMatchObject({ to: 'separated', rule: 'WaitingForHook' });
      expect(data).toEqual(['queue-system']);
      expect(decision.history).toMatchObject({ raisedOver: 'cached', dataUpTo: 'cached' });
    });

    it('does not come where it was taken back, nor after that', () => {
      const { decision } = dataOf(quiet);
      expect(decision.tier).toMatchObject({ to: 'cached', rule: 'QuietLongEnough' });
      const hold = { ...lock, separate: true, until: MONDAY + HOUR, why: 'all-in-one: 0 of 1 ready' };
      const back = dataOf({ ...quiet, history: decision.history, hold, now: MONDAY + MINUTE });
      expect(back.decision.tier).toMatchObject({ to: 'separated', rule: 'RolledBack' });
      expect(back.data).toEqual(['queue-system']);
      const still = dataOf({
        ...quiet,
        history: { ...back.decision.history, ...lasted(9, MONDAY) },
        now: MONDAY + 2 * MINUTE,
      });
      expect(still.decision.tier).toMatchObject({ to: 'separated', rule: 'NeedRemembered' });
      expect(still.data).toEqual(['queue-system']);
    });

    it('does not come where maxTier took it down over several tiers, and that was taken back', () => {
      const given = { ...quiet, spec: auto({ maxTier: 'single-server' }) };
      const { decision } = dataOf(given);
      expect(decision.tier).toMatchObject({ to: 'single-server', rule: 'Bounded' });
      const hold = {
        tier: 'separated',
        due: 'single-server',
        separate: true,
        until: MONDAY + HOUR,
        why: 'x',
      };
      const back = dataOf({ ...given, history: decision.history, hold, now: MONDAY + MINUTE });
      expect(back.data).toEqual(['queue-system']);
    });
  });

  it.each<[string, Given, string | undefined]>([
    [
      'leads/day',
      { values: { leadsPerDay: 12_000 }, history: on('cached', [5, 9_100], [2.1, 12_000]) },
      undefined,
    ],
    [
      'health',
      {
        values: { leadsPerDay: 9_100, responseTime: 900 },
        history: { ...on('cached', 9_100), redSince: { responseTime: MONDAY - DAY } },
      },
      undefined,
    ],
    ['minTier', { spec: auto({ minTier: 'separated' }), history: on('cached', 9_100) }, undefined],
    ['a pin', { spec: auto({ tierPin: { tier: 'separated' } }), history: on('cached', 9_100) }, undefined],
    ['a need', { ...cached, history: { ...on('cached', 9_100), ...needed(8, HOUR) } }, 'cached'],
  ])('after the way down comes with the next climb by %s, unless that is a need', (_, given, dataUpTo) => {
    const { decision, data } = dataOf({
      values: { leadsPerDay: 9_100, queues },
      components: [component('all-in-one', 2)],
      ...given,
      history: { ...given.history, dataUpTo: 'cached' },
    });
    expect(decision.tier.to).toBe('separated');
    expect(data).toEqual(dataUpTo === undefined ? ['queue-system', 'read-replica'] : ['queue-system']);
    expect(decision.history.dataUpTo).toBe(dataUpTo);
  });

  it.each([
    ['', {}],
    [', and does not wait for a window', { windows: night.transitions.windows }],
  ])('comes with minTier, a user’s word%s', (_, transitions) => {
    const { data } = dataOf({
      spec: spec({ minTier: 'separated', transitions: { policies, ...transitions } }),
      values: { leadsPerDay: 9_100, queues },
      components: running(20),
      history: {
        ...on('scaled', 9_100),
        raisedOver: 'cached',
        dataUpTo: 'cached',
        ...lasted(20, MONDAY - HOUR),
      },
    });
    expect(data).toEqual(['queue-system', 'read-replica']);
  });
});

describe('a platform without a source of leads/day that a need raised', () => {
  /** What its queue has needed until now, for as long as may raise a platform. */
  const idle = { recent: [{ ms: 15 * MINUTE, least: 0 }] };
  const without: Given = {
    values: { queues },
    components: running(1),
    history: {
      tier: 'scaled',
      tierSince: MONDAY - 10 * DAY,
      raisedOver: 'single-server',
      dataUpTo: 'cached',
      ...needed(0, 0, { ...idle, lasted: [{ at: MONDAY - 8 * DAY - 1, workers: 20 }] }),
    },
  };
  const given = (more: Partial<History>) => ({ ...without, history: { ...without.history, ...more } });

  it.each<[string, TierCase]>([
    ['goes down once nothing was needed', { ...without, to: 'separated', rule: 'QuietLongEnough' }],
    ['goes on down', { ...given({ tier: 'separated' }), to: 'cached', rule: 'QuietLongEnough' }],
    ['stays where it was before', { ...given({ tier: 'cached' }), to: 'cached', rule: 'LoadUnknown' }],
    [
      'stays while one was needed',
      {
        ...given(needed(0, 0, { ...idle, lasted: [{ at: MONDAY - 8 * DAY + HOUR, workers: 20 }] })),
        to: 'scaled',
        rule: 'NeedRemembered',
      },
    ],
    [
      'stays for the time between two tiers',
      { ...given({ tierSince: MONDAY - HOUR }), to: 'scaled', rule: 'WaitingBetweenTiers' },
    ],
    ['stays while a need is not known', { ...given(needed(0, MINUTE)), to: 'scaled', rule: 'LoadUnknown' }],
    ['stays where no need is known', { ...given({ needs: {} }), to: 'scaled', rule: 'LoadUnknown' }],
    [
      'stays where leads/day alone is not read now',
      { ...without, values: { queues, leadsPerDay: TIMED_OUT }, to: 'scaled', rule: 'LoadUnknown' },
    ],
    [
      'stays where no need raised it',
      { ...given({ dataUpTo: undefined }), to: 'scaled', rule: 'LoadUnknown' },
    ],
    [
      'stays on minTier',
      { ...without, spec: spec({ minTier: 'scaled' }), to: 'scaled', rule: 'LoadUnknown' },
    ],
  ])('%s', decidesTier);

  it('says so', () => {
    expect(decideGiven(without).reasons[0]).toBe(
      'Descends from scaled to separated: leads/day has no source, and a need alone raised the platform above cached.',
    );
  });
});

describe('where a window opens at night only, a need of the day', () => {
  const given = { ...short, spec: spec(night), values: { leadsPerDay: 11_000, queues } } as Given;
  const atNoon = MONDAY + 12 * HOUR;
  const then = (at: number, workers = 30) => ({
    needs: { default: { at: at - 1_000, recent: [{ ms: HOUR, least: workers }], lasted: [] } },
  });
  const day = decideGiven({
    ...given,
    now: atNoon,
    history: { ...on('separated', 11_000), ...then(atNoon) },
  });
  const quiet = {
    values: { leadsPerDay: 11_000, queues: { default: {}, 'vici-updates': {} } },
    components: running(1, 1),
  };
  const later = (now: number, before = day.history, more: Given = {}) =>
    decideGiven({
      ...given,
      ...quiet,
      ...more,
      now,
      history: {
        ...before,
        needs: { default: { at: now - 1_000, recent: [{ ms: HOUR, least: 0.5 }], lasted: [] } },
      },
    });

  it('waits for it', () => {
    expect(day.tier).toMatchObject({ to: 'separated', rule: 'OutsideWindow' });
    expect(later(MONDAY + 20 * HOUR).history.needDue?.opens).toBe(MONDAY + 26 * HOUR);
  });

  it('raises the platform when it opens', () => {
    const { tier, reasons, history: after } = later(MONDAY + 26 * HOUR, later(MONDAY + 20 * HOUR).history);
    expect(tier).toMatchObject({ to: 'balanced', rule: 'NeedSustained' });
    expect(reasons[0]).toContain(
      'while no window was open needed 30 workers, more than tier separated allows; balanced allows as many',
    );
    expect(after.needDue).toBeUndefined();
  });

  it('waits for a hook as well', () => {
    const hold = { tier: 'separated', due: 'balanced', why: 'the hook warm-up' };
    const held = later(open, later(MONDAY + 20 * HOUR).history, { hold });
    expect(held.tier).toMatchObject({ to: 'separated', rule: 'WaitingForHook' });
    expect(later(open + MINUTE, held.history).tier).toMatchObject({ to: 'balanced', rule: 'NeedSustained' });
  });

  it('is over with the window, also where a transition was not possible in it', () => {
    const hold = { tier: 'separated', due: 'balanced', separate: true, until: MONDAY + 60 * HOUR, why: 'x' };
    const before = { tier: 'separated', due: 'separated', why: 'the hook warm-up' };
    const held = later(open, later(MONDAY + 20 * HOUR).history, { hold: before });
    expect(held.history.needDue).toBeDefined();
    const after = later(open + 2 * HOUR, held.history);
    expect(after.tier).toMatchObject({ to: 'separated', rule: 'AtTarget' });
    expect(after.reasons.join(' ')).not.toContain('is due');
    const locked = later(open + 2 * HOUR, held.history, { hold: { ...hold, ...before } });
    expect(locked.history.needDue).toBeUndefined();
    expect(later(open + DAY, locked.history).tier).toMatchObject({ to: 'separated', rule: 'AtTarget' });
  });

  it('is the most of that day, of each queue, and says so in the past', () => {
    const both = (at: number, jobs: number, sync: number) => ({
      default: { at: at - 1_000, recent: [{ ms: HOUR, least: jobs }], lasted: [] },
      'vici-updates': { at: at - 1_000, recent: [{ ms: HOUR, least: sync }], lasted: [] },
    });
    const afternoon = atNoon + 3 * HOUR;
    const less = decideGiven({
      ...given,
      now: afternoon,
      history: { ...day.history, needs: both(afternoon, 12, 2) },
    });
    expect(less.history.needDue).toEqual({
      opens: MONDAY + 26 * HOUR,
      workers: { default: 30, 'vici-updates': 2 },
    });
    const { tier, reasons } = later(MONDAY + 26 * HOUR, less.history);
    expect(tier.to).toBe('balanced');
    expect(reasons[0]).toBe(
      'Climbs from separated to balanced: the jobs that came to default while no window was open needed 30 workers, more than tier separated allows; balanced allows as many.',
    );
  });

  it.each<[string, Given]>([
    [
      'leads/day',
      {
        values: { leadsPerDay: 26_000, queues },
        history: { load: load(atNoon, [5, 12_000], [2.6, 26_000]) },
      },
    ],
    [
      'health',
      {
        values: { leadsPerDay: 11_000, responseTime: 900, queues },
        history: { load: load(atNoon, [7.5, 11_000]), redSince: { responseTime: MONDAY } },
      },
    ],
  ])('is not hidden by %s, which brings as much', (rule, more) => {
    const { history: after, reasons } = decideGiven({
      ...given,
      ...more,
      now: atNoon,
      history: { ...on('separated'), ...more.history, ...then(atNoon, 20) },
    });
    expect(reasons[0]).toContain(rule === 'health' ? 'responseTime is red' : 'leads/day has been at');
    expect(after.needDue?.workers).toEqual({ default: 20 });
  });

  it('is forgotten once that window is over', () => {
    const { tier, history: after } = later(MONDAY + 27 * HOUR);
    expect(tier.to).toBe('separated');
    expect(after.needDue).toBeUndefined();
  });

  const open = MONDAY + 26 * HOUR;
  it.each<[string, Record<string, number>, number, string, string]>([
    ['less than the need of now', { default: 12 }, 60, 'enterprise', 'for 15m have needed'],
    ['little enough for the tier', { default: 8 }, 60, 'enterprise', 'for 15m'],
    ['of a queue that is gone', { gone: 60 }, 30, 'balanced', 'for 15m'],
    ['more than the need of now', { default: 60 }, 30, 'enterprise', 'while no window was open needed 60'],
  ])('counts when it opens: %s', (_, workers, now, to, words) => {
    const decision = decideGiven({
      ...given,
      now: open,
      history: { ...on('separated', 11_000), ...then(open, now), needDue: { opens: open, workers } },
    });
    expect(decision.tier).toMatchObject({ to, rule: 'NeedSustained' });
    expect(decision.reasons[0]).toContain(words);
  });

  it('is forgotten where the queue is pinned meanwhile', () => {
    const pinnedSpec = spec({ ...night, replicasPin: [{ component: 'queue-default', replicas: 1 }] });
    const pinnedDay = later(MONDAY + 20 * HOUR, day.history, { spec: pinnedSpec });
    expect(pinnedDay.history.needs?.['default']?.recent).toEqual([]);
    expect(
      decideGiven({ ...given, ...quiet, now: MONDAY + 26 * HOUR, history: pinnedDay.history }).tier.to,
    ).toBe('separated');
  });

  it('is not remembered for a window that opens later than a descent looks back', () => {
    const yearly = spec({
      transitions: { windows: [{ name: 'year', schedule: '0 2 24 12 *', duration: '1h' }] },
    });
    const { tier, history: after } = decideGiven({
      ...given,
      spec: yearly,
      now: atNoon,
      history: { ...on('separated', 11_000), ...then(atNoon) },
    });
    expect(tier.rule).toBe('OutsideWindow');
    expect(after.needDue).toBeUndefined();
  });
});

describe('a ladder whose tiers were renamed', () => {
  const renamed = (names: Record<string, string>) =>
    spec({
      tiers: ['single-server', 'cached', 'separated'].map((name, index) => ({
        name: names[name] ?? name,
        fromLeadsPerDay: index * 5_000,
        capabilities: index < 2 ? [] : ['separate-queue-workers' as const, 'read-replica' as const],
        components: { allInOne: { max: index + 1 }, queue: { max: 10 } },
      })),
    });
  const before = {
    ...on('separated', 9_100),
    raisedOver: 'cached',
    dataUpTo: 'cached',
    ...lasted(6, MONDAY - DAY),
  };

  it.each([
    ['the current one', { separated: 'apart' }, 'apart'],
    ['the one below', { cached: 'small' }, 'separated'],
    ['all of them', { 'single-server': 'a', cached: 'b', separated: 'c' }, 'c'],
  ])('keeps a platform that was raised, and brings no data: %s', (_, names, to) => {
    const decision = decideGiven({
      spec: renamed(names),
      values: { leadsPerDay: 9_100, queues },
      components: running(1, 1),
      history: before,
    });
    expect(decision.tier.to).toBe(to);
    expect(decision.capabilities.map(({ name }) => name)).toEqual(['separate-queue-workers']);
  });

  it('keeps one without a source of leads/day as well, and lets it go down again', () => {
    const names = { 'single-server': 'a', cached: 'b', separated: 'c' };
    const given: Given = { spec: renamed(names), values: { queues }, components: running(6, 1) };
    const idle = { recent: [{ ms: 15 * MINUTE, least: 0 }] };
    const past = { ...before, load: [], tierSince: MONDAY - 10 * DAY };
    const decision = decideGiven({ ...given, history: past });
    expect(decision.tier.to).toBe('c');
    expect(decision.capabilities.map(({ name }) => name)).toEqual(['separate-queue-workers']);
    expect(decision.history).toMatchObject({ raisedOver: 'a', dataUpTo: 'a' });
    const later = { ...decision.history, tierSince: MONDAY - 10 * DAY, ...needed(0, 0, idle) };
    expect(decideGiven({ ...given, history: later }).tier).toMatchObject({
      to: 'b',
      rule: 'QuietLongEnough',
    });
  });
});

describe('what is seen of a need', () => {
  /** Six jobs of 20 s a minute too many for `cached`: 6 workers and one for their objective. */
  const busy = { queues: { default: flowing(0.3, 20) } };
  const seen = (more: Given) =>
    decideGiven({
      values: { leadsPerDay: 9_100, queues: { default: { ready: 5_000, inFlight: 2 }, 'vici-updates': {} } },
      components: [component('all-in-one', 2)],
      ...more,
      history: { ...on('cached', 9_100), ...busy, ...more.history },
    }).history.needs?.['default'];
  const last = needed(3, 10 * MINUTE).needs!['default']!;

  it('is what comes, and not what waits', () => {
    expect(seen({})?.recent.at(-1)?.least).toBeCloseTo(7, 0);
    expect(
      seen({ history: { queues: { default: flowing(0, 20) } } })?.recent.at(-1)?.least ?? 0,
    ).toBeLessThan(2);
  });

  it.each<[string, Given]>([
    [
      'the workers of a queue are pinned, though all-in-one Pods run',
      { spec: spec({ replicasPin: [{ component: 'queue-default', replicas: 3 }] }) },
    ],
    [
      'the all-in-one Pods are pinned',
      { spec: spec({ replicasPin: [{ component: 'all-in-one', replicas: 1 }] }) },
    ],
    [
      'an autoscaler of somebody else drives them',
      { components: [component('all-in-one', 2, { drivenBy: 'HorizontalPodAutoscaler/x' })] },
    ],
    ['an autoscaler is for the workers, which do not run now', { autoscaled: ['queue-default'] }],
  ])('is nothing where %s, and what lasted before stays', (_, given) => {
    const before = { ...last, lasted: [{ at: MONDAY - DAY, workers: 4 }] };
    expect(seen({ ...given, history: { needs: { default: before } } })).toEqual({ ...before, recent: [] });
    expect(seen(given)).toBeUndefined();
  });

  it('is seen where all-in-one Pods are pinned that do not run', () => {
    const pinnedSpec = spec({ replicasPin: [{ component: 'all-in-one', replicas: 1 }] });
    const given = { spec: pinnedSpec, components: running(3, 1), history: on('separated', 11_000) };
    expect(seen(given)?.recent).toHaveLength(1);
  });

  it('does not raise the platform where its queue is pinned meanwhile, and keeps it from going down', () => {
    const given: Given = {
      spec: spec({ replicasPin: [{ component: 'queue-default', replicas: 1 }] }),
      values: { leadsPerDay: 2_000, queues },
      components: running(1, 1),
      history: { ...on('separated', 2_000), ...lasted(9, MONDAY - DAY) },
    };
    const first = decideGiven(given);
    expect(first.history.needs?.['default']).toMatchObject({ recent: [], lasted: [{ workers: 9 }] });
    expect(decideGiven({ ...given, history: first.history }).tier.rule).toBe('NeedRemembered');
  });

  it.each<[string, Given]>([
    [
      'the queue is unknown',
      { values: { leadsPerDay: 9_100, queues: { default: TIMED_OUT, 'vici-updates': {} } } },
    ],
    [
      'the look at it is old',
      {
        values: {
          leadsPerDay: 9_100,
          queues: {
            default: { value: { ready: 9, inFlight: 2, delayed: 0 }, at: MONDAY - 20_000 },
            'vici-updates': {},
          },
        },
        history: { needs: { default: { ...last, at: MONDAY - 5 * MINUTE } } },
      },
    ],
  ])('stays as it was where %s', (_, given) => {
    const before = given.history?.needs?.['default'] ?? last;
    expect(seen({ ...given, history: { needs: { default: before } } })).toEqual(before);
  });

  it.each<[string, Given, number]>([
    ['connections that the database has left', { values: { connections: { used: 10, allowed: 12 } } }, 2],
    [
      'a schedule',
      {
        spec: spec({
          components: {
            ingest: { schedules: [{ cron: '0 0 * * *', duration: '1h', replicas: { max: 1 } }] },
          },
        }),
      },
      1,
    ],
  ])('is no more than what is in the way of it on every tier: %s', (_, given, most) => {
    const values = { leadsPerDay: 9_100, queues, ...given.values };
    expect(seen({ ...given, values })?.recent.at(-1)?.least).toBeLessThanOrEqual(most);
  });

  it('of sync is what it has, while calls to Vici are at their budget', () => {
    const needOf = (apiCallsPerHour: number) =>
      decideGiven({
        values: {
          leadsPerDay: 9_100,
          apiCallsPerHour,
          queues: { default: {}, 'vici-updates': { inFlight: 2 } },
        },
        components: [component('all-in-one', 2)],
        history: { ...on('cached', 9_100), queues: { 'vici-updates': flowing(0.3, 20) } },
      }).history.needs?.['vici-updates']?.recent.at(-1)?.least;
    expect(needOf(999)).toBeGreaterThan(2);
    expect(needOf(1_000)).toBe(2);
  });
});
