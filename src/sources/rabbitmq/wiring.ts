/** What a spec reads from RabbitMQ: its queues, where they are there. */
import type { RabbitmqStore } from '../../api/schema/stores.ts';
import { queueNames } from '../../signals/view.ts';
import { type MeasuredSpec, queuesAreIn } from '../measured-spec.ts';
import { type SourceKind, withoutStore } from '../source-kind.ts';
import { rabbitmqAccess } from './access.ts';
import { RabbitmqQueues } from './queues.ts';

/** As the schema has it, for a platform that has moved there. */
const DEPTH = { interval: 2_000 };

export const rabbitmq: SourceKind = (spec, deps) => {
  if (queuesAreIn(spec) !== 'rabbitmq') return [];
  const names = queueNames(spec);
  const store = storeOf(spec);
  if (store === undefined) return withoutStore('rabbitmq', ['queues'], names);
  const { interval } = spec.signals.queueDepth.rabbitmq ?? DEPTH;
  return [new RabbitmqQueues(rabbitmqAccess(store, deps), { interval, names })];
};

function storeOf({ stores: { queues, rabbitmq: given } }: MeasuredSpec): RabbitmqStore | undefined {
  return queues !== undefined && 'rabbitmq' in queues ? queues.rabbitmq : given;
}
