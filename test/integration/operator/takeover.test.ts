import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { type TcpProxy, startTcpProxy } from '../runtime/tcp-proxy.ts';
import { createNamespace, describeWith, kubectl, testbed } from '../support.ts';
import { OperatorProcess } from './operator-process.ts';
import { eventually, LeadsTable } from './rig.ts';

const KUBECONFIG = `.tmp/takeover-${process.pid}.json`;
/** On a node: what the new pods wait for. */
const GATE = 'leadplatform.io/test-gate';

type Deployment = KubeObject & { readonly spec: { readonly replicas: number } };

/** Two operators as the chart runs them, and wires to the API server and to Postgres that can be cut. */
describeWith(['pods', 'postgres'], 'Two operators', () => {
  let namespace: string;
  let node: string;
  let leads: LeadsTable;
  let api: TcpProxy;
  let postgres: TcpProxy;
  const operators: OperatorProcess[] = [];
  const stops: (() => Promise<unknown>)[] = [];

  const apply = (object: object) =>
    kubectl(
      ['apply', '--server-side', '--force-conflicts', '--field-manager=user', '-n', namespace, '-f', '-'],
      {
        input: JSON.stringify(object),
      },
    );
  const password = (text: string) =>
    apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'postgres' },
      stringData: { username: leads.name, password: text },
    });
  const brain = (spec: object) =>
    apply({
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: 'brain' },
      spec: {
        image: 'registry.example/brain:1.4.0',
        stores: {
          postgres: {
            host: '127.0.0.1',
            port: postgres.port,
            database: testbed().postgres.database,
            secretRef: { name: 'postgres' },
            tls: { mode: 'Disable' },
          },
        },
        signals: { leadsPerMinute: { postgres: { table: leads.name, interval: '250ms' } }, staleAfter: '2s' },
        tiers: [
          { name: 'one', fromLeadsPerDay: 0 },
          { name: 'apart', fromLeadsPerDay: 1_000_000, capabilities: ['separate-queue-workers'] },
        ],
        // What scales down by mistake does so at once.
        scaling: { scaleDown: { window: '1s' } },
        transitions: { minReadyTime: '1s' },
        ...spec,
      },
    });
  const objects = () => objectsOf(testbed().cluster);
  const platform = () => objects().find<LeadPlatformObject>('leadplatform', 'brain', namespace);
  const status = async () => (await platform())?.status;
  const deployments = () => objects().list<Deployment>('deployments', { namespace });
  const shape = (all: readonly Deployment[]) =>
    all.map(({ metadata, spec }) => [metadata.name, metadata.uid, spec.replicas]);
  const sizes = async () =>
    Object.fromEntries((await deployments()).map(({ metadata, spec }) => [metadata.name, spec.replicas]));
  const signalOf = async (name: string) => (await status())?.signals?.find((signal) => signal.name === name);
  const leader = () =>
    eventually(
      'one of them leads',
      async () => {
        for (const operator of operators) if (await operator.isLeading()) return operator;
        return undefined;
      },
      60_000,
    );
  const startOperator = async (): Promise<void> => {
    operators.push(
      await OperatorProcess.start(KUBECONFIG, [
        'run',
        `--namespace=${namespace}`,
        `--lease-namespace=${namespace}`,
      ]),
    );
  };

  beforeAll(async () => {
    namespace = await createNamespace('takeover');
    // That of the cluster: others come and go with the tests beside this one.
    const byAge = ({ metadata }: KubeObject) => metadata.creationTimestamp ?? '';
    const nodes = (await objects().list('nodes')).toSorted((a, b) => (byAge(a) < byAge(b) ? -1 : 1));
    node = nodes[0]?.metadata.name ?? '';

    const { clusters, ...rest } = parse(await readFile(testbed().cluster.kubeconfigPath, 'utf8')) as {
      clusters: { name: string; cluster: { server: string } }[];
    };
    const { hostname, port } = new URL(clusters[0]?.cluster.server ?? '');
    api = await startTcpProxy(hostname, Number(port));
    stops.push(() => api.stop());
    const behind = clusters.map(({ name, cluster }) => ({
      name,
      cluster: { ...cluster, server: `https://${hostname}:${api.port}` },
    }));
    await mkdir('.tmp', { recursive: true });
    await writeFile(KUBECONFIG, JSON.stringify({ ...rest, clusters: behind }), { mode: 0o600 });
    stops.push(() => rm(KUBECONFIG, { force: true }));

    postgres = await startTcpProxy(testbed().postgres.host, testbed().postgres.port);
    stops.push(() => postgres.stop());
    leads = await LeadsTable.create();
    stops.push(() => leads.drop());
    // Five replicas' worth, for longer than all of this takes.
    await leads.spread(200, 60_000, -120_000, 1_800_000);
    await leads.login('first');
    await password('first');
    await apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'uploads' },
      spec: {
        accessModes: ['ReadWriteMany'],
        storageClassName: '',
        resources: { requests: { storage: '1Gi' } },
      },
    });
    await apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'theirs' },
      data: { kept: 'yes' },
    });
    await startOperator();
    await startOperator();
  });
  afterAll(async () => {
    await Promise.all(operators.map((operator) => operator.end('SIGKILL')));
    await kubectl(['label', 'node', node, `${GATE}-`]);
    for (const stop of stops.toReversed()) await stop();
  });

  it('the other takes the next step within 20 s when the one that leads is killed in the middle of a transition', async () => {
    await brain({});
    await eventually(
      'it has the size that its leads ask for',
      async () => (await sizes())['brain-all-in-one'] === 5,
    );
    await eventually(
      'it is ready',
      async () =>
        (await status())?.conditions?.find(({ type }) => type === 'Reconciling')?.status === 'False',
      60_000,
    );
    await brain({ minTier: 'apart', podTemplate: { nodeSelector: { [GATE]: namespace } } });
    await eventually('it waits at the gate', async () => (await status())?.transition?.step === 'WaitReady');

    const killed = await leader();
    await killed.end('SIGKILL');
    const since = performance.now();
    await kubectl(['label', 'node', node, `${GATE}=${namespace}`]);
    const target = () =>
      kubectl([
        'get',
        'service/brain',
        '-n',
        namespace,
        '-o',
        'jsonpath={.spec.selector.app\\.kubernetes\\.io/component}',
      ]);
    expect(await target()).toBe('all-in-one');
    expect(await sizes()).toMatchObject({ 'brain-all-in-one': 5 });
    await eventually('the traffic is switched', async () => (await target()) === 'ingest', 20_000);
    process.stderr.write(`The next step came ${Math.round(performance.now() - since)} ms after the kill\n`);
    await eventually('the old side is gone', async () => !('brain-all-in-one' in (await sizes())), 60_000);
    // The status is written after what it tells of.
    await eventually('the new tier is told', async () => (await status())?.tier === 'apart');
    expect(await leader()).not.toBe(killed);
    operators.splice(operators.indexOf(killed), 1);
    await startOperator();
  }, 180_000);

  it('a database that goes away takes no replica away, and is read again when it is back', async () => {
    const before = await sizes();
    expect(before['brain-ingest']).toBe(5);
    postgres.refuse(true);
    postgres.cut();
    await eventually(
      'the signal is unknown',
      async () => (await signalOf('leadsPerMinute'))?.reason !== undefined,
    );
    const leading = await leader();
    const decided = await leading.decisions();
    await eventually(
      'it was decided on that',
      async () => (await leading.decisions()) >= decided + 10,
      60_000,
    );
    expect(await sizes()).toEqual(before);
    postgres.refuse(false);
    await eventually(
      'the signal is known',
      async () => (await signalOf('leadsPerMinute'))?.value !== undefined,
      60_000,
    );
    expect(await sizes()).toEqual(before);
  }, 180_000);

  it('a password that is rotated is used without a restart', async () => {
    await leads.login('second');
    postgres.cut();
    await eventually(
      'the old password is refused',
      async () => (await signalOf('leadsPerMinute'))?.reason === 'CredentialRejected',
      60_000,
    );
    await password('second');
    // A refused credential is tried again after a minute at the latest.
    await eventually(
      'the new one is used',
      async () => (await signalOf('leadsPerMinute'))?.value !== undefined,
      120_000,
    );
    expect(operators.every(({ hasEnded }) => !hasEnded)).toBe(true);
    expect((await sizes())['brain-ingest']).toBe(5);
  }, 240_000);

  it('an API server that is away for longer than a lease leaves everything as it is', async () => {
    const before = await deployments();
    const leading = await leader();
    api.refuse(true);
    api.cut();
    // Who led may not any more, and ends; whoever restarts it makes it a standby.
    expect(await leading.ended()).toBe(4);
    operators.splice(operators.indexOf(leading), 1);
    api.refuse(false);
    await startOperator();
    const next = await leader();
    await eventually('the next one has decided', async () => (await next.decisions()) >= 5, 60_000);
    expect(shape(await deployments())).toEqual(shape(before));
  }, 180_000);

  it('leave the workloads running when they are taken away, and say so', async () => {
    const before = await deployments();
    const leading = await leader();
    for (const operator of operators) expect(await operator.end('SIGTERM')).toBe(0);
    expect(leading.log.map(({ msg }) => msg)).toContain(
      'Leaving the platforms as they are: what runs goes on running',
    );
    expect(shape(await deployments())).toEqual(shape(before));
    expect((await platform())?.metadata.finalizers).toBeUndefined();
  }, 120_000);

  it('need not be there for a platform to be deleted: what it owns goes, and data stays', async () => {
    const owned =
      'deployments,statefulsets,services,configmaps,serviceaccounts,cronjobs,jobs,poddisruptionbudgets,ingresses,pods';
    const names = () =>
      kubectl(['get', owned, '-n', namespace, '-l', 'app.kubernetes.io/instance=brain', '-o', 'name']);
    expect(await names()).toContain('deployment.apps/brain-ingest');
    await kubectl(['delete', 'leadplatform/brain', '-n', namespace, '--timeout=30s']);
    await eventually('all that it owned is gone', async () => (await names()) === '', 60_000);
    for (const kept of ['secret/postgres', 'persistentvolumeclaim/uploads', 'configmap/theirs'])
      expect(await kubectl(['get', kept, '-n', namespace, '-o', 'name'])).toContain(kept);
  }, 120_000);
});
