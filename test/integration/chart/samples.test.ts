/** Every sample, applied as its reader would: whole, and by an API server that refuses unknown fields. */
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { definitionsServed } from '../../../testbed/definitions.ts';
import { obtainArgocd } from '../../../testbed/argocd.ts';
import { isTestbedUnavailable } from '../../../testbed/errors.ts';
import { projectFolder } from '../../../testbed/folders.ts';
import { describeWith, kubectl, testbed } from '../support.ts';

const SAMPLES = join(projectFolder, 'manifests', 'samples');
/** One for each way of use. */
const WAYS = [
  'smallest.yaml',
  'tuned.yaml',
  'recommend-only.yaml',
  'own-tiers.yaml',
  'external-stores.yaml',
  'adoption.yaml',
  'gitops.yaml',
  'demo.yaml',
  'demo-real-pods.yaml',
];
const NAMESPACES = ['leads', 'argocd'];

/** The folder of Argo CD's CRDs, or why there is none. */
async function argocdDefinitions(): Promise<{ folder: string } | { reason: string }> {
  try {
    return { folder: (await obtainArgocd()).definitions };
  } catch (error) {
    if (!isTestbedUnavailable(error) || process.env['CI'] === 'true') throw error;
    return { reason: error.message };
  }
}
const argocd = await argocdDefinitions();

describeWith(['cluster'], 'The samples', () => {
  const definitions = 'folder' in argocd ? join(argocd.folder, 'application-crd.yaml') : undefined;

  beforeAll(async () => {
    for (const namespace of NAMESPACES) await kubectl(['create', 'namespace', namespace]);
    if (definitions === undefined) return;
    await kubectl(['apply', '--server-side', '-f', definitions]);
    await definitionsServed(testbed().cluster, [`--filename=${definitions}`]);
  });
  afterAll(async () => {
    if (definitions !== undefined)
      await kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', definitions]);
    await kubectl(['delete', 'namespace', '--ignore-not-found', '--wait=false', ...NAMESPACES]);
  });

  it('are one for each way of use, and all known here', async () => {
    const there: string[] = [];
    for await (const name of glob('*.yaml', { cwd: SAMPLES })) there.push(name);
    expect(there.toSorted()).toEqual(WAYS.toSorted());
  });

  // Without Argo CD's definitions nobody takes an Application.
  const applied = WAYS.filter((name) => name !== 'gitops.yaml' || definitions !== undefined);
  if ('reason' in argocd)
    it.skip(`are taken by an API server as they are: gitops.yaml [skipped: ${argocd.reason}]`);

  it.each(applied)('are taken by an API server as they are: %s', async (name) => {
    const file = ['-f', join(SAMPLES, name)];
    const said = await kubectl(['apply', '--validate=strict', ...file]);
    expect(said).toContain('created');
    // Nothing is left for a reader's second try to change.
    expect(await kubectl(['apply', '--validate=strict', ...file])).not.toMatch(/created|configured/);
    await kubectl(['delete', '--wait=false', ...file]);
  });
});
