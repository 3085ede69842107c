import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { obtainBinaries } from '../../../testbed/binaries.ts';
import type { ControlPlane } from '../../../testbed/control-plane.ts';
import { startControlPlane } from '../../../testbed/control-plane.ts';
import { definitionsServed } from '../../../testbed/definitions.ts';
import { kubectl } from '../../../testbed/kubectl.ts';
import { main } from '../../../src/cli/main.ts';
import { statusCommand } from '../../../controller/commands/status.ts';
import { describeWith } from '../support.ts';
import { OperatorProcess } from './operator-process.ts';
import { eventually } from './rig.ts';

const NAMESPACE = 'default';
/** A platform without anything that an earlier one has left: nothing collects it here. */
const OTHER = 'other';
const DEFINITION = 'leadplatforms.leadplatform.io';

interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly schema: {
        readonly openAPIV3Schema: {
          readonly properties: { readonly status: { readonly properties: Record<string, object> } };
        };
      };
    }[];
  };
}

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
describeWith(['cluster'], 'An operator without the definition of LeadPlatforms, or with an older one', () => {
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
  /** In place of the one that is there: that of a version which knew no Pod in a status. */
  async function installOlder(): Promise<void> {
    const definition = parse(await readFile('crds/leadplatform.io_leadplatforms.yaml', 'utf8')) as Definition;
    for (const { schema } of definition.spec.versions)
      delete schema.openAPIV3Schema.properties.status.properties['operator'];
    await run('delete', 'crd', DEFINITION);
    await kubectl(plane(), ['apply', '--server-side', '-f', '-'], { input: JSON.stringify(definition) });
    await definitionsServed(plane(), [`crd/${DEFINITION}`]);
  }
  /** The operator, as a Pod of this name. */
  async function startInPod(name: string): Promise<void> {
    const env = { OPERATOR_NAMESPACE: NAMESPACE, OPERATOR_POD: name, OPERATOR_POD_UID: `uid-of-${name}` };
    const args = ['run', '--namespace', NAMESPACE, '--lease-namespace', NAMESPACE];
    operator = await OperatorProcess.start(plane().kubeconfigPath, args, undefined, undefined, { env });
  }
  const platform = (name = 'brain') =>
    kubectl(plane(), ['apply', '-n', NAMESPACE, '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'leadplatform.io/v1alpha1',
        kind: 'LeadPlatform',
        metadata: { name },
        spec: { image: 'registry.example/brain:1.4.0' },
      }),
    });
  /** A field of its status; empty where there is none. */
  const read = (field: string, name = 'brain') =>
    run('get', `lp/${name}`, '-n', NAMESPACE, '-o', `jsonpath={.status.${field}}`);
  const hasDecided = (name?: string) =>
    eventually('the operator has written a status', async () => (await read('tier', name)) !== '');
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
        definition: DEFINITION,
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
    await run('delete', 'crd', DEFINITION);
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

  it('leaves out of a status what an older definition lacks, says so once, and goes on', async () => {
    await installOlder();
    await startInPod('operator-1');
    await eventually('its platform is taken in', () => platform(OTHER).then(() => true));
    await hasDecided(OTHER);
    const change = JSON.stringify({ spec: { image: 'registry.example/brain:1.5.0' } });
    await run('patch', `lp/${OTHER}`, '-n', NAMESPACE, '--type=merge', `--patch=${change}`);
    await eventually(
      'it writes the status again',
      async () => (await read('observedGeneration', OTHER)) === '2',
    );
    expect(
      lines('Leaving fields out of each status: the definition of LeadPlatforms is older than this operator'),
    ).toEqual([
      expect.objectContaining({
        level: 'warn',
        fields: ['.status.operator'],
        install: `kubectl --kubeconfig ${plane().kubeconfigPath} apply --server-side -f crds/`,
      }),
    ]);
    expect(lines('Reconcile failed; will retry')).toEqual([]);
    expect(await operator.end('SIGTERM')).toBe(0);
  });

  it('names its Pod in it once the definition is that of its version', async () => {
    await install();
    // Such a field is dropped from a patch for as long as the API server has the older one.
    const named = JSON.stringify({ status: { operator: { namespace: NAMESPACE, pod: 'x', uid: '1' } } });
    const patch = [
      'patch',
      `lp/${OTHER}`,
      '-n',
      NAMESPACE,
      '--subresource=status',
      '--type=merge',
      '-p',
      named,
    ];
    await eventually('the API server has it', async () => {
      return (await run(...patch, '--dry-run=server', '-o', 'jsonpath={.status.operator.pod}')) === 'x';
    });
    await startInPod('operator-2');
    await eventually(
      'the status has the name',
      async () => (await read('operator.pod', OTHER)) === 'operator-2',
    );
    expect(lines('Reconcile failed; will retry')).toEqual([]);
    expect(await operator.end('SIGTERM')).toBe(0);
  });
});
