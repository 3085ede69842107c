import { describe, expect, it } from 'vitest';
import { TIMED_OUT, decideGiven, on, component, componentOf, spec } from './given.ts';

const cached = on('cached', 6_000);
const requiredOf = (decision: ReturnType<typeof decideGiven>) =>
  decision.capabilities.filter(({ required }) => required).map(({ name }) => name);

describe('what the load requires', () => {
  it.each([
    [29_999, []],
    [30_000, ['load-balancer']],
    [49_999, ['load-balancer']],
    [50_000, ['load-balancer', 'multiple-app-servers']],
  ])('at %d leads/day, however short, is %j', (leads, names) => {
    const decision = decideGiven({ values: { leadsPerDay: leads }, history: cached });
    expect(decision.tier.to).toBe('cached');
    expect(requiredOf(decision)).toEqual(names);
  });

  it('is everything without data from 100,000 on, and nothing that holds data', () => {
    const decision = decideGiven({ values: { leadsPerDay: 100_000 }, history: cached });
    expect(requiredOf(decision)).toEqual([
      'redis-cache',
      'database-indexes',
      'queue-monitoring',
      'app-optimize',
      'separate-queue-workers',
      'cdn',
      'app-instances',
      'load-balancer',
      'multiple-app-servers',
      'microservices',
      'orchestration',
      'full-microservices',
    ]);
    expect(decision.separate).toBe(true);
  });

  it('comes outside of windows', () => {
    const windows = [{ name: 'night', schedule: '0 2 * * *', duration: '1h' }];
    const decision = decideGiven({
      spec: spec({ transitions: { windows } }),
      values: { leadsPerDay: 30_000 },
      history: cached,
    });
    expect(requiredOf(decision)).toEqual(['load-balancer']);
  });

  it('brings the ceilings of its tier, for replicas never wait', () => {
    const values = { leadsPerDay: 30_000, leadsPerMinute: 400 };
    const components = [component('all-in-one', 2)];
    expect(componentOf(decideGiven({ values, components, history: cached }), 'all-in-one').replicas).toBe(9);
    expect(
      componentOf(
        decideGiven({ values: { ...values, leadsPerDay: 29_999 }, components, history: cached }),
        'all-in-one',
      ).replicas,
    ).toBe(2);
  });

  it.each([
    ['while the busiest day is within the margin', 27_000, ['load-balancer']],
    ['no longer than that', 26_999, []],
  ])('is kept %s', (_what, busiest, names) => {
    const history = { ...on('balanced', busiest), required: ['load-balancer' as const] };
    expect(requiredOf(decideGiven({ values: { leadsPerDay: 20_000 }, history }))).toEqual(names);
  });

  it('is kept while leads/day is unknown', () => {
    const history = { ...cached, required: ['load-balancer' as const] };
    expect(requiredOf(decideGiven({ values: { leadsPerDay: TIMED_OUT }, history }))).toEqual([
      'load-balancer',
    ]);
  });

  it('is nothing that a ladder of one’s own never names', () => {
    const own = spec({ tiers: [{ name: 'only', fromLeadsPerDay: 0, capabilities: ['app-optimize'] }] });
    const decision = decideGiven({ spec: own, values: { leadsPerDay: 200_000 }, history: { tier: 'only' } });
    expect(decision.capabilities).toEqual([{ name: 'app-optimize', required: true, consent: 'Given' }]);
    expect(decision.separate).toBe(false);
  });
});

describe('consent', () => {
  const policy = (
    capability: 'cdn' | 'load-balancer' | 'message-queue' | 'separate-queue-workers',
    is: 'Auto' | 'Confirm' | 'Never',
  ) => spec({ transitions: { policies: [{ capability, policy: is }] } });
  const enterprise = on('enterprise', 31_000);

  it.each([
    ['given for what holds no data', spec(), [], 'cdn', 'Given'],
    ['awaited for what holds data', spec(), [], 'message-queue', 'Awaited'],
    ['given by the annotation', spec(), ['message-queue'], 'message-queue', 'Given'],
    ['given by the policy Auto', policy('message-queue', 'Auto'), [], 'message-queue', 'Given'],
    ['awaited by the policy Confirm', policy('cdn', 'Confirm'), [], 'cdn', 'Awaited'],
    [
      'not needed where the platform breaks without it',
      policy('load-balancer', 'Confirm'),
      [],
      'load-balancer',
      'Given',
    ],
    [
      'declined by the policy Never, whatever the load',
      policy('load-balancer', 'Never'),
      [],
      'load-balancer',
      'Declined',
    ],
    [
      'declined by the policy Never, whatever the annotation',
      policy('message-queue', 'Never'),
      ['message-queue'],
      'message-queue',
      'Declined',
    ],
  ] as const)('is %s', (_what, given, confirmed, name, consent) => {
    const { capabilities } = decideGiven({
      spec: given,
      confirmed,
      values: { leadsPerDay: 31_000 },
      history: enterprise,
    });
    expect(capabilities.find((one) => one.name === name)?.consent).toBe(consent);
  });

  it('says in a sentence that it is declined though the platform breaks', () => {
    const { reasons } = decideGiven({
      spec: policy('load-balancer', 'Never'),
      values: { leadsPerDay: 31_000 },
      history: cached,
    });
    expect(reasons).toContain(
      'From 30,000 leads/day the platform breaks without load-balancer, but its policy is Never.',
    );
  });

  it('keeps workers together where separate workers are declined', () => {
    const decision = decideGiven({
      spec: policy('separate-queue-workers', 'Never'),
      values: { leadsPerDay: 31_000 },
      history: enterprise,
    });
    expect(decision.separate).toBe(false);
    expect(decision.components.map(({ name }) => name)).toEqual(['all-in-one']);
  });
});
