import type { Capability } from './contract/capability.ts';
import { external, ready } from './contract/contribution.ts';
import { type Brought, queueCapability } from './queues/capability.ts';
import { queueMove } from './queues/move.ts';
import { secondRedis } from './queues/server.ts';
import type { CapabilityContext } from './contract/context.ts';

export const dedicatedQueueServer: Capability = {
  name: 'dedicated-queue-server',
  prerequisites: ['a second Redis'],
  summary: 'Gives queues a Redis of their own, apart from the cache.',
  manual: {
    fields: ['spec.capabilities.dedicatedQueueServer', 'spec.capabilities.environment'],
    how: 'A second Redis, yours or one that the operator runs, for queues alone. Queues move to it in steps: workers that stay on the first server are started, the others go over, then the web side; what waits in the first server, jobs that come due later included, is worked off by those that stayed. `status.capabilities` says which step is under way, and until when the last delayed job is waited for. See [queue moves](../design/queue-moves.md).',
    costs:
      'One pod and a volume of 5Gi for a Redis of the operator. During a move twice as many workers, and their database connections.',
    touches:
      'StatefulSet and Service `<platform>-redis-queue`; `REDIS_QUEUE_CONNECTION=queue`, `REDIS_QUEUE_HOST`, `REDIS_QUEUE_PORT` and, with a password, `REDIS_QUEUE_PASSWORD` in the environment of every pod. Your `config/database.php` needs a Redis connection `queue` that reads the last three; `config/queue.php` reads the first by itself. For a Redis of your own the password of the application is yours to give, in `spec.env`.',
    undo: 'Set the policy of `dedicated-queue-server` to `Never`: the queues move back the same way, and the second server stays until its loss is confirmed.',
  },
  build: (context) => queueCapability(context, brought(context)),
};

function brought(context: CapabilityContext): Brought {
  const second = secondRedis(context);
  const ours = secondRedis(context, null);
  const isOld = second.managed === undefined && queueMove(context).inUse.has('redis-queue');
  return {
    capability: 'dedicated-queue-server',
    objects: second.managed !== undefined || isOld ? ours.objects : [],
    probes: isOld ? [second.probe, ours.probe] : [second.probe],
    done:
      second.managed === undefined
        ? external('Queues are in a Redis of their own, which is yours.')
        : ready(`Queues are in StatefulSet/${second.managed}.`),
    isOwner: true,
  };
}
