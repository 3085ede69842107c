import { afterAll, beforeAll, expect, it } from 'vitest';
import { obtainBinaries } from '../../../testbed/binaries.ts';
import type { ControlPlane } from '../../../testbed/control-plane.ts';
import { startControlPlane } from '../../../testbed/control-plane.ts';
import { kubectl } from '../../../testbed/kubectl.ts';
import { main } from '../../../src/cli/main.ts';
import { statusCommand } from '../../../controller/commands/status.ts';
import { describeWith } from '../support.ts';
import { OperatorProcess } from './operator-process.ts';
import { eventually } from './rig.ts';

const NAMESPACE = 'default';

/** `leadplatform status`, as the launcher runs it. */
async function status(...args: string[]): Promise<{ code: number; err: string }> {
  let err = '';
  const nowhere = { write: () => undefined, colour: false, columns: 80 };
  const io = {
    out: nowhere,
    err: { ...nowhere, write: (text: string) => void (err += text) },
    read: () => Promise.reject(new Error()),
    now: Date.now,
  };
  const commands = [{ name: 'status', summary: '', load: () => Promise.resolve(statusCommand) }];
  const code = await main(['status', ...args], io, { commands, version: '' });
  return { code, err };
}

/** A cluster of its own, from which the definition of LeadPlatforms may be taken away. */
describeWith(['cluster'], 'An operator in a cluster without the definition of LeadPlatforms', () => {
  let controlPlane: ControlPlane | undefined;
  let operator: OperatorProcess;

  beforeAll(async () => {
    const { source, etcd, kubeApiserver, kubectl: binary } = await obtainBinaries();
    const binaries = { source, etcd, kubeApiserver, kubectl: binary };
    controlPlane = await startControlPlane({
      name: 'definition',
      binaries,
      users: [{ name: 'ann', groups: [] }],
    });
    operator = await OperatorProcess.start(plane().kubeconfigPath, [
      'run',
      ...['--namespace', NAMESPACE, '--namespace', 'kube-public', '--lease-namespace', NAMESPACE],
    ]);
  });
  afterAll(async () => {
    await operator?.end('SIGKILL');
    await controlPlane?.stop();
  });

  function plane(): ControlPlane {
    if (controlPlane === undefined) throw new Error('the control plane did not start');
    return controlPlane;
  }

  const run = (...args: string[]) => kubectl(plane(), args);
  const readiness = async () => {
    const answer = await fetch(`${operator.health}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };
  const lines = (msg: string) => operator.log.filter((line) => line.msg === msg);
  const install = () => run('apply', '--server-side', '-f', 'crds/');
  const platform = () =>
    kubectl(plane(), ['apply', '-n', NAMESPACE, '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'leadplatform.io/v1alpha1',
        kind: 'LeadPlatform',
        metadata: { name: 'brain' },
        spec: { image: 'registry.example/brain:1.4.0' },
      }),
    });
  const hasDecided = () =>
    eventually('the operator has written a status', async () => {
      return (await run('get', 'lp/brain', '-n', NAMESPACE, '-o', 'jsonpath={.status.tier}')) !== '';
    });
  const notInstalled = {
    status: 503,
    text: `not ready: the definition of LeadPlatforms is not installed; install it: kubectl --kubeconfig PATH apply --server-side -f crds/\n`,
  };
  const withoutPath = ({ status, text }: { status: number; text: string }) => ({
    status,
    text: text.replace(plane().kubeconfigPath, 'PATH'),
  });

  it('is not ready, does not lead, and says once which command installs it', async () => {
    await eventually('it says what it waits for', async () =>
      operator.log.find(({ msg }) => msg.startsWith('Waiting')),
    );
    await eventually('all else is in its caches', async () => /definition/.test((await readiness()).text));
    expect(withoutPath(await readiness())).toEqual(notInstalled);
    expect(lines('Waiting for the definition of LeadPlatforms, which is not installed')).toEqual([
      expect.objectContaining({
        level: 'error',
        definition: 'leadplatforms.leadplatform.io',
        install: `kubectl --kubeconfig ${plane().kubeconfigPath} apply --server-side -f crds/`,
      }),
    ]);
    expect(await operator.isLeading()).toBe(false);
    expect(await run('get', 'leases', '-n', NAMESPACE, '-o', 'name')).toBe('');
  });

  it('is alive all the while, and status says the same in a sentence', async () => {
    expect((await fetch(`${operator.health}/healthz`)).status).toBe(200);
    for (const name of [[], ['brain']]) {
      const { code, err } = await status(...name, '--kubeconfig', plane().kubeconfigPath);
      expect(code).toBe(6);
      expect(err).toMatch(/their definition is not installed/);
      expect(err).not.toMatch(/^\s+at /m);
    }
  });

  it('has readiness, and status, say so where a right is missing instead', async () => {
    const kubeconfig = plane().kubeconfigPathOf('ann');
    const another = await OperatorProcess.start(kubeconfig, ['run', '--namespace', NAMESPACE]);
    try {
      const answer = await fetch(`${another.health}/readyz`);
      expect(answer.status).toBe(503);
      expect(await answer.text()).toMatch(
        /^not ready: no list of leadplatforms, .* has come from the API server yet/,
      );
    } finally {
      await another.end('SIGKILL');
    }
    const { code, err } = await status('--kubeconfig', kubeconfig);
    expect(code).toBe(7);
    expect(err).toMatch(/^leadplatform: You may not list LeadPlatforms in all namespaces: 403: .*User "ann"/);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('starts by itself once it is there', async () => {
    await install();
    await eventually('it leads', () => operator.isLeading());
    expect(await readiness()).toEqual({ status: 200, text: 'ok\n' });
    await eventually('its platform is taken in', () => platform().then(() => true));
    await hasDecided();
    expect(operator.hasEnded).toBe(false);
  });

  it('is not ready where it is removed later, and works again when it comes back', async () => {
    await run('delete', 'crd', 'leadplatforms.leadplatform.io');
    await eventually('it is not ready', async () => (await readiness()).status === 503);
    expect(withoutPath(await readiness())).toEqual(notInstalled);
    expect(lines('Waiting for the definition of LeadPlatforms, which is not installed')).toHaveLength(2);
    await install();
    await eventually('it is ready', async () => (await readiness()).status === 200);
    await eventually('its platform is taken in', () => platform().then(() => true));
    await hasDecided();
    expect(operator.hasEnded).toBe(false);
    expect(await operator.end('SIGTERM')).toBe(0);
  });
});
