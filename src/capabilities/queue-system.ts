import type { Capability } from './capability.ts';
import { type Contribution, external, gated, leaving, ready } from './contribution.ts';
import { overriddenBy } from './environment.ts';
import { queueMove } from './queues/move.ts';
import { firstRedis, queueServer } from './queues/server.ts';
import { settingInEffect } from './settings-endpoint.ts';
import { overridden, type Site } from './site.ts';

export const queueSystem: Capability = {
  name: 'queue-system',
  recommendedFrom: 5_000,
  // Jobs that wait are data: a queue that is moved or emptied loses leads.
  holdsData: true,
  relieves: ['responseTime', 'queueDepth'],
  prerequisites: ['a Redis that the application reaches'],
  summary: 'Takes work out of the request and into queues.',
  manual: {
    fields: [
      'spec.stores.redis',
      'spec.capabilities.redis',
      'spec.capabilities.settingsEndpoint',
      'spec.capabilities.environment',
    ],
    how: 'The Redis of `stores.redis`, or the one that the operator runs (see redis-cache), must answer, drop nothing when memory is short (`noeviction`) and keep what it has over a restart. Then pods get `QUEUE_CONNECTION=redis`, workers first. Moves between servers, and the way back, are told in [queue moves](../design/queue-moves.md).',
    costs: 'One rolling update; while jobs are worked off in another server, as many workers again.',
    touches: 'The environment of every pod; for a time Deployments `<platform>-left-<server>-<part>`.',
    undo: 'Set the policy of `queue-system` to `Never`. Jobs that wait are worked off first.',
  },
  build: (site) => queued(site),
};

function queued(site: Site): Contribution {
  const move = queueMove(site);
  const { ask, managed } = firstRedis(site);
  const added = { env: move.env, parts: move.parts, measures: move.measures };
  const isAsked =
    site.wanted || move.inUse.has('redis') || (managed === undefined && move.inUse.has('application'));
  const asks = isAsked ? [ask] : [];
  if (!site.wanted) return { ...leaving(move.steps), ...added, asks };
  const taken = overridden(site, move.env);
  if (taken.length > 0) return { ...overriddenBy(taken), ...added, asks };
  const isHere = move.target === 'redis';
  const inEffect = isHere ? settingInEffect(site, 'queueConnection', 'redis') : { steps: [], asks: [] };
  const done =
    managed === undefined
      ? external('Queues are in the Redis of stores.redis.')
      : ready(`Queues are in StatefulSet/${managed}.`);
  return {
    ...gated(
      [queueServer(site, 'redis').ready, ...(isHere ? move.steps : []), ...inEffect.steps],
      isHere ? done : ready(`Queues have moved on, to ${move.target}.`),
    ),
    ...added,
    asks: [...asks, ...inEffect.asks],
  };
}
