import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithCluster, kubectl, testbed } from '../support.ts';
import { COMPRESSED, Rig, eventually } from './rig.ts';

/** An HTTP source that always says the same. */
async function serveNumber(value: number): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((_request, response) => response.end(JSON.stringify({ value })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** Parts of their own from the start, whatever the load. */
const SEPARATE = { minTier: 'separated', scaling: { scaleDown: { window: '2s' } } };

describeWithCluster('What an operator must not do', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await Rig.start(2);
  });
  afterAll(async () => {
    await rig?.stopOperator();
  });

  it('writes nothing while nothing changes', async () => {
    await rig.apply('quiet', SEPARATE);
    const before = await rig.standsOn('quiet', 'separated');
    const passes = async (): Promise<number> => {
      const text = (await Array.fromAsync(rig.metrics.exposition())).join('');
      return [...text.matchAll(/^leadplatform_decisions_total\{.*} (\d+)$/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
    };
    const look = async (times: number): Promise<void> => {
      const from = await passes();
      await eventually('it was looked at again', async () => (await passes()) >= from + times, 60_000);
    };
    // Events are written beside the passes: one more pass, and they are out.
    await look(2);
    const writes = rig.writes;
    await look(20);
    expect(rig.writes).toBe(writes);
    expect((await rig.platform('quiet')).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  }, 120_000);

  it('writes no field of a spec', async () => {
    const { metadata } = await rig.platform('quiet');
    const managers = (metadata.managedFields ?? []).filter(
      ({ fieldsV1 }) => fieldsV1 !== undefined && 'f:spec' in fieldsV1,
    );
    expect(managers.map(({ manager }) => manager)).toEqual(['user']);
    expect(metadata.finalizers).toBeUndefined();
  });

  it('repairs what was changed or deleted by hand, and tells how to pin a size', async () => {
    await kubectl(['scale', 'deployment/quiet-ingest', '--replicas=7', '-n', rig.namespace]);
    await kubectl([
      'set',
      'image',
      'deployment/quiet-sync',
      '*=registry.example/other:1',
      '-n',
      rig.namespace,
    ]);
    await kubectl(['delete', 'service/quiet', '-n', rig.namespace]);
    await eventually('all is as it was', async () => {
      const ingest = await rig.deployment('quiet-ingest');
      const sync = await rig.deployment('quiet-sync');
      return (
        ingest?.spec.replicas === 1 &&
        sync?.spec.template.spec.containers.every(({ image }) => image === 'registry.example/brain:1.4.0') &&
        (await rig.find('service', 'quiet')) !== undefined
      );
    });
    const drift = await eventually('an event tells', async () =>
      (await rig.events('quiet')).find(
        ({ reason, message }) => reason === 'DriftRepaired' && message.includes('replicasPin'),
      ),
    );
    expect(drift.message).toBe(
      'Deployment quiet-ingest was scaled from 1 to 7 by another client and is put back to 1; to hold 7, add {component: ingest, replicas: 7} to spec.replicasPin.',
    );
    await eventually('the record of decisions tells, too', async () =>
      (await rig.platform('quiet')).status?.lastDecision?.reasons.some((reason) => reason === drift.message),
    );
  });

  it('tells of two disruption budgets of somebody else for the same pods, for as long as both are there', async () => {
    const told = async () =>
      (await rig.platform('quiet')).status?.conditions?.find(({ type }) => type === 'CapabilitiesMet')
        ?.message ?? '';
    const of = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kube-root-ca.crt' };
    const uid = (await rig.find('configmap', of.name))?.metadata.uid;
    // Somebody's is somebody else's also where an operator of theirs has made it.
    for (const [name, ownerReferences] of [
      ['theirs-a', [{ ...of, uid, controller: true }]],
      ['theirs-b', []],
    ] as const)
      await rig.applyObject({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name, namespace: rig.namespace, ownerReferences },
        spec: { maxUnavailable: 1, selector: { matchLabels: { 'app.kubernetes.io/instance': 'quiet' } } },
      });
    await eventually('the condition tells', async () =>
      (await told()).includes('more than one disruption budget, by theirs-a, theirs-b of another owner'),
    );
    await eventually(
      'so does one event',
      async () =>
        (await rig.events('quiet')).filter(({ reason }) => reason === 'BudgetsOverlap').length === 1,
    );
    // One that nothing above has replaced: on a pod that goes already, budgets have no say.
    const labels = 'app.kubernetes.io/instance=quiet,app.kubernetes.io/component=queue-default';
    const pod = await kubectl([
      ...['get', 'pods', '-n', rig.namespace, '-l', labels],
      ...['-o', 'jsonpath={.items[0].metadata.name}'],
    ]);
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod } };
    const path = `/api/v1/namespaces/${rig.namespace}/pods/${pod}/eviction`;
    await expect(
      kubectl(['create', '--raw', path, '-f', '-'], { input: JSON.stringify(eviction) }),
    ).rejects.toThrow('more than one PodDisruptionBudget');
    await kubectl(['delete', 'pdb/theirs-b', '-n', rig.namespace]);
    await eventually('it is told no more', async () => !(await told()).includes('disruption budget'));
    await kubectl(['delete', 'pdb/theirs-a', '-n', rig.namespace]);
  });

  it('leaves alone what an autoscaler of somebody else drives, and says so', async () => {
    await rig.applyObject({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'theirs', namespace: rig.namespace },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'quiet-ingest' },
        minReplicas: 3,
        maxReplicas: 6,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
          },
        ],
      },
    });
    const replicas = async (): Promise<number | undefined> =>
      (await rig.deployment('quiet-ingest'))?.spec.replicas;
    // The HPA's own minimum: its first word, which the operator must not take back.
    await eventually('the HPA has its way', async () => (await replicas()) === 3, 60_000);
    await eventually('an event tells who drives it', async () =>
      (await rig.events('quiet')).some(
        ({ reason, message }) =>
          reason === 'DrivenByOther' && message.includes('HorizontalPodAutoscaler/theirs'),
      ),
    );
    // A reason to write the Deployment: everything but the replicas is still the operator's.
    await rig.apply('quiet', { ...SEPARATE, image: 'registry.example/brain:1.5.0' });
    await eventually('the new image is there', async () =>
      (await rig.deployment('quiet-ingest'))?.spec.template.spec.containers.every(({ image }) =>
        image.endsWith(':1.5.0'),
      ),
    );
    expect(await replicas()).toBe(3);
    await kubectl(['delete', 'hpa/theirs', '-n', rig.namespace]);
    // Nobody drives it now, so a word of the spec counts again.
    await rig.apply('quiet', {
      ...SEPARATE,
      image: 'registry.example/brain:1.5.0',
      replicasPin: [{ component: 'ingest', replicas: 2 }],
    });
    await eventually('the operator sizes it again', async () => (await replicas()) === 2, 60_000);
  }, 180_000);

  it('takes over nothing that somebody else made, says whose it is, and goes on with everything else', async () => {
    await rig.applyObject({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'guest', namespace: rig.namespace },
      spec: { selector: { app: 'somebody' }, ports: [{ port: 80 }] },
    });
    await rig.apply('guest', SEPARATE);
    const stalled = await eventually('it is stalled', async () => {
      const condition = await rig.condition('guest', 'Stalled');
      return condition?.status === 'True' ? condition : false;
    });
    expect(stalled.message).toContain('Service "guest"');
    expect(stalled.message).toContain('leadplatform.io/adopt-by');
    const service = await rig.find<KubeObject & { spec: { selector: object } }>('service', 'guest');
    expect(service?.spec.selector).toEqual({ app: 'somebody' });
    const changes = () => rig.changes.filter((change) => change.includes('Service/guest:'));
    expect(changes()).toEqual([]);
    // The rest is there, and other platforms do not notice.
    await eventually(
      'its Deployments run',
      async () => ((await rig.deployment('guest-ingest'))?.status?.readyReplicas ?? 0) > 0,
    );
    await rig.apply('neighbour', {}, {}, rig.otherNamespace);
    await eventually(
      'the neighbour is ready',
      async () => (await rig.condition('neighbour', 'Ready', rig.otherNamespace))?.status === 'True',
    );

    await kubectl(['annotate', 'service/guest', 'leadplatform.io/adopt-by=guest', '-n', rig.namespace]);
    await eventually(
      'it was handed over',
      async () => (await rig.condition('guest', 'Stalled'))?.status === 'False',
      60_000,
    );
    expect(changes()).not.toEqual([]);
  }, 180_000);

  it('says when the name of its history is taken, and goes on with everything else', async () => {
    const name = 'forgetful';
    await rig.applyObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${name}-history`, namespace: rig.namespace },
      data: { theirs: 'kept' },
    });
    const { url, stop } = await serveNumber(12_000);
    try {
      await rig.apply(name, {
        scaling: COMPRESSED,
        signals: { leadsPerDay: { http: { url, path: 'value', interval: '1s' } } },
      });
      const stalled = await eventually('it says so', async () => {
        const condition = await rig.condition(name, 'Stalled');
        return condition?.status === 'True' ? condition : false;
      });
      expect(stalled).toMatchObject({
        reason: 'ChildOwnedByOther',
        message: expect.stringContaining(`${name}-history`),
      });
      await eventually('it is ready', async () => (await rig.condition(name, 'Ready'))?.status === 'True');
      expect(await rig.find('configmap', `${name}-history`)).toMatchObject({ data: { theirs: 'kept' } });
      await kubectl(['delete', `configmap/${name}-history`, '-n', rig.namespace]);
      await eventually(
        'it keeps its history after all',
        async () => (await rig.condition(name, 'Stalled'))?.status === 'False',
        90_000,
      );
      expect(await rig.find('configmap', `${name}-history`)).toMatchObject({
        data: { 'history.json': expect.any(String) },
      });
    } finally {
      await stop();
    }
  }, 180_000);

  it.each([
    ['a time zone that is none', { callLogSync: { timeZone: 'Europe/Nowhere' } }, 'time zone'],
    ['yellow above red', { limits: { responseTime: { yellow: '900ms', red: '500ms' } } }, 'yellow'],
    ['a schedule that never comes due', { callLogSync: { nightly: { schedule: '0 0 31 2 *' } } }, 'schedule'],
  ])('stops for %s with a sentence, and leaves what runs running', async (_, wrong, word) => {
    const before = await rig.deployment('quiet-ingest');
    await rig.apply('quiet', { ...SEPARATE, image: 'registry.example/brain:1.5.0', ...wrong });
    const stalled = await eventually('it is stalled', async () => {
      const condition = await rig.condition('quiet', 'Stalled');
      return condition?.status === 'True' && condition.message.includes(word) ? condition : false;
    });
    expect(stalled.reason).toBe('InvalidSpec');
    expect((await rig.deployment('quiet-ingest'))?.spec).toEqual(before?.spec);
    await rig.apply('quiet', { ...SEPARATE, image: 'registry.example/brain:1.5.0' });
    await eventually('it goes on', async () => (await rig.condition('quiet', 'Stalled'))?.status === 'False');
  });

  it('says which Secret is missing, keeps its size, and reads it when it is there', async () => {
    const { host, port, user, password, database } = testbed().postgres;
    await rig.apply('keyless', {
      stores: {
        postgres: { host, port, database, secretRef: { name: 'late-secret' }, tls: { mode: 'Disable' } },
      },
      signals: {
        leadsPerDay: { postgres: { table: 'no_such_leads', interval: '1s', rateInterval: '1s' } },
        databaseSize: { postgres: { interval: '1s' } },
      },
    });
    const fresh = await eventually('a signal is missed', async () => {
      const condition = await rig.condition('keyless', 'SignalsFresh');
      return condition?.status === 'False' && condition.message.includes('databaseSize') ? condition : false;
    });
    expect(fresh.message).toContain('CredentialMissing');
    const signal = (await rig.platform('keyless')).status?.signals?.find(
      ({ name }) => name === 'databaseSize',
    );
    expect(signal?.message).toContain('late-secret');
    await eventually('it is ready', async () => (await rig.condition('keyless', 'Ready'))?.status === 'True');

    await rig.applyObject({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'late-secret', namespace: rig.namespace },
      stringData: { username: user, password },
    });
    await eventually(
      'the size of the database is known',
      async () =>
        (await rig.platform('keyless')).status?.signals?.some(
          ({ name, value }) => name === 'databaseSize' && value !== undefined,
        ),
      120_000,
    );
    // The table that does not exist is unknown for a reason of its own, which its own next poll tells.
    const leads = await eventually('leads/day is unknown for want of its table', async () =>
      (await rig.platform('keyless')).status?.signals?.find(
        ({ name, reason }) => name === 'leadsPerDay' && reason === 'NotFound',
      ),
    );
    expect(leads.message).toContain('no table no_such_leads');
    const events = await eventually('an event tells', async () => {
      const all = await rig.events('keyless');
      return all.some(({ message }) => message.startsWith('leadsPerDay is unknown (NotFound)')) && all;
    });
    // Not `toContain`, which would say it when it fails.
    expect(JSON.stringify(events).includes(password), 'the password is in an event').toBe(false);
    const { status } = await rig.platform('keyless');
    expect(JSON.stringify(status).includes(password), 'the password is in the status').toBe(false);
  }, 180_000);

  it.each(['Recommend', 'Paused'] as const)('changes nothing in mode %s', async (mode) => {
    const name = mode.toLowerCase();
    await rig.apply(name, { mode, ...SEPARATE });
    const scaling = await eventually('it has a status', async () => rig.condition(name, 'ScalingActive'));
    expect(scaling).toMatchObject({ status: 'False', reason: mode });
    for (const kind of [
      'deployment',
      'service',
      'configmap',
      'serviceaccount',
      'cronjob',
      'poddisruptionbudget',
    ]) {
      expect(
        await kubectl([
          'get',
          kind,
          '-n',
          rig.namespace,
          '-l',
          `app.kubernetes.io/instance=${name}`,
          '-o',
          'name',
        ]),
      ).toBe('');
    }
  });

  it('holds a pinned tier and a pinned size until the pins are taken away', async () => {
    await rig.apply('pinned', {
      tierPin: { tier: 'scaled', reason: 'holidays' },
      replicasPin: [{ component: 'sync', replicas: 4 }],
    });
    await rig.standsOn('pinned', 'scaled');
    expect((await rig.deployment('pinned-sync'))?.spec.replicas).toBe(4);
    expect((await rig.deployment('pinned-ingest'))?.spec.replicas).toBe(3);
  });

  it('warns of nothing while a whole namespace goes', async () => {
    const before = rig.warnings.length;
    await kubectl(['delete', 'namespace', rig.otherNamespace, '--timeout=60s']);
    await eventually('it forgot the neighbour', async () =>
      [...rig.operator.platforms()].every(([key]) => !key.startsWith(`${rig.otherNamespace}/`)),
    );
    // Platforms of the other namespace go on, with what they are warned of.
    const ofOthers = (fields: object) => JSON.stringify(fields).includes(`"${rig.namespace}/`);
    expect(rig.warnings.slice(before).filter(({ fields }) => !ofOthers(fields))).toEqual([]);
  }, 120_000);

  it('warned of each trouble once, though it was met at every reading', () => {
    const lines = rig.warnings.map(({ message, fields }) => JSON.stringify({ message, fields }));
    expect(lines.filter((line, index) => lines.indexOf(line) < index)).toEqual([]);
    expect(rig.warnings.length).toBeLessThan(10);
  });

  it('lets a platform be deleted when it is gone itself, and the garbage collector take the children', async () => {
    const before = await rig.deployment('quiet-ingest');
    await rig.stopOperator();
    await kubectl(['delete', 'leadplatform/pinned', '-n', rig.namespace, '--timeout=30s']);
    expect(await rig.find('leadplatform', 'pinned')).toBeUndefined();
    await eventually(
      'its children are gone',
      async () =>
        (await kubectl([
          'get',
          'deployment,service,configmap,serviceaccount,cronjob,poddisruptionbudget',
          '-n',
          rig.namespace,
          '-l',
          'app.kubernetes.io/instance=pinned',
          '-o',
          'name',
        ])) === '',
      60_000,
    );
    await rig.startOperator();
    // A restart finds everything as it left it.
    expect((await rig.deployment('quiet-ingest'))?.spec).toEqual(before?.spec);
  }, 120_000);
});
