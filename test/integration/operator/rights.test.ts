import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createNamespace, describeWithCluster, kubectl, testbed } from '../support.ts';
import { eventually } from './rig.ts';

const MANIFEST = 'manifests/operator.yaml';
const SYSTEM = 'leadplatform-system';
const WHO = `system:serviceaccount:${SYSTEM}:leadplatform-operator`;
const KUBECONFIG = `.tmp/rights-${process.pid}.json`;

/** The cluster of the test bed, as the service account of the manifest. */
async function asServiceAccount(): Promise<string> {
  const { clusters } = parse(await readFile(testbed().cluster.kubeconfigPath, 'utf8')) as {
    clusters: [{ cluster: object }];
  };
  const token = await kubectl(['create', 'token', 'leadplatform-operator', '-n', SYSTEM, '--duration=1h']);
  const config = {
    'current-context': 'operator',
    clusters: [{ name: 'bed', cluster: clusters[0].cluster }],
    users: [{ name: 'operator', user: { token: token.trim() } }],
    contexts: [{ name: 'operator', context: { cluster: 'bed', user: 'operator', namespace: SYSTEM } }],
  };
  await mkdir('.tmp', { recursive: true });
  await writeFile(KUBECONFIG, JSON.stringify(config), { mode: 0o600 });
  return KUBECONFIG;
}

describeWithCluster('The rights of manifests/operator.yaml', () => {
  let namespace: string;
  let operator: ChildProcess | undefined;
  let address = '';

  const apply = (spec: object) =>
    kubectl(['apply', '--server-side', '--field-manager=user', '-n', namespace, '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'leadplatform.io/v1alpha1',
        kind: 'LeadPlatform',
        metadata: { name: 'brain' },
        spec: { image: 'registry.example/brain:1.4.0', scaling: { scaleDown: { window: '2s' } }, ...spec },
      }),
    });
  const children = async (kind: string): Promise<string[]> =>
    (await kubectl(['get', kind, '-n', namespace, '-l', 'app.kubernetes.io/instance=brain', '-o', 'name']))
      .split('\n')
      .filter((name) => name !== '');
  const metrics = async () => (await request(`${address}/metrics`)).body.text();

  beforeAll(async () => {
    namespace = await createNamespace('rights');
    // In a namespace that is going everything is forbidden, to everybody.
    await eventually(
      'platforms of other tests are gone',
      async () => (await kubectl(['get', 'lp', '-A', '-o', 'name'])).trim() === '',
      60_000,
    );
    await kubectl(['apply', '-f', MANIFEST]);
    const kubeconfig = await asServiceAccount();
    const args = ['bin/leadplatform.js', 'run', '--kubeconfig', kubeconfig, '--http-address', '127.0.0.1:0'];
    operator = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: operator.stdout! }).on('line', (line) => {
      address ||= (JSON.parse(line) as { address?: string }).address ?? '';
    });
    await eventually(
      'it leads',
      async () => address !== '' && /^leadplatform_leader 1$/m.test(await metrics()),
    );
  });
  afterAll(async () => {
    if (operator?.exitCode === null) {
      operator.kill('SIGKILL');
      await once(operator, 'exit');
    }
    await rm(KUBECONFIG, { force: true });
    await kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', MANIFEST]);
  });

  it('are enough for a whole life of a platform', async () => {
    // A Secret is read, though there is none: what is forbidden looks different.
    await apply({ stores: { postgres: { host: '127.0.0.1', port: 9, secretRef: { name: 'missing' } } } });
    await kubectl(['wait', 'lp/brain', '-n', namespace, '--for=condition=Ready', '--timeout=60s']);
    // From all-in-one to parts of their own, with budgets; and back to fewer: every kind is written again, or goes.
    await apply({
      minTier: 'separated',
      image: 'registry.example/brain:1.5.0',
      components: { ingest: { replicas: { min: 2 } } },
    });
    await eventually('there is a budget', async () => (await children('pdb')).length > 0, 60_000);
    await eventually(
      'the old part is gone',
      async () => !(await children('deployment')).some((name) => name.endsWith('all-in-one')),
      60_000,
    );
    expect(await children('cronjob')).not.toEqual([]);
    await apply({ minTier: 'separated', callLogSync: { strategy: 'Webhook' } });
    await eventually(
      'budgets and jobs are gone',
      async () => [...(await children('pdb')), ...(await children('cronjob'))].length === 0,
      60_000,
    );
    await eventually('an event was taken', async () =>
      (
        await kubectl(['get', 'events', '-n', namespace, '-o', 'jsonpath={.items[*].source.component}'])
      ).includes('leadplatform-operator'),
    );
    const answers = await metrics();
    expect(answers).toMatch(
      /^leadplatform_kube_request_duration_seconds_count\{method="DELETE",code="200"\}/m,
    );
    expect(answers).not.toMatch(/^leadplatform_kube_request_duration_seconds_count\{[^}]*code="40[13]"/m);
  }, 240_000);

  it('come with pods that a namespace of the level restricted lets in', async () => {
    await kubectl(['rollout', 'status', 'deployment/leadplatform-operator', '-n', SYSTEM, '--timeout=60s']);
  }, 90_000);

  // What no test bed has, or what happens too rarely to be waited for; and what would be too much.
  it.each([
    [true, 'list', 'metrics.k8s.io', 'pods'],
    [true, 'watch', 'keda.sh', 'scaledobjects'],
    [true, 'watch', 'autoscaling', 'horizontalpodautoscalers'],
    [true, 'patch', '', 'events'],
    [true, 'list', '', 'pods'],
    [false, 'watch', '', 'pods'],
    [false, 'delete', '', 'pods'],
    [false, 'list', '', 'secrets'],
    [false, 'watch', '', 'secrets'],
    [false, 'patch', 'leadplatform.io', 'leadplatforms'],
    [false, 'delete', 'leadplatform.io', 'leadplatforms'],
    [false, 'update', 'leadplatform.io', 'leadplatforms/finalizers'],
    [false, 'delete', '', 'configmaps'],
    [false, 'delete', '', 'persistentvolumeclaims'],
    [false, 'create', '', 'pods'],
    [false, 'get', '', 'pods/log'],
    [false, 'update', 'coordination.k8s.io', 'leases'],
    [false, 'create', 'rbac.authorization.k8s.io', 'rolebindings'],
  ])('say %s to %s of %s %s', async (allowed, verb, group, type) => {
    const [resource, subresource] = type.split('/');
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: WHO, resourceAttributes: { namespace, verb, group, resource, subresource } },
    };
    const answer = await kubectl(['create', '-f', '-', '-o', 'json'], { input: JSON.stringify(review) });
    expect((JSON.parse(answer) as { status: { allowed: boolean } }).status.allowed).toBe(allowed);
  });
});
