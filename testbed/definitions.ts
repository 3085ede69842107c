import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from './folders.ts';
import { kubectl, type KubectlTarget } from './kubectl.ts';
import { waitUntilReady } from './processes.ts';

/**
 * Back when the API server serves CustomResourceDefinitions that were just applied. `names` are arguments of kubectl:
 * `crd/NAME` or `--filename=PATH`.
 */
export async function definitionsServed(target: KubectlTarget, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await waitUntilReady(`${names.join(', ')} is served`, [], async () => {
    // Fails at first: a new definition has no conditions yet, and kubectl calls that an error.
    await kubectl(target, ['wait', '--for=condition=Established', '--timeout=10s', ...names]);
    return true;
  });
}

/** The CRDs of the project, where there are any yet; back when the API server serves them. */
export async function applyDefinitions(cluster: KubectlTarget): Promise<void> {
  const folder = join(projectFolder, 'crds');
  const files = (await readdir(folder).catch(() => [])).filter((file) => /\.ya?ml$/.test(file));
  if (files.length === 0) return;
  const names = files.map((file) => `--filename=${join(folder, file)}`);
  await kubectl(cluster, ['apply', '--server-side', '--force-conflicts', ...names]);
  await definitionsServed(cluster, names);
}
