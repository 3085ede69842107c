import { describe, expect, it } from 'vitest';
import {
  balanced,
  component,
  componentOf,
  decideGiven,
  on,
  running,
  seen,
  spec,
  type Given,
} from './given.ts';

const NEVER_SPREAD: Parameters<typeof spec>[0] = {
  transitions: { policies: [{ capability: 'multiple-app-servers', policy: 'Never' }] },
};
const measured = (input: Parameters<typeof spec>[0] = {}) =>
  spec({ ...input, scaling: { floors: 'Measured' } });
const queueOf = (replicas: object) => ({ components: { queues: [{ name: 'default', replicas }] } });
const idle = { leadsPerDay: 26_000, leadsPerMinute: 10, queues: { default: {}, 'vici-updates': {} } };
const scaled = on('scaled', 16_000);

describe('the floors of a tier', () => {
  it.each<[string, Given, string, number]>([
    ['are prescribed by default', { history: balanced }, 'queue-default', 4],
    ['hold for the web side by default', { history: balanced }, 'ingest', 3],
    [
      'do not hold for workers where they are measured',
      { spec: measured(), history: balanced },
      'queue-default',
      1,
    ],
    ['leave one of sync where they are measured', { spec: measured(), history: balanced }, 'sync', 1],
    [
      'leave two of a web side that is spread over nodes',
      { spec: measured(), history: balanced },
      'ingest',
      2,
    ],
    ['leave one of a web side that is not', { spec: measured(NEVER_SPREAD), history: balanced }, 'ingest', 1],
    [
      'leave one of a web side on a tier that does not spread it',
      { spec: measured(), history: scaled },
      'ingest',
      1,
    ],
    ['leave replicas.min', { spec: measured(queueOf({ min: 3 })), history: balanced }, 'queue-default', 3],
    [
      'leave none of the workers where replicas.min is 0',
      { spec: measured(queueOf({ min: 0 })), history: balanced },
      'queue-default',
      0,
    ],
    [
      'leave one of the web side, whatever replicas.min',
      {
        spec: measured({ ...NEVER_SPREAD, components: { ingest: { replicas: { min: 0 } } } }),
        history: balanced,
        values: { ...idle, leadsPerMinute: 0 },
      },
      'ingest',
      1,
    ],
    [
      'are ceilings no longer than replicas.max is',
      { spec: measured({ components: { ingest: { replicas: { max: 1 } } } }), history: balanced },
      'ingest',
      1,
    ],
    [
      'leave ceilings as they are',
      {
        spec: measured(),
        history: on('separated', 11_000),
        values: { ...idle, leadsPerDay: 11_000, leadsPerMinute: 4_000 },
      },
      'ingest',
      3,
    ],
  ])('%s', (_, given, name, replicas) => {
    expect(componentOf(decideGiven({ values: idle, ...given }), name).replicas).toBe(replicas);
  });

  it('that the load brings ahead of its tier are measured, too', () => {
    const history = {
      ...on('separated', 11_000),
      required: ['load-balancer', 'multiple-app-servers'] as const,
    };
    const given: Given = { values: { ...idle, leadsPerDay: 60_000 }, history };
    expect(componentOf(decideGiven(given), 'ingest').replicas).toBe(3);
    expect(componentOf(decideGiven({ ...given, spec: measured() }), 'ingest').replicas).toBe(2);
  });
});

describe('what a floor costs', () => {
  const costs = (given: Given, name = 'queue-default') =>
    componentOf(decideGiven({ values: idle, history: balanced, ...given }), name).beyondNeed;

  it('is told, in replicas beyond those that are needed', () => {
    expect(costs({})).toBe(4);
    expect(costs({}, 'ingest')).toBe(2);
    expect(costs({ spec: measured() })).toBe(1);
    expect(costs({ components: running(4), history: { ...balanced, ...seen('queue-default', 0) } })).toBe(4);
  });

  it.each<[string, Given]>([
    ['nobody knows what is needed', { values: { ...idle, queues: {} }, components: running(1) }],
    ['a pin has the size', { spec: spec({ replicasPin: [{ component: 'queue-default', replicas: 7 }] }) }],
    [
      'another autoscaler has it',
      { components: [component('queue-default', 2, { drivenBy: 'ScaledObject/mine' })] },
    ],
    [
      'as many are needed',
      { values: { ...idle, queues: { default: { ready: 900, oldestAgeSeconds: 500 } } } },
    ],
  ])('is nothing where %s', (_, given) => {
    expect(costs(given)).toBeUndefined();
  });

  it('is in the reason', () => {
    const { reason } = componentOf(
      decideGiven({ values: idle, history: balanced, spec: measured() }),
      'ingest',
    );
    expect(reason).toBe(
      'ingest: 2 replicas, new; 10 leads/min at 60 a replica and 80 % of its time: 1 replica, but multiple-app-servers takes 2 of the web side: 1 more than is needed.',
    );
  });
});
