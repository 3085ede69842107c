import type { Capability } from './contract/capability.ts';
import { blocked, external, ready } from './contract/contribution.ts';
import { type Brought, queueCapability } from './queues/capability.ts';
import { queueMove } from './queues/move.ts';
import { rabbitmqServer } from './rabbitmq/server.ts';
import type { CapabilityContext } from './contract/context.ts';

export const messageQueue: Capability = {
  name: 'message-queue',
  prerequisites: [
    'the RabbitMQ cluster operator, or a RabbitMQ of your own',
    'a queue driver for it in the application',
  ],
  summary: 'Takes queues to RabbitMQ.',
  manual: {
    fields: ['spec.stores.rabbitmq', 'spec.capabilities.messageQueue', 'spec.capabilities.environment'],
    how: 'Where `stores.rabbitmq` names a RabbitMQ, that is asked by its management API, and is yours (`External`). Else, where the cluster knows `RabbitmqCluster`, the operator makes one, and goes on when its status says `AllReplicasReady` and `ClusterAvailable` and its management API answers. Then queues move there as they do between two Redis: workers first, then what makes jobs; the old server is worked off by workers that stay. From then on depth, rates and age of the queues are read from RabbitMQ. See [queue moves](../design/queue-moves.md).',
    costs:
      'For a RabbitMQ of its operator: `replicas` pods with a volume of 10Gi each. One replica by default: while its node is drained, publishers wait or fail for as long. During a move twice as many workers.',
    touches:
      'RabbitmqCluster `<platform>-rabbitmq`; `QUEUE_CONNECTION=rabbitmq`, `RABBITMQ_HOST`, `RABBITMQ_PORT` and `RABBITMQ_VHOST` in the environment of every pod, and for a RabbitmqCluster `RABBITMQ_USER` and `RABBITMQ_PASSWORD`, read from its Secret `<platform>-rabbitmq-default-user`. With `stores.rabbitmq` the credential of the application stays your own. The default command of workers names the connection `rabbitmq`. Laravel has no such driver: the application needs one. Jobs that wait for their time stand in queues of the driver, and RabbitMQ does not tell when they come due: the status of a move away from it does not say until when it waits.',
    undo: 'Set the policy of `message-queue` to `Never`: the queues move back the same way, and the RabbitmqCluster stays until its loss is confirmed (`leadplatform.io/confirm-removal: message-queue`); its volumes go with it.',
  },
  build: (context) => queueCapability(context, brought(context)),
};

function brought(context: CapabilityContext): Brought {
  const { rabbitmq } = context.spec.stores;
  const ours = rabbitmqServer(context, undefined);
  const isOld = queueMove(context).inUse.has('rabbitmq');
  const isOurs = context.serves('RabbitmqCluster') && (rabbitmq === undefined || isOld);
  return {
    capability: 'message-queue',
    objects: isOurs ? ours.objects : [],
    probes: [
      ...(rabbitmq === undefined ? [] : [rabbitmqServer(context, rabbitmq).probe]),
      ...(isOurs ? [ours.probe] : []),
    ],
    done:
      rabbitmq === undefined
        ? ready(`Queues are in RabbitmqCluster/${ours.managed ?? ''}.`)
        : external('Queues are in the RabbitMQ of stores.rabbitmq.'),
    missing: blocked(
      'NoRabbitmq',
      'The cluster knows no RabbitmqCluster: install the RabbitMQ cluster operator, or name a RabbitMQ of your own in spec.stores.rabbitmq.',
    ),
    isOwner: true,
  };
}
