/** What other controllers of a cluster bring along: KEDA's ScaledObjects, and the metrics API. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { definitionsServed } from '../../../testbed/definitions.ts';
import { describeWithCluster, kubectl, testbed } from '../support.ts';
import { Rig, eventually } from './rig.ts';

/** Only as much of a definition as makes objects of the kind possible; no controller stands behind it. */
function definition(group: string, version: string, kind: string, plural: string): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a stand-in of a test' },
    },
    spec: {
      group,
      names: { kind, plural, listKind: `${kind}List`, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

describeWithCluster('Beside other controllers', () => {
  let rig: Rig;

  beforeAll(async () => {
    for (const crd of [
      definition('keda.sh', 'v1alpha1', 'ScaledObject', 'scaledobjects'),
      definition('metrics.k8s.io', 'v1beta1', 'PodMetrics', 'pods'),
    ]) {
      await kubectl(['apply', '-f', '-'], { input: JSON.stringify(crd) });
    }
    await definitionsServed(testbed().cluster, ['crd/scaledobjects.keda.sh', 'crd/pods.metrics.k8s.io']);
    rig = await Rig.start();
  });
  afterAll(async () => {
    await rig?.stopOperator();
    await kubectl(['delete', '--wait=false', 'crd/scaledobjects.keda.sh', 'crd/pods.metrics.k8s.io']);
  });

  it('leaves the replicas of a Deployment that a ScaledObject drives as they are', async () => {
    await rig.apply('driven', { minTier: 'separated', scaling: { scaleDown: { window: '2s' } } });
    await rig.standsOn('driven', 'separated');
    await rig.applyObject({
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'theirs', namespace: rig.namespace },
      spec: { scaleTargetRef: { name: 'driven-queue-default' } },
    });
    await eventually('an event tells who drives it', async () =>
      (await rig.events('driven')).some(
        ({ reason, message }) => reason === 'DrivenByOther' && message.includes('ScaledObject/theirs'),
      ),
    );
    await kubectl(['scale', 'deployment/driven-queue-default', '--replicas=6', '-n', rig.namespace]);
    // Something else to write: it would take the replicas along if they were still the operator's.
    await rig.apply('driven', {
      image: 'registry.example/brain:2',
      minTier: 'separated',
      scaling: { scaleDown: { window: '2s' } },
    });
    const deployment = await eventually('the new image is there', async () => {
      const found = await rig.deployment('driven-queue-default');
      return found?.spec.template.spec.containers.every(({ image }) => image.endsWith(':2')) ? found : false;
    });
    expect(deployment.spec.replicas).toBe(6);
    await expect
      .poll(async () => (await rig.condition('driven', 'ScalingActive'))?.message, { timeout: 10_000 })
      .toContain('ScaledObject/theirs');
  });

  it('reads CPU and memory from the metrics API, in per cent of the limit, else of the request', async () => {
    await rig.apply('measured', {
      minTier: 'separated',
      signals: { cpu: { kubernetes: { interval: '1s' } }, memory: { kubernetes: { interval: '1s' } } },
      components: {
        ingest: { resources: { limits: { cpu: '500m' }, requests: { memory: '256Mi' } } },
      },
    });
    await rig.standsOn('measured', 'separated');
    await rig.applyObject({
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind: 'PodMetrics',
      metadata: {
        name: 'measured-ingest-abc',
        namespace: rig.namespace,
        labels: {
          'app.kubernetes.io/managed-by': 'leadplatform-operator',
          'app.kubernetes.io/instance': 'measured',
          'app.kubernetes.io/component': 'ingest',
        },
      },
      timestamp: new Date().toISOString(),
      window: '15s',
      containers: [{ name: 'ingest', usage: { cpu: '400m', memory: '64Mi' } }],
    });
    const signals = await eventually('both are known', async () => {
      const { status } = await rig.platform('measured');
      const find = (name: string) => status?.signals?.find((signal) => signal.name === name);
      return find('cpu')?.value === undefined ? false : { cpu: find('cpu'), memory: find('memory') };
    });
    expect(signals.cpu).toMatchObject({ value: 80, unit: '%', band: 'yellow' });
    expect(signals.memory).toMatchObject({ value: 25, unit: '%', band: 'green' });
  });
});
