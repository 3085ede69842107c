/** What planning builds, as a real API server takes it and gives it back. */
import { expect, it } from 'vitest';
import { plan } from '../../../src/plan/plan.ts';
import { differences } from '../../../src/kube/diff.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { ObservedChild } from '../../../src/cluster/snapshot.ts';
import { decisionOf, NOW, PLATFORM, snapshotOf, specOf } from '../../unit/plan/fixtures.ts';
import { createNamespace, describeWithCluster, kubectl } from '../support.ts';

/** Everything that a spec can ask for, written in ways that an API server writes differently. */
const spec = specOf({
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [{ name: 'pull' }],
  env: [
    { name: 'EMPTY', value: '' },
    { name: 'APP_KEY', valueFrom: { secretKeyRef: { name: 'brain-env', key: 'key', optional: true } } },
  ],
  envFrom: [{ secretRef: { name: 'brain-env', optional: true } }],
  podTemplate: {
    labels: { team: 'leads' },
    tolerations: [{ key: 'leads', operator: 'Exists' }],
    nodeSelector: { disk: 'fast' },
  },
  components: {
    ingest: { resources: { requests: { cpu: '0.5', memory: '1024Mi' }, limits: { memory: '1.5Gi' } } },
    sync: { resources: { requests: { cpu: '1000m' } } },
    queues: [{ name: 'default' }, { name: 'Mail.high_1' }],
  },
});

/** A platform that exists: the garbage collector takes children whose owner does not. Nobody acts on it here. */
async function existingPlatform(namespace: string): Promise<typeof PLATFORM> {
  const input = JSON.stringify({
    apiVersion: 'leadplatform.io/v1alpha1',
    kind: 'LeadPlatform',
    metadata: { name: PLATFORM.name, namespace },
    spec: { image: 'brain:1' },
  });
  const text = await kubectl(['create', '--filename=-', '--output=json'], { input });
  const { metadata } = JSON.parse(text) as { metadata: { uid: string } };
  return { ...PLATFORM, namespace, uid: metadata.uid };
}

describeWithCluster('the children of a platform', () => {
  it.each([
    ['in one pod', decisionOf({ spec, tier: { to: 'scaled' } })],
    [
      'as separate components on several servers',
      decisionOf({
        spec,
        separate: true,
        sizes: { sync: 0 },
        capabilities: [{ name: 'multiple-app-servers', required: true, consent: 'Given' }],
      }),
    ],
  ])('%s are accepted without a warning, and come back as what was wanted', async (_case, decision) => {
    const namespace = await createNamespace('plan');
    const platform = await existingPlatform(namespace);
    const { actions } = plan({ snapshot: snapshotOf({ platform, spec }), decision, now: NOW });
    const wanted = actions.map(({ object }) => object);
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: wanted });
    await kubectl(['create', '--validate=strict', '--warnings-as-errors', '--filename=-'], { input });

    const live = await Promise.all(
      wanted.map(async ({ kind, metadata }): Promise<ObservedChild> => {
        const text = await kubectl(['get', kind, metadata.name, `--namespace=${namespace}`, '--output=json']);
        return { object: JSON.parse(text) as KubeObject, replicasOwnedByOther: false };
      }),
    );
    wanted.forEach((object, index) => {
      const found = live[index]?.object;
      expect(found && differences(object, found), `${object.kind} ${object.metadata.name}`).toEqual([]);
    });
  });

  it('run also for a queue whose name is as long as it may be, though its pods have a shorter one', async () => {
    const namespace = await createNamespace('plan');
    const queue = 'q'.repeat(100);
    const long = specOf({ components: { queues: [{ name: queue }] } });
    const { actions } = plan({
      snapshot: snapshotOf({ platform: await existingPlatform(namespace), spec: long }),
      decision: decisionOf({ spec: long, separate: true }),
      now: NOW,
    });
    const input = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: actions.map(({ object }) => object),
    });
    await kubectl(['create', '--validate=strict', '--filename=-'], { input });
    await kubectl([
      'wait',
      `deployment/brain-queue-${queue}`,
      `--namespace=${namespace}`,
      '--for=condition=Available',
      '--timeout=50s',
    ]);
  });
});
