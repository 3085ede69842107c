import { describe, expect, it } from 'vitest';
import { type NodeHeadroom, nodesShortfall } from '../../../src/cluster/node-headroom.ts';
import { type PodSpec, requestsOf } from '../../../src/kube/pod-requests.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

const GI = 2 ** 30;
const pod = (cpu: string, memory = '1Gi', rest: PodSpec = {}): PodSpec => ({
  containers: [{ resources: { requests: { cpu, memory } } }],
  ...rest,
});
const component = (name: string, replicas: number, spec: PodSpec, kind = 'Deployment'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: { replicas, selector: { matchLabels: { component: name } }, template: { spec } },
});
const node = (cpu: number, rest: Partial<NodeHeadroom> = {}, memory = 8, pods = 10): NodeHeadroom => ({
  labels: {},
  taints: [],
  free: { cpu, memory: memory * GI, pods },
  ...rest,
});
const tainted = { taints: [{ key: 'gpu', value: 'a', effect: 'NoSchedule' }] };
const told = (
  objects: readonly KubeObject[],
  nodes: readonly NodeHeadroom[],
  placed: readonly Readonly<Record<string, string>>[] = [],
) => nodesShortfall(objects, { nodes, placed });
const tolerating = (tolerations: NonNullable<PodSpec['tolerations']>) => pod('1', '1Gi', { tolerations });

describe('pods that are to be made', () => {
  it.each<[string, readonly KubeObject[], readonly NodeHeadroom[], string | undefined]>([
    ['fit where they ask for as much as is free', [component('a', 2, pod('1500m'))], [node(3)], undefined],
    [
      'do not where they ask for what no node has, whatever its name',
      [component('a', 1, { containers: [{ resources: { requests: { cpu: '1', constructor: '1' } } }] })],
      [node(3)],
      '1 of 1 new Pod does not fit on any current Node',
    ],
    ['fit on two nodes', [component('a', 4, pod('1'))], [node(2.5), node(2.5)], undefined],
    [
      'fit in tenths that add up to less than they are',
      [component('a', 3, pod('0.1'))],
      [node(0.3)],
      undefined,
    ],
    [
      'do not where each asks for more than any node has',
      [component('a', 3, pod('1500m'))],
      [node(0.8), node(0.2)],
      '3 of 3 new Pods do not fit on any current Node: 1500m CPU is asked for, and the largest free is 800m CPU; a cluster autoscaler may add Nodes',
    ],
    [
      'are told of with what one of them lacks beside those that fit',
      [component('a', 3, pod('1500m')), component('b', 1, pod('100m'))],
      [node(0.8)],
      'at least 3 of 4 new Pods do not fit',
    ],
    [
      'do not where nodes have room for some',
      [component('a', 5, pod('1'))],
      [node(2.5), node(1.5)],
      'at least 2 of 5 new Pods do not fit on any current Node: there is room for 3 of 5 that ask for 1000m CPU and 1024Mi of memory each',
    ],
    [
      'do not where memory is short',
      [component('a', 1, pod('1', '9Gi'))],
      [node(4)],
      '1 of 1 new Pod does not fit on any current Node: 9216Mi of memory is asked for, and the largest free is 8192Mi of memory',
    ],
    [
      'do not where CPU is free here and memory there',
      [component('a', 1, pod('3', '6Gi'))],
      [node(4, {}, 1), node(1)],
      'there is room for 0 of 1 that ask for 3000m CPU and 6144Mi of memory each',
    ],
    [
      'do not where a node has as many pods as it may',
      [component('a', 3, pod('1'))],
      [node(9, {}, 8, 2)],
      'least 1 of 3 new Pods',
    ],
    [
      'do not where more is asked of what the node has not',
      [component('a', 1, { containers: [{ resources: { limits: { 'example.com/gpu': '1' } } }] })],
      [node(9)],
      '1 of example.com/gpu is asked for, and the largest free is 0 of example.com/gpu',
    ],
    [
      'do not where those of two components are too much together, and each were not',
      [component('a', 2, pod('600m')), component('b', 1, pod('700m'))],
      [node(1), node(1)],
      'at least 1 of 3 new Pods does not fit on any current Node: all of them together are too much, and there is room for 2 at most',
    ],
    [
      'do not where it is their sum that is too much',
      [component('a', 1, pod('900m')), component('b', 1, pod('200m'))],
      [node(1)],
      'at least 1 of 2 new Pods',
    ],
    [
      'do not where nodes are full of pods',
      [component('a', 1, pod('1'))],
      [node(9, {}, 8, 0)],
      'Node: they have as many pods as they may have; a',
    ],
    [
      'do not where what is free besides is in crumbs',
      [component('a', 1, pod('900m')), component('b', 1, pod('200m'))],
      [node(1), node(0.1), node(0.1)],
      'at least 1 of 2 new Pods',
    ],
    [
      'are counted for each pool apart, also where one between has room to spare',
      [
        component('a', 3, pod('1200m', '3Gi', { nodeSelector: { pool: 'x' } })),
        component('b', 1, pod('1100m', '2Gi', { nodeSelector: { pool: 'y' } })),
        component('c', 3, pod('1', '1Gi', { nodeSelector: { pool: 'z' } })),
      ],
      [
        node(1.2, { labels: { pool: 'x' } }),
        node(99, { labels: { pool: 'y' } }, 99),
        node(1, { labels: { pool: 'z' } }),
      ],
      'at least 4 of 7 new Pods',
    ],
    ['do not where there is no node', [component('a', 1, pod('1'))], [], 'current Node: there is none'],
    [
      'are kept away by a taint',
      [component('a', 1, pod('1'))],
      [node(9, tainted), node(0.5)],
      '1000m CPU is asked for, and the largest free is 500m CPU',
    ],
    [
      'are let by a toleration of all',
      [component('a', 1, tolerating([{ operator: 'Exists' }]))],
      [node(9, tainted)],
      undefined,
    ],
    [
      'are let by a toleration of its value',
      [component('a', 1, tolerating([{ key: 'gpu', value: 'a' }]))],
      [node(9, tainted)],
      undefined,
    ],
    [
      'are not let by one of another value',
      [component('a', 1, tolerating([{ key: 'gpu', value: 'b' }]))],
      [node(9, tainted)],
      'none of the 1 is open to them, by nodeSelector and taints',
    ],
    [
      'are not let by one of another effect',
      [component('a', 1, tolerating([{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }]))],
      [node(9, tainted)],
      'none of the 1 is open to them',
    ],
    [
      'are let where the node has the labels',
      [component('a', 1, pod('1', '1Gi', { nodeSelector: { pool: 'x' } }))],
      [node(9, { labels: { pool: 'x' } })],
      undefined,
    ],
    [
      'are not let where it has not',
      [component('a', 1, pod('1', '1Gi', { nodeSelector: { pool: 'x' } }))],
      [node(9, { labels: { pool: 'y' } }), node(0.5, { labels: { pool: 'x' } })],
      'the largest free is 500m CPU',
    ],
    [
      'are counted for each pool apart',
      [
        component('a', 2, pod('1', '1Gi', { nodeSelector: { pool: 'x' } })),
        component('b', 2, pod('1', '1Gi', { nodeSelector: { pool: 'y' } })),
      ],
      [node(1, { labels: { pool: 'x' } }), node(1, { labels: { pool: 'y' } })],
      'at least 2 of 4 new Pods',
    ],
    [
      'of a StatefulSet count as well',
      [component('a', 2, pod('1'), 'StatefulSet')],
      [node(1)],
      'at least 1 of 2 new Pods',
    ],
  ])('%s', (_case, objects, nodes, words) => {
    if (words === undefined) expect(told(objects, nodes)).toBeUndefined();
    else expect(told(objects, nodes)).toContain(words);
  });

  it('are no longer those that have a node', () => {
    const four = [component('a', 4, pod('1'))];
    expect(told(four, [node(1)])).toContain('at least 3 of 4 new Pods');
    expect(told(four, [node(1)], [{ component: 'a' }, { component: 'a' }, { component: 'b' }])).toContain(
      'at least 1 of 2 new Pods',
    );
  });
});

const asks = (cpu: string) => ({ resources: { requests: { cpu } } });
it.each<[string, PodSpec, number]>([
  ['containers together', { containers: [asks('1'), asks('500m')] }, 1.5],
  ['the limit where there is no request', { containers: [{ resources: { limits: { cpu: '2' } } }] }, 2],
  [
    'the largest of what comes first, alone',
    { containers: [asks('1')], initContainers: [asks('3'), asks('2')] },
    3,
  ],
  [
    'a sidecar beside the containers',
    { containers: [asks('1')], initContainers: [{ ...asks('500m'), restartPolicy: 'Always' }] },
    1.5,
  ],
  [
    'a sidecar beside what comes after it',
    { containers: [asks('1')], initContainers: [{ ...asks('1'), restartPolicy: 'Always' }, asks('3')] },
    4,
  ],
  ['what the sandbox takes', { containers: [asks('1')], overhead: { cpu: '250m' } }, 1.25],
  ['what the pod as a whole asks for', { containers: [asks('1')], resources: { requests: { cpu: '3' } } }, 3],
])('a pod takes %s', (_case, spec, cpu) => {
  expect(requestsOf(spec)).toEqual({ cpu, pods: 1 });
});
