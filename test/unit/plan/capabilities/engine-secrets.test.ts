/**
 * An author chooses the name of a LeadPlatform, and by it the names of the Secrets of its engines. An engine of others may have that
 * very name, and its Secret is not the author's.
 */
import { describe, expect, it } from 'vitest';
import type { CapabilityName } from '../../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../../src/api/schema/leadplatform.ts';
import type { ChildKind } from '../../../../src/kube/object.ts';
import { Story } from '../../capabilities/story.ts';

interface Case {
  readonly engine: ChildKind;
  readonly name: string;
  readonly capability: CapabilityName;
  readonly secret: string;
  readonly spec: Partial<LeadPlatformSpecInput>;
}

/** What an author says to have pods look as if they had moved there already. */
const CASES: readonly Case[] = [
  {
    engine: 'RabbitmqCluster',
    name: 'brain-rabbitmq',
    capability: 'message-queue',
    secret: 'brain-rabbitmq-default-user',
    spec: { env: [{ name: 'LEADPLATFORM_QUEUE_SERVER', value: 'rabbitmq' }] },
  },
  {
    engine: 'Elasticsearch',
    name: 'brain-search',
    capability: 'search',
    secret: 'brain-search-es-elastic-user',
    spec: { env: [{ name: 'SCOUT_DRIVER', value: 'elasticsearch' }] },
  },
  {
    engine: 'Cluster',
    name: 'brain-shard-0',
    capability: 'database-sharding',
    secret: 'brain-shard-0-app',
    spec: { env: [{ name: 'DB_SHARDS', value: '2' }] },
  },
  {
    engine: 'Cluster',
    name: 'brain-db-orders',
    capability: 'database-per-service',
    secret: 'brain-db-orders-app',
    spec: { capabilities: { databasePerService: { services: [{ name: 'orders', parts: ['ingest'] }] } } },
  },
];

describe.each(CASES)('where $engine/$name is not of the platform', ({ engine, capability, secret, spec }) => {
  function told(): Story {
    const story = new Story([capability], spec);
    story.driver.serves = new Set([engine]);
    story.driver.annotations = {
      'leadplatform.io/data-moved': 'database-per-service/orders,database-sharding/2',
    };
    return story;
  }
  /** Passes in which the engine is always that of others: what the platform would make of that name is refused. */
  function beside(story: Story): Story {
    for (let count = 0; count < 6; count += 1) {
      const { actions, status } = story.driver.plan(story.decision());
      story.driver.status = status;
      const possible = actions.filter(({ object }) => object.kind !== engine);
      story.driver.world.carryOut(possible);
      story.driver.world.step();
      story.driver.now += 60_000;
    }
    return story;
  }

  it('neither pods nor questions nor measuring get its Secret', () => {
    const story = beside(told());
    const { probes, signalStores, actions } = story.driver.plan(story.decision());
    // A ConfigMap may say what it is called.
    const asked = [...story.driver.world.objects, ...actions.map(({ object }) => object)];
    expect(JSON.stringify(asked.filter(({ kind }) => kind !== 'ConfigMap'))).not.toContain(secret);
    expect(JSON.stringify([probes, signalStores])).not.toContain(secret);
  });

  it('they do where spec names the Secret itself, for then the API server has asked', () => {
    const story = told();
    const env = [
      ...(spec.env ?? []),
      { name: 'THEIRS', valueFrom: { secretKeyRef: { name: secret, key: 'k' } } },
    ];
    story.edit({ ...spec, env });
    beside(story);
    expect(JSON.stringify(story.find('Deployment/brain-ingest'))).toContain(secret);
  });
});

it('takes nothing from pods that have it where an engine was lost', () => {
  const [{ capability, spec, secret }] = CASES.slice(3) as [Case];
  const story = new Story([capability], spec);
  story.driver.serves = new Set(['Cluster']);
  story.driver.annotations = { 'leadplatform.io/data-moved': 'database-per-service/orders' };
  story
    .settle()
    .says('Cluster/brain-db-orders', { readyInstances: 2, phase: 'Cluster in healthy state' })
    .settle();
  const web = () => JSON.stringify(story.template('ingest'));
  expect(web()).toContain(secret);
  const before = web();
  story.driver.world.remove('Cluster/brain-db-orders');
  for (let count = 0; count < 3; count += 1) {
    const { actions } = story.driver.plan(story.decision());
    story.driver.world.carryOut(actions.filter(({ object }) => object.kind !== 'Cluster'));
    story.driver.world.step();
  }
  expect(web()).toBe(before);
});
