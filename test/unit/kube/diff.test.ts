import { describe, expect, it } from 'vitest';
import { differences } from '../../../src/kube/diff.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

const object = (content: Record<string, unknown>, metadata: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'thing', ...metadata },
  ...content,
});
const resources = (values: Record<string, unknown>) => object({ spec: { resources: { limits: values } } });
const selector = (values: Record<string, unknown>) => object({ selector: values });
const spread = (matchLabels: Record<string, unknown>) => ({
  topologyKey: 'host',
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels },
});
const env = (...items: Record<string, unknown>[]) => object({ spec: { env: items } });

describe('what differs', () => {
  it.each<[string, KubeObject, KubeObject]>([
    ['half a core said in two ways', resources({ cpu: '0.5' }), resources({ cpu: '500m' })],
    ['a gibibyte said in two ways', resources({ memory: '1Gi' }), resources({ memory: '1024Mi' })],
    ['a number and its digits', object({ spec: { maxSurge: '1' } }), object({ spec: { maxSurge: 1 } })],
    ['an empty list that is not stored', object({ spec: { env: [] } }), object({ spec: {} })],
    ['an empty string that is not stored', env({ name: 'A', value: '' }), env({ name: 'A' })],
    ['an empty object that is not stored', object({ spec: { a: { b: {} } } }), object({ spec: {} })],
    ['a field that only others set', object({ spec: { a: 1 } }), object({ spec: { a: 1, b: 2 } })],
    ['a label of others', object({}, { labels: { a: '1' } }), object({}, { labels: { a: '1', b: '2' } })],
    [
      'a variable of others before ours',
      env({ name: 'A', value: '1' }),
      env({ name: 'X' }, { name: 'A', value: '1' }),
    ],
    [
      'ports in another order',
      object({ ports: [{ port: 80 }, { port: 81 }] }),
      object({ ports: [{ port: 81 }, { port: 80 }] }),
    ],
    [
      'the same number of a port by another protocol beside ours',
      object({ ports: [{ port: 53, protocol: 'TCP' }] }),
      object({
        ports: [
          { port: 53, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
      }),
    ],
    [
      'a default in a list that is replaced as a whole',
      object({ rules: [{ path: '/' }] }),
      object({ rules: [{ path: '/', pathType: 'Prefix' }] }),
    ],
    [
      'the defaults of the one source of a volume',
      object({ volumes: [{ name: 'a', configMap: { name: 'c' } }] }),
      object({ volumes: [{ name: 'a', configMap: { name: 'c', defaultMode: 420 } }] }),
    ],
    [
      'an empty map of others in a selector',
      selector({ a: '1' }),
      object({ selector: { a: '1', matchExpressions: [] } }),
    ],
    ['a status, which is not ours', object({ status: { a: 1 } }), object({ status: { a: 2 } })],
    ['a UID, which is not ours', object({}, { uid: 'a' }), object({}, { uid: 'b' })],
  ])('is not %s', (_case, wanted, live) => {
    expect(differences(wanted, live)).toEqual([]);
  });

  it.each<[string, KubeObject, KubeObject, string]>([
    [
      'a label by the name of what every object has',
      object({}, { labels: { constructor: '1' } }),
      object({}, { labels: {} }),
      'metadata.labels.constructor',
    ],
    ['another amount', resources({ cpu: '1' }), resources({ cpu: '500m' }), 'spec.resources.limits.cpu'],
    ['a limit that is gone', resources({ cpu: '1' }), object({ spec: {} }), 'spec.resources'],
    ['false where nothing is said', object({ automount: false }), object({}), 'automount'],
    ['zero where nothing is said', object({ spec: { replicas: 0 } }), object({ spec: {} }), 'spec.replicas'],
    ['true for "true"', object({ a: true }), object({ a: 'true' }), 'a'],
    ['a variable that is gone', env({ name: 'A', value: '1' }), env({ name: 'B' }), 'spec.env[A]'],
    [
      'a variable with another value',
      env({ name: 'A', value: '1' }),
      env({ name: 'A', value: '2' }),
      'spec.env[A].value',
    ],
    [
      'words of a command in another order',
      object({ command: ['a', 'b'] }),
      object({ command: ['b', 'a'] }),
      'command',
    ],
    ['a command with more words', object({ command: ['a'] }), object({ command: ['a', 'b'] }), 'command'],
    [
      'a source of a volume in the place of an empty one',
      object({ volumes: [{ name: 'a', emptyDir: {} }] }),
      object({ volumes: [{ name: 'a', hostPath: { path: '/' } }] }),
      'volumes[a].hostPath',
    ],
    [
      'a source in the place of an empty value',
      env({ name: 'A', value: '' }),
      env({ name: 'A', valueFrom: { fieldRef: {} } }),
      'spec.env[A].valueFrom',
    ],
    [
      'another handler beside ours',
      object({ preStop: { sleep: {} } }),
      object({ preStop: { sleep: {}, exec: { command: ['true'] } } }),
      'preStop.exec',
    ],
    ['a key of others in a selector', selector({ a: '1' }), selector({ a: '1', b: '2' }), 'selector.b'],
    [
      'a key of others in a selector by labels',
      selector({ matchLabels: { a: '1' } }),
      selector({ matchLabels: { a: '1', b: '2' } }),
      'selector.matchLabels.b',
    ],
    [
      'an expression of others in a selector',
      selector({ matchLabels: { a: '1' } }),
      selector({ matchLabels: { a: '1' }, matchExpressions: [{ key: 'b' }] }),
      'selector.matchExpressions',
    ],
    [
      'a key of others in the selector of a spread',
      object({ topologySpreadConstraints: [spread({ a: '1' })] }),
      object({ topologySpreadConstraints: [spread({ a: '1', b: '2' })] }),
      'topologySpreadConstraints[host/ScheduleAnyway].labelSelector.matchLabels.b',
    ],
    [
      'a key of others that picks nodes',
      object({ nodeSelector: { disk: 'fast' } }),
      object({ nodeSelector: { disk: 'fast', zone: 'a' } }),
      'nodeSelector.zone',
    ],
    [
      'a toleration that others bounded',
      object({ tolerations: [{ key: 'a' }] }),
      object({ tolerations: [{ key: 'a', effect: 'NoExecute' }] }),
      'tolerations',
    ],
    [
      'a prefix of others for variables',
      object({ envFrom: [{ configMapRef: { name: 'c' } }] }),
      object({ envFrom: [{ configMapRef: { name: 'c' }, prefix: 'X_' }] }),
      'envFrom',
    ],
    ['a label that is gone', object({}, { labels: { a: '1' } }), object({}), 'metadata.labels'],
    [
      'an owner that is gone',
      object({}, { ownerReferences: [{ uid: 'u' }] }),
      object({}, { ownerReferences: [] }),
      'metadata.ownerReferences[u]',
    ],
  ])('is %s', (_case, wanted, live, path) => {
    expect(differences(wanted, live)).toEqual([path]);
  });

  it('tells where, and never a value', () => {
    const paths = differences(
      env({ name: 'PASSWORD', value: 'swordfish' }),
      env({ name: 'PASSWORD', value: 'hunter2' }),
    );
    expect(JSON.stringify(paths)).not.toMatch(/swordfish|hunter2/);
  });
});
