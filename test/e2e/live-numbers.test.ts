import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../integration/processes.ts';
import { installOperator } from './operator.ts';
import { describeOnRealPods, testNamespace } from './support.ts';

describeOnRealPods('live numbers', (cluster) => {
  it('come from the Pod that leads, by a port-forward to its loopback, for an account that may get the platform', async () => {
    const namespace = await testNamespace(cluster, 'live');
    onTestFinished(() => namespace.remove());
    // Nobody may reach its ports by the network.
    const nobody = { podSelector: { matchLabels: { nobody: 'at-all' } } };
    const operator = await installOperator(cluster, {
      watch: namespace.name,
      values: { networkPolicy: { enabled: true, ingress: { from: [nobody] } } },
    });
    onTestFinished(() => operator.remove());
    await namespace.kubectl(['apply', '--server-side', '--filename=-'], {
      input: JSON.stringify({
        apiVersion: 'leadplatform.io/v1alpha1',
        kind: 'LeadPlatform',
        metadata: { name: 'brain' },
        spec: { image: 'registry.example/brain:1.4.0', mode: 'Recommend' },
      }),
    });
    const account = `--serviceaccount=${namespace.name}:reader`;
    await namespace.kubectl(['create', 'serviceaccount', 'reader']);
    await namespace.kubectl([
      'create',
      'role',
      'reader',
      '--verb=get',
      '--resource=leadplatforms.leadplatform.io',
    ]);
    await namespace.kubectl(['create', 'rolebinding', 'reader', '--role=reader', account]);
    const token = await namespace.kubectl(['create', 'token', 'reader', '--audience=leadplatform.io']);
    const args = [
      ...['bin/leadplatform.js', 'status', 'brain', '-n', namespace.name],
      ...['--kubeconfig', cluster.kubeconfigPath],
      ...['--token-file', '-'],
    ];
    let shown = '';
    const isLive = async () => {
      const running = promisify(execFile)(process.execPath, args);
      running.child.stdin?.end(token);
      shown = (await running).stdout;
      return shown.includes('Numbers  live');
    };
    await eventually('numbers are live', isLive, 60_000).catch((error: Error) => {
      throw new Error(`${error.message}; the last that was shown: ${shown}`);
    });
    expect(shown).toContain('single-server');
  });
});
