import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { obtainCluster } from '../../testbed/cluster.ts';
import { isTestbedUnavailable } from '../../testbed/errors.ts';
import { temporaryFolder, type TemporaryFolder } from '../../testbed/folders.ts';
import { kubectl as runKubectl } from '../../testbed/kubectl.ts';
import { describeWithCluster, testbed } from './support.ts';

const silent = () => undefined;
let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder('choice');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder.remove();
});

describeWithCluster('a cluster that is named', () => {
  it('is used through a kubeconfig of our own that holds nothing else', async () => {
    const { kubeconfigPath } = testbed().cluster;
    const two = JSON.parse(await readFile(kubeconfigPath, 'utf8')) as {
      contexts: unknown[];
      clusters: unknown[];
      users: unknown[];
    };
    two.clusters.push({ name: 'production', cluster: { server: 'https://127.0.0.1:1' } });
    two.users.push({ name: 'boss', user: { token: 'precious' } });
    two.contexts.push({ name: 'production', context: { cluster: 'production', user: 'boss' } });
    const theirs = join(folder.path, 'theirs');
    await writeFile(theirs, JSON.stringify({ ...two, 'current-context': 'production' }));
    vi.stubEnv('KUBECONFIG', theirs);

    const cluster = await obtainCluster({ context: 'leadplatform-testbed', log: silent });
    try {
      expect(cluster).toMatchObject({ kind: 'explicit', hasSimulatedPods: false });
      expect(await runKubectl(cluster, ['get', '--raw=/readyz'])).toBe('ok');
      expect(await readFile(cluster.kubeconfigPath, 'utf8')).not.toMatch(/precious|production/);
    } finally {
      await cluster.stop();
    }
    await expect(readFile(cluster.kubeconfigPath)).rejects.toThrow(/ENOENT/);
    // What was there before is still there.
    expect(await runKubectl(testbed().cluster, ['get', '--raw=/readyz'])).toBe('ok');
  });
});

describe('a cluster that is not named', () => {
  /** Commands that note what they were called with; kind makes a kubeconfig that leads nowhere. */
  async function standIns(dockerRuns: boolean): Promise<string> {
    const bin = join(folder.path, 'bin');
    const calls = join(folder.path, 'calls');
    await mkdir(bin);
    const commands = {
      docker: `exit ${dockerRuns ? 0 : 1}`,
      kind: `echo "kind $*" >> '${calls}'`,
      kubectl: `echo "kubectl $*" >> '${calls}'; case "$*" in *json*) echo '{"items":[]}' ;; esac`,
      kwok: `echo "kwok $*" >> '${calls}'; exec sleep 1000`,
    };
    for (const [name, script] of Object.entries(commands)) {
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    }
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH'] ?? ''}`);
    return calls;
  }

  it('is a new kind cluster where Docker runs, which is deleted at the stop', async () => {
    const calls = await standIns(true);
    const cluster = await obtainCluster({ log: silent });
    expect(cluster).toMatchObject({ kind: 'kind', hasSimulatedPods: true });
    const before = await readFile(calls, 'utf8');
    const [, name] = /kind create cluster --name (leadplatform-\w+)/.exec(before) ?? [];
    expect(name).toBeDefined();
    expect(before).not.toContain('kind delete');

    await cluster.stop();
    expect(await readFile(calls, 'utf8')).toContain(`kind delete cluster --name ${name}`);
  });

  it.each([
    ['KUBEBUILDER_ASSETS, where Docker does not run', false, undefined],
    ['KUBEBUILDER_ASSETS, where that is asked for', true, 'kubebuilder-assets' as const],
  ])('is %s', async (_, dockerRuns, only) => {
    const calls = await standIns(dockerRuns);
    vi.stubEnv('KUBEBUILDER_ASSETS', folder.path);
    const attempt = obtainCluster({ log: silent, ...(only === undefined ? {} : { only }) });
    await expect(attempt).rejects.toSatisfy(isTestbedUnavailable);
    await expect(attempt).rejects.toThrow(
      /KUBEBUILDER_ASSETS is ".*", and there is no executable etcd in it/,
    );
    await expect(readFile(calls)).rejects.toThrow(/ENOENT/);
  });
});
