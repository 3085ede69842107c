import type { Capability } from './contract/capability.ts';
import { type PartialContribution, external, gated, leaving, ready } from './contract/contribution.ts';
import type { EnvVar } from '../workloads/pod-shape.ts';
import { leavingEnvironment, named, overriddenBy, rolledOut } from './environment.ts';
import { settingInEffect } from './settings-endpoint.ts';
import { queueMove } from './queues/move.ts';
import { firstRedis } from './queues/server.ts';
import { addressOf, noRedis, serverReady } from './redis/server.ts';
import { removal } from './removal.ts';
import { areAsked, asksFor, overridden, componentsWithout } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';

export const redisCache: Capability = {
  name: 'redis-cache',
  prerequisites: ['a Redis that the application reaches'],
  summary: 'Answers repeated reads from Redis instead of the database.',
  manual: {
    fields: [
      'spec.stores.redis',
      'spec.capabilities.redis',
      'spec.capabilities.settingsEndpoint',
      'spec.capabilities.environment',
    ],
    how: 'Where `stores.redis` names a Redis, that is asked whether it answers, and is yours (`External`). Else, with `capabilities.redis.enabled`, the operator runs one: a StatefulSet of one pod, with a volume, an append-only file and `noeviction`. Then every pod gets `CACHE_STORE=redis` (and, for a Redis of the operator, `REDIS_HOST`, `REDIS_PORT`, `REDIS_PASSWORD`) by a rolling update. Where the application tells its settings (`settingsEndpoint`), it must say so too: a cached configuration ignores the environment.',
    costs:
      'For a Redis of the operator: one pod and a volume of 5Gi. It is one pod: while its node is drained the cache is away for some seconds. Run a Redis with replicas yourself, and name it in `stores.redis`, where that is not enough.',
    touches:
      'StatefulSet and Service `<platform>-redis`; the environment of every pod. With `stores.redis` the address and the credential of the application stay your own: the one that the operator measures with is not given to pods.',
    undo: 'Set the policy of `redis-cache` to `Never`: the variables are removed. The StatefulSet stays until its loss is confirmed (`leadplatform.io/confirm-removal: redis-cache`), and its volume until you delete the PersistentVolumeClaim.',
  },
  build: (context) => noRedis(context) ?? (context.wanted ? cached(context) : uncached(context)),
};

const variables = (context: CapabilityContext): readonly EnvVar[] =>
  named(context.spec, [
    { name: 'CACHE_STORE', value: 'redis' },
    ...addressOf(firstRedis(context), context.spec.capabilities.redis, 'REDIS_'),
  ]);

function cached(context: CapabilityContext): PartialContribution {
  const { probe, managed, objects } = firstRedis(context);
  const env = variables(context);
  const taken = overridden(context, env);
  if (taken.length > 0) return { ...overriddenBy(taken), objects, probes: [probe], env };
  const up = serverReady(context, firstRedis(context), false);
  const isBegun = hasBegun(context, env);
  const inEffect = settingInEffect(context, 'cacheStore', 'redis');
  return {
    ...gated(
      [up, rolledOut(componentsWithout(context, env), areAsked(context, env)), ...inEffect.steps],
      managed === undefined
        ? external('The Redis of stores.redis answers, and every pod caches in it.')
        : ready(`StatefulSet/${managed} answers, and every pod caches in it.`),
    ),
    objects,
    // Not before it answers: pods that look for a Redis that is not there fail. Nor taken back while it is away.
    ...((up.done || isBegun) && { env }),
    probes: [probe, ...inEffect.probes],
  };
}

const hasBegun = (context: CapabilityContext, env: readonly EnvVar[]): boolean =>
  context.transitionState.wanted.some(({ live }) => live !== undefined && asksFor(live.object, env, true));

function uncached(context: CapabilityContext): PartialContribution {
  const { probe, managed, objects } = firstRedis(context);
  const probes = [probe];
  // The address is that of queues as well.
  const left = leavingEnvironment(context, variables(context).slice(0, 1));
  if (left.reason !== 'Absent') return { ...left, objects, probes };
  // Queues may be in it while the cache is not wanted any more.
  const hasQueues = context.isWanted('queue-system') || queueMove(context).inUse.has('redis');
  if (hasQueues && managed !== undefined) return { ...leaving([IN_USE]), objects, probes };
  return removal(context, managed === undefined ? [] : objects, probes);
}

const IN_USE = { name: 'InUse', done: false, waits: 'queues are in it', onTimeout: 'wait' } as const;
