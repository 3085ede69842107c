/**
 * Databases for services and shards on the real API server with the real CRD of CloudNativePG, whose operator is simulated:
 * its Secrets reach the pods that need them once the application has spoken, and the Clusters outlive the platform.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { CAPABILITY_NAMES, type CapabilityName } from '../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { eventually, Rig } from '../operator/rig.ts';
import { describeWith, kubectl } from '../support.ts';
import { drive } from './engine-driver.ts';

type WithEnv = KubeObject & { spec: { template: { spec: { containers: { env?: object[] }[] } } } };

const CLUSTERS = 'clusters.postgresql.cnpg.io';

describeWith(['pods', 'engines'], 'Databases of services and shards', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    ends.push(() => rig.stopOperator());
  }, 180_000);
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  /** A platform with one capability above the tier that separates its components. */
  const platform = (
    name: string,
    capability: CapabilityName,
    capabilities: NonNullable<LeadPlatformSpecInput['capabilities']>,
  ) =>
    rig.apply(name, {
      tierPin: { tier: 'microservices', reason: 'for its databases' },
      transitions: {
        policies: CAPABILITY_NAMES.filter((other) => other !== 'separate-queue-workers').map((other) => ({
          capability: other,
          policy: other === capability ? ('Auto' as const) : ('Never' as const),
        })),
      },
      capabilities,
    });
  const report = async (name: string, capability: CapabilityName) =>
    (await rig.platform(name)).status?.capabilities?.find((one) => one.name === capability);
  const step = (name: string, capability: CapabilityName, wanted: string) =>
    eventually(
      `${name} is at ${wanted}`,
      async () => {
        const { state, step: at } = (await report(name, capability)) ?? {};
        return state === wanted || at === wanted;
      },
      60_000,
    );
  const template = async (deployment: string) =>
    JSON.stringify((await rig.deployment(deployment))?.spec.template);
  const env = async (deployment: string) =>
    (await rig.find<WithEnv>('deployment', deployment))?.spec.template.spec.containers[0]?.env;
  const annotate = (name: string, text: string) =>
    kubectl(['annotate', 'leadplatform', name, '-n', rig.namespace, '--overwrite', text]);

  it('give the Secret of a service to its pods alone, once its data is there, and survive the platform', async () => {
    await platform('split', 'database-per-service', {
      databasePerService: { services: [{ name: 'leads', parts: ['ingest'], instances: 1, storage: '1Gi' }] },
    });
    await step('split', 'database-per-service', 'ClustersReady');
    await eventually('there is a Cluster', () => rig.find(CLUSTERS, 'split-db-leads'));
    await drive('Cluster', rig.namespace, 'split-db-leads');
    await step('split', 'database-per-service', 'DataMoved');
    expect(await template('split-ingest')).not.toContain('split-db-leads');
    await annotate('split', 'leadplatform.io/data-moved=database-per-service/leads');
    await step('split', 'database-per-service', 'Ready');
    expect(await env('split-ingest')).toContainEqual({
      name: 'DB_HOST',
      valueFrom: { secretKeyRef: { key: 'host', name: 'split-db-leads-app' } },
    });
    expect(await template('split-sync')).not.toContain('split-db-leads');
    await kubectl(['delete', 'leadplatform', 'split', '-n', rig.namespace, '--timeout=30s']);
    await eventually(
      'its pods are gone',
      async () => (await rig.deployment('split-ingest')) === undefined,
      60_000,
    );
    const kept = await rig.find(CLUSTERS, 'split-db-leads');
    expect(kept?.metadata.deletionTimestamp).toBeUndefined();
    expect(kept).toBeDefined();
  }, 240_000);

  it('give every pod the map of the shards once their rows are there', async () => {
    await platform('wide', 'database-sharding', {
      databaseSharding: { shards: 2, instances: 1, storage: '1Gi' },
    });
    await step('wide', 'database-sharding', 'ClustersReady');
    for (const name of ['wide-shard-0', 'wide-shard-1']) {
      await eventually(`there is ${name}`, () => rig.find(CLUSTERS, name));
      await drive('Cluster', rig.namespace, name);
    }
    await step('wide', 'database-sharding', 'DataMoved');
    await annotate('wide', 'leadplatform.io/data-moved=database-sharding/2');
    await step('wide', 'database-sharding', 'Ready');
    for (const component of ['ingest', 'sync', 'queue-default']) {
      const text = await template(`wide-${component}`);
      expect(text).toContain('{"name":"DB_SHARDS","value":"2"}');
      expect(text).toContain('"name":"wide-shard-1-app"');
    }
    const map = await kubectl([
      'get',
      'configmap',
      'wide-shards',
      '-n',
      rig.namespace,
      '-o',
      'jsonpath={.data}',
    ]);
    expect(map).toContain('crc32');
  }, 240_000);
});
