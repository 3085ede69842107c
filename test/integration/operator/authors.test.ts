/** What an author asks for and the operator does not allow, on a platform that runs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { describeWithCluster, testbed } from '../support.ts';
import { eventually, Rig } from './rig.ts';

const USER_VOLUME = 'sidecar.istio.io/userVolume';
const SNIPPET = 'nginx.ingress.kubernetes.io/server-snippet';

describeWithCluster('An author who asks for more than the operator allows', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start(1, { hostnames: ['leads.example.com'] });
    await rig.apply('brain', {});
    await rig.standsOn('brain', 'single-server');
  }, 120_000);
  afterAll(() => rig?.stopOperator());

  /** All that the platform consists of, with what was written of it last. */
  const children = async (): Promise<readonly string[]> => {
    const options = { namespace: rig.namespace, labelSelector: 'app.kubernetes.io/instance=brain' };
    const kinds = ['deployments', 'services', 'cronjobs', 'ingresses', 'poddisruptionbudgets', 'serviceaccounts'];
    const lists = await Promise.all(
      kinds.map((kind) => objectsOf(testbed().cluster).list<KubeObject>(kind, options)),
    );
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
      'the requests of others',
      { capabilities: { loadBalancer: { ingress: { hosts: ['shop.example.com'] } } } },
      'spec.capabilities.loadBalancer.ingress.hosts[0]: asks for the requests to shop.example.com, which this operator does not allow',
    ],
    [
      'a snippet of the ingress controller',
      {
        capabilities: {
          loadBalancer: { ingress: { hosts: ['leads.example.com'], annotations: { [SNIPPET]: 'return 200;' } } },
        },
      },
      `spec.capabilities.loadBalancer.ingress.annotations: has ${SNIPPET}, which this operator does not allow`,
    ],
  ])('is told where it is %s, and nothing of what runs is changed', async (_, spec, words) => {
    const before = await children();
    expect(before.length).toBeGreaterThan(3);
    await rig.apply('brain', { image: 'registry.example/brain:1.5.0', ...spec });
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
    await rig.apply('brain', {
      image: 'registry.example/brain:1.5.0',
      capabilities: { loadBalancer: { ingress: { hosts: ['www.leads.example.com'] } } },
    });
    await eventually('its image is the new one', async () =>
      JSON.stringify(await rig.deployment('brain-all-in-one')).includes('registry.example/brain:1.5.0'),
    );
    expect(await rig.condition('brain', 'Stalled')).toMatchObject({ status: 'False' });
  });
});
