/** What a spec reads from Redis: its queues, where they are there, and the response time that the application leaves in its cache. */
import type { RedisStore } from '../../api/schema/stores.ts';
import { Signals } from '../../api/schema/signals.ts';
import { queueNames } from '../../signals/view.ts';
import { type MeasuredSpec, queuesAreIn } from '../measured-spec.ts';
import { type SourceKind, withoutStore } from '../source-kind.ts';
import type { Source } from '../port.ts';
import { redisAccess } from './access.ts';
import { LaravelQueues, type QueuesSettings } from './queues.ts';
import { cachedResponseTime } from './response-time.ts';

/** What the schema fills in for `redis: {}`; the same holds where it is left out. */
const DEFAULTS = Signals.parse({ queueDepth: { redis: {} } });

export const redis: SourceKind = (spec, deps) => {
  const { redis: queues } = spec.signals.queueDepth;
  const { redis: cached } = spec.signals.responseTime;
  const { redis: store } = spec.stores;
  const isHere = queuesAreIn(spec) === 'redis';
  const ofQueues = isHere ? storeOfQueues(spec) : undefined;
  const names = queueNames(spec);
  const sources: Source[] = [
    ...withoutStore(
      'redis',
      [
        ...(queues && isHere && ofQueues === undefined ? (['queues'] as const) : []),
        ...(cached && store === undefined ? (['responseTime'] as const) : []),
      ],
      names,
    ),
  ];
  const field = ofQueues === store ? undefined : 'spec.capabilities.dedicatedQueueServer.redis';
  const access = ofQueues && redisAccess(ofQueues, ofQueues.database, deps, field);
  if (access !== undefined) sources.push(new LaravelQueues(access, { ...queuesFrom(queues), names }));
  if (cached !== undefined && store !== undefined) {
    const { prefix, key, unit, interval, database } = cached;
    const isSame = store === ofQueues && database === store.database;
    const from = isSame && access !== undefined ? access : redisAccess(store, database, deps);
    sources.push(cachedResponseTime(from, { key: prefix + key, unit, interval }));
  }
  return sources;
};

function storeOfQueues({ stores: { queues, redis: given } }: MeasuredSpec): RedisStore | undefined {
  return queues !== undefined && 'redis' in queues ? queues.redis : given;
}

function queuesFrom(given: Signals['queueDepth']['redis']): Omit<QueuesSettings, 'names'> {
  const from = given ?? DEFAULTS.queueDepth.redis;
  if (from === undefined) throw new TypeError('the schema has no default for queueDepth.redis');
  return from;
}
