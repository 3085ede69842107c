/** A platform that was told nothing beyond its image, on the highest tier: what it lacks, and what would be right. */
import { describe, expect, it } from 'vitest';
import { CAPABILITY_NAMES, type CapabilityName } from '../../../src/api/names.ts';
import { Story } from './story.ts';

/** What those that are not Ready by themselves say is missing. */
const FOUND: Readonly<
  Partial<Record<CapabilityName, 'Progressing' | readonly [reason: string, todo: RegExp]>>
> = {
  'redis-cache': ['NoRedis', /spec\.stores\.redis is not set. Set it/],
  'queue-system': ['NoRedis', /spec\.stores\.redis is not set. Set it/],
  'database-indexes': ['NotConfigured', /spec\.stores\.postgres is not set. Set it/],
  'queue-monitoring': ['NoQueueSource', /give stores\.redis, or signals\.queueDepth/],
  'app-optimize': ['CommandUnknown', /give components\.ingest\.command/],
  'read-replica': ['NotConfigured', /spec\.capabilities\.readReplica names no database. Set cluster/],
  cdn: ['AddressMissing', /spec\.capabilities\.cdn\.assetUrl is not set. Set it/],
  'load-balancer': ['NotConfigured', /Set spec\.capabilities\.loadBalancer\.ingress/],
  // The operator runs one, unless it is given another.
  'dedicated-queue-server': 'Progressing',
  'message-queue': ['NoRabbitmq', /install the RabbitMQ cluster operator/],
  search: ['EngineMissing', /install Elastic's operator/],
  'database-per-service': [
    'NotConfigured',
    /spec\.capabilities\.databasePerService\.services is not set. Set it/,
  ],
  microservices: ['NotRouted', /Give capabilities\.loadBalancer\.ingress/],
  'database-sharding': ['CloudNativePGMissing', /install it/],
  'full-microservices': ['Incomplete', /^Missing: redis-cache \(Blocked\)/],
};

describe('a platform that was told nothing', () => {
  const told = new Story(
    CAPABILITY_NAMES,
    {},
    {
      separate: true,
      tier: { to: 'full-microservices' },
      sizes: { ingest: 6, sync: 4, 'queue-default': 6 },
    },
  ).settle();

  it.each(CAPABILITY_NAMES)('says of %s what is so', (name) => {
    const found = FOUND[name] ?? 'Ready';
    const { state, reason, message } = told.report(name) ?? {};
    if (typeof found === 'string') return expect(state, message).toBe(found);
    expect({ state, reason }, message).toEqual({ state: 'Blocked', reason: found[0] });
    expect(message).toMatch(found[1]);
  });
});
