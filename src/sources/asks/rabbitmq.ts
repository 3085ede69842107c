/** What is in the queues of a RabbitMQ; that it answers at all says that it is up, and lets us in. */
import type { RabbitmqAsk } from '../../capabilities/asks.ts';
import type { SourceDeps } from '../deps.ts';
import { rabbitmqQueues } from '../rabbitmq/queues.ts';
import { rabbitmqAccess } from '../wiring.ts';
import type { Inquiry } from './index.ts';

export function askRabbitmq({ store, queues }: RabbitmqAsk, deps: SourceDeps, now: () => number): Inquiry {
  const access = rabbitmqAccess(store, deps);
  return {
    put: async () => ({
      queues: await access.with((api) => rabbitmqQueues(api, store.vhost, queues, now())),
    }),
    close: access.join(),
  };
}
