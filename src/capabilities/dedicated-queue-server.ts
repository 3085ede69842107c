import type { Capability } from './capability.ts';
import { type Contribution, external, gated, leaving, ready } from './contribution.ts';
import { queueMove } from './queues/move.ts';
import { queueServer, secondRedis } from './queues/server.ts';
import { removal } from './removal.ts';
import type { Site } from './site.ts';

export const dedicatedQueueServer: Capability = {
  name: 'dedicated-queue-server',
  recommendedFrom: 25_000,
  // The queue moves to another server: what waits in it must be drained first.
  holdsData: true,
  relieves: ['queueDepth', 'memory'],
  prerequisites: ['a second Redis'],
  summary: 'Gives queues a Redis of their own, apart from the cache.',
  manual: {
    fields: ['spec.capabilities.dedicatedQueueServer', 'spec.capabilities.environment'],
    how: 'A second Redis, yours or one that the operator runs, for queues alone. Queues move to it in steps: workers that stay on the first server are started, the others go over, then the web side; what waits in the first server, jobs that come due later included, is worked off by those that stayed. `status.capabilities` says which step is under way, and until when the last delayed job is waited for. See [queue moves](../design/queue-moves.md).',
    costs:
      'One pod and a volume of 5Gi for a Redis of the operator. During a move twice as many workers, and their database connections.',
    touches:
      'StatefulSet and Service `<platform>-redis-queue`; `REDIS_QUEUE_HOST`, `REDIS_QUEUE_PORT` and `REDIS_QUEUE_PASSWORD` in the environment of every pod (your `config/database.php` needs a connection for them, and `config/queue.php` must use it where they are set).',
    undo: 'Set the policy of `dedicated-queue-server` to `Never`: the queues move back the same way, and the second server stays until its loss is confirmed.',
  },
  build: (site) => dedicated(site),
};

function dedicated(site: Site): Contribution {
  const { ask, managed, objects } = secondRedis(site);
  const move = queueMove(site);
  const asks = [ask];
  if (!site.wanted) {
    if (move.inUse.has('redis-queue')) {
      return { ...leaving(move.steps.length > 0 ? move.steps : [SETTLING]), objects, asks };
    }
    return removal(site, objects, asks);
  }
  const isHere = move.target === 'redis-queue';
  return {
    ...gated(
      [queueServer(site, 'redis-queue').ready, ...(isHere ? move.steps : [SETTLING])],
      managed === undefined
        ? external('Queues are in a Redis of their own, which is yours.')
        : ready(`Queues are in StatefulSet/${managed}.`),
    ),
    objects,
    asks,
  };
}

const SETTLING = {
  name: 'PartsSettled',
  done: false,
  waits: 'parts of the platform are being replaced, and queues move after that',
  isPatient: true,
} as const;
