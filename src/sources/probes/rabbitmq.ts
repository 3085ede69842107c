/** What is in the queues of a RabbitMQ; that it answers at all says that it is up, and lets us in. */
import type { RabbitmqProbe } from '../../probes/probe.ts';
import { isKnown } from '../../model/reading.ts';
import type { SourceDeps } from '../deps.ts';
import { SourceFailure } from '../failure.ts';
import { rabbitmqQueues } from '../rabbitmq/queues.ts';
import { rabbitmqAccess } from '../rabbitmq/access.ts';
import type { OpenProbe } from './open-probe.ts';

export function probeRabbitmq(
  { store, queues }: RabbitmqProbe,
  deps: SourceDeps,
  now: () => number,
): OpenProbe {
  const access = rabbitmqAccess(store, deps);
  return {
    put: async () => {
      const readings = await access.with((api) => rabbitmqQueues(api, queues, now()));
      const found = Object.entries(readings).map(([name, reading]) => {
        // A move of queues must not take one that cannot be looked into for an empty one.
        if (!isKnown(reading)) throw new SourceFailure(reading.unknown, reading.message);
        return [name, reading.value] as const;
      });
      return { queues: Object.fromEntries(found) };
    },
    close: access.join(),
  };
}
