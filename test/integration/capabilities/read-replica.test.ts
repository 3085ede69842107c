/**
 * A read replica on the real API server with the real CRD of CloudNativePG, whose operator is simulated, and a real Postgres
 * with a real copy that says how far it is behind.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { CAPABILITY_NAMES } from '../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { type Postgres, startCopy, startPostgres } from '../../../testbed/postgres.ts';
import { type DeploymentObject, eventually, Rig } from '../operator/rig.ts';
import { describeWith, kubectl } from '../support.ts';
import { drive } from './engine-driver.ts';
import { userCluster } from './user-cluster.ts';

type Cluster = KubeObject & { readonly spec: { readonly instances: number } };
type Service = KubeObject & { readonly spec: { readonly selector: Readonly<Record<string, string>> } };

const OTHERS = CAPABILITY_NAMES.filter(
  (name) => name !== 'read-replica' && name !== 'separate-queue-workers',
);

describeWith(['pods', 'engines'], 'A read replica of a Cluster', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let rig: Rig;
  let primary: Postgres;
  let onPrimary: pg.Client;
  let onCopy: pg.Client;

  beforeAll(async () => {
    primary = await startPostgres({ log: () => undefined });
    ends.push(() => primary.stop());
    const copy = await startCopy(primary, 'db-2');
    ends.push(() => copy.stop());
    const { host, user, password, port } = primary;
    onPrimary = new pg.Client({ host, port, user, password, database: 'leads' });
    onCopy = new pg.Client({ host, port: copy.port, user, password, database: 'leads' });
    for (const client of [onPrimary, onCopy]) {
      await client.connect();
      ends.push(() => client.end());
    }
    await onPrimary.query('CREATE TABLE leads (created_at timestamptz NOT NULL)');
    rig = await Rig.start();
    ends.push(() => rig.stopOperator());
  }, 180_000);
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const report = async () =>
    (await rig.platform('brain')).status?.capabilities?.find(({ name }) => name === 'read-replica');
  const cluster = () => rig.find<Cluster>('clusters.postgresql.cnpg.io', 'db');
  const role = async () =>
    (await rig.find<Service>('service', 'brain-reports'))?.spec.selector['cnpg.io/instanceRole'];
  const env = async () =>
    JSON.stringify(
      ((await rig.deployment('brain-ingest')) satisfies DeploymentObject | undefined)?.spec.template,
    );
  const spec = (policy: 'Confirm' | 'Never'): Partial<LeadPlatformSpecInput> => {
    const { host, port } = primary;
    return {
      stores: {
        postgres: {
          host,
          port,
          database: 'leads',
          secretRef: { name: 'postgres' },
          tls: { mode: 'Disable' },
        },
      },
      tierPin: { tier: 'separated', reason: 'for its copy' },
      transitions: {
        policies: [
          { capability: 'read-replica', policy },
          // Others would change the pods, too.
          ...OTHERS.map((capability) => ({ capability, policy: 'Never' as const })),
        ],
      },
      capabilities: { readReplica: { cluster: 'db', maxLag: '2s' } },
    };
  };
  const annotate = (text: string) =>
    kubectl(['annotate', 'leadplatform', 'brain', '-n', rig.namespace, '--overwrite', text]);

  it('is made of the Cluster of the user, follows its lag, and is taken back in order', async () => {
    const { namespace } = rig;
    for (const object of userCluster(namespace, primary, { team: 'leads' })) await rig.applyObject(object);
    await drive('Cluster', namespace, 'db');
    await rig.apply('brain', spec('Confirm'));
    await eventually('it waits for consent', async () => (await report())?.state === 'AwaitingConsent');
    expect((await cluster())?.spec.instances).toBe(1);

    await annotate('leadplatform.io/confirm=read-replica');
    await eventually('the instances are raised', async () => (await cluster())?.spec.instances === 2);
    expect((await cluster())?.metadata).toMatchObject({
      labels: { team: 'leads' },
      annotations: { 'leadplatform.io/raised-by': 'brain', 'leadplatform.io/raised-from': '1' },
    });
    expect((await cluster())?.metadata.ownerReferences).toBeUndefined();
    await expect
      .poll(report, { timeout: 10_000 })
      .toMatchObject({ state: 'Progressing', step: 'ReplicaReady' });
    expect(await env()).not.toContain('DB_REPORTS_HOST');

    await drive('Cluster', namespace, 'db');
    await eventually('it is ready', async () => (await report())?.state === 'Ready', 60_000);
    expect(await role()).toBe('replica');
    expect(await env()).toContain('{"name":"DB_REPORTS_HOST","value":"brain-reports"}');

    const before = await env();
    await onCopy.query('SELECT pg_wal_replay_pause()');
    await onPrimary.query('INSERT INTO leads SELECT now() FROM generate_series(1, 1000)');
    await eventually('reads go to the primary', async () => (await role()) === 'primary', 60_000);
    // The status is written after what it tells of.
    await expect.poll(report, { timeout: 10_000 }).toMatchObject({ state: 'Progressing', step: 'CaughtUp' });
    await onCopy.query('SELECT pg_wal_replay_resume()');
    await eventually('reads come back', async () => (await role()) === 'replica', 60_000);
    expect(await env()).toBe(before);

    await rig.apply('brain', spec('Never'));
    await eventually('the pods have left it', async () => !(await env()).includes('DB_REPORTS_HOST'));
    await eventually('its Service is gone', async () => (await role()) === undefined, 60_000);
    expect((await cluster())?.spec.instances).toBe(2);
    await annotate('leadplatform.io/confirm-removal=read-replica');
    await eventually(
      'the instances are as many as there were',
      async () => (await cluster())?.spec.instances === 1,
    );
    expect((await cluster())?.metadata.annotations).toBeUndefined();
    expect((await cluster())?.metadata.labels).toEqual({ team: 'leads' });
  }, 240_000);
});
