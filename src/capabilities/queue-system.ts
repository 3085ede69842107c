import type { Capability } from './contract/capability.ts';
import { noRedis } from './redis/server.ts';
import { external, ready } from './contract/contribution.ts';
import { type Brought, queueCapability } from './queues/capability.ts';
import { queueMove } from './queues/move.ts';
import { firstRedis } from './queues/server.ts';
import type { CapabilityContext } from './contract/context.ts';

export const queueSystem: Capability = {
  name: 'queue-system',
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
    touches:
      'The environment of every pod; for a time Deployments `<platform>-left-<component>-on-<server>`.',
    undo: 'Set the policy of `queue-system` to `Never`. Jobs that wait are worked off first.',
  },
  build: (context) => {
    const missing = noRedis(context);
    if (missing === undefined) return queueCapability(context, brought(context));
    return {
      ...queueCapability(context, { ...brought(context), objects: [], probes: [] }),
      ...missing,
      steps: [],
    };
  },
};

function brought(context: CapabilityContext): Brought {
  const first = firstRedis(context);
  const ours = firstRedis(context, null);
  // One that was ours before the user gave another is left like any other server.
  const isOld = first.managed === undefined && queueMove(context).inUse.has('redis');
  return {
    capability: 'queue-system',
    objects: first.managed !== undefined || isOld ? ours.objects : [],
    probes: isOld ? [first.probe, ours.probe] : [first.probe],
    done:
      first.managed === undefined
        ? external('Queues are in the Redis of stores.redis.')
        : ready(`Queues are in StatefulSet/${first.managed}.`),
    // The cache is in it as well: redis-cache sees to it.
    isOwner: false,
  };
}
