/**
 * What an author asks for and the operator does not allow, on a platform that runs; and that the samples need nothing of it. The
 * author is a user with the roles of the chart alone.
 */
import { globSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { describeWithCluster, kubectl, testbed } from '../support.ts';
import { type Author, authorIn, useOf } from './author.ts';
import { type Manifest, MANIFESTS, manifestsIn } from './manifests.ts';
import { eventually, Rig } from './rig.ts';

const SAMPLES = globSync('samples/*.yaml', { cwd: MANIFESTS });

const platform = (spec: Partial<LeadPlatformSpecInput>) => ({
  apiVersion: 'leadplatform.io/v1alpha1',
  kind: 'LeadPlatform',
  metadata: { name: 'brain' },
  spec: { image: 'registry.example/brain:1.4.0', ...spec },
});

const USER_VOLUME = 'sidecar.istio.io/userVolume';
const SNIPPET = 'nginx.ingress.kubernetes.io/server-snippet';

describeWithCluster('An author who asks for more than the operator allows', () => {
  let rig: Rig;
  let apply: Author['apply'];
  beforeAll(async () => {
    rig = await Rig.start(1, { hostnames: ['leads.example.com'] });
    ({ apply } = await authorIn(rig.namespace));
    await apply(platform({}));
    await rig.standsOn('brain', 'single-server');
  }, 120_000);
  afterAll(() => rig?.stopOperator());

  /** All that the platform consists of, with what was written of it last. */
  const children = async (): Promise<readonly string[]> => {
    const options = { namespace: rig.namespace, labelSelector: 'app.kubernetes.io/instance=brain' };
    const kinds = [
      'deployments',
      'services',
      'cronjobs',
      'ingresses',
      'poddisruptionbudgets',
      'serviceaccounts',
    ];
    const lists = await Promise.all(kinds.map((kind) => objectsOf(testbed().cluster).list(kind, options)));
    return lists.flatMap((list, index) =>
      list.map(({ metadata }) => `${kinds[index]}/${metadata.name} ${metadata.generation ?? ''}`).toSorted(),
    );
  };

  it.each<[string, Partial<LeadPlatformSpecInput>, string]>([
    [
      'a PriorityClass of the system',
      { podTemplate: { priorityClassName: 'system-node-critical' } },
      'spec.podTemplate.priorityClassName: asks for the PriorityClass system-node-critical, which this operator does not allow; leave it out, or have it run with --allow-priority-class=system-node-critical (chart: authors.allowPriorityClasses: [system-node-critical])',
    ],
    [
      'every node',
      { podTemplate: { tolerations: [{ operator: 'Exists' }] } },
      "spec.podTemplate.tolerations[0]: tolerates every taint, which this operator does not allow; leave it out, or have it run with --allow-toleration='*' (chart: authors.allowTolerations: ['*'])",
    ],
    [
      'a folder of the node, by a mesh',
      { podTemplate: { annotations: { [USER_VOLUME]: '[{"name":"root","hostPath":{"path":"/"}}]' } } },
      `spec.podTemplate.annotations: has ${USER_VOLUME}, an order to Istio's injector, which this operator does not allow`,
    ],
    [
      'an image of theirs, by a text that a mesh pastes into the Pod',
      {
        podTemplate: {
          annotations: { 'sidecar.istio.io/logLevel': 'info\n    image: registry.example/mine' },
        },
      },
      `spec.podTemplate.annotations: has sidecar.istio.io/logLevel, an order to Istio's injector, which this operator does not allow`,
    ],
    [
      'the requests of others',
      { capabilities: { loadBalancer: { ingress: { hosts: ['shop.example.com'] } } } },
      'spec.capabilities.loadBalancer.ingress.hosts[0]: asks for the requests to shop.example.com, which this operator does not allow',
    ],
    [
      'a snippet of the ingress controller',
      {
        capabilities: {
          loadBalancer: {
            ingress: { hosts: ['leads.example.com'], annotations: { [SNIPPET]: 'return 200;' } },
          },
        },
      },
      `spec.capabilities.loadBalancer.ingress.annotations: has ${SNIPPET}, which this operator does not allow`,
    ],
  ])('is told where it is %s, and nothing of what runs is changed', async (_, spec, words) => {
    const before = await children();
    expect(before.length).toBeGreaterThan(3);
    await apply(platform({ image: 'registry.example/brain:1.5.0', ...spec }));
    const { generation } = (await rig.platform('brain')).metadata;
    const stalled = await eventually('it is Stalled', async () => {
      const found = await rig.condition('brain', 'Stalled');
      return found?.observedGeneration === generation && found;
    });
    expect(stalled).toMatchObject({ status: 'True', reason: 'NotPermitted' });
    expect(stalled.message).toContain(words);
    expect(await children()).toEqual(before);
  });

  it('is served again once it asks for no more', async () => {
    await apply(
      platform({
        image: 'registry.example/brain:1.5.0',
        capabilities: { loadBalancer: { ingress: { hosts: ['www.leads.example.com'] } } },
      }),
    );
    await eventually('its image is the new one', async () =>
      JSON.stringify(await rig.deployment('brain-all-in-one')).includes('registry.example/brain:1.5.0'),
    );
    const { generation } = (await rig.platform('brain')).metadata;
    const stalled = await eventually('it is told', async () => {
      const found = await rig.condition('brain', 'Stalled');
      return found?.observedGeneration === generation && found;
    });
    expect(stalled).toMatchObject({ status: 'False' });
  });
});

describeWithCluster('An author of what the samples say', () => {
  let rig: Rig;
  let apply: Author['apply'];
  beforeAll(async () => {
    rig = await Rig.start();
    // Their Secrets, where a policy asks for them: `test/integration/chart/authors.test.ts`.
    ({ apply } = await authorIn(rig.namespace, [useOf()]));
  }, 120_000);
  afterAll(() => rig?.stopOperator());

  it.each(SAMPLES)('needs nothing that is closed by default: %s', async (file) => {
    const [{ metadata, ...sample }] = (await manifestsIn(file)).filter(
      ({ kind }) => kind === 'LeadPlatform',
    ) as [Manifest];
    await apply({ ...sample, metadata: { name: metadata.name } });
    await eventually('it is decided on', async () => {
      const { status, metadata: found } = await rig.platform(metadata.name);
      const stalled = status?.conditions?.find(({ type }) => type === 'Stalled');
      expect(['NotPermitted', 'InvalidSpec']).not.toContain(stalled?.reason);
      return stalled?.observedGeneration === found.generation && status?.tier !== undefined;
    });
    await kubectl(['delete', 'leadplatform', metadata.name, '-n', rig.namespace]);
  });
});
