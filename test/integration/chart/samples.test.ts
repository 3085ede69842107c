/** Every sample, applied as its reader would: whole, and by an API server that refuses unknown fields. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionsServed } from '../../../testbed/definitions.ts';
import { obtainArgocd } from '../../../testbed/argocd.ts';
import { isTestbedUnavailable } from '../../../testbed/errors.ts';
import { projectFolder } from '../../../testbed/folders.ts';
import { describeWith, kubectl, testbed } from '../support.ts';

const MANIFESTS = join(projectFolder, 'manifests');
/** One for each way of use. */
const SAMPLES = [
  'samples/smallest.yaml',
  'samples/tuned.yaml',
  'samples/recommend-only.yaml',
  'samples/own-tiers.yaml',
  'samples/external-stores.yaml',
  'samples/adoption.yaml',
];
const DEMOS = ['demo/demo.yaml', 'demo/real-pods.yaml'];
const APPLICATION = 'argocd/application.yaml';

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

async function isTakenAsItIs(name: string): Promise<void> {
  const file = ['-f', join(MANIFESTS, name)];
  const said = await kubectl(['apply', '--validate=strict', ...file]);
  expect(said).toContain('created');
  // Nothing is left for a reader's second try to change.
  expect(await kubectl(['apply', '--validate=strict', ...file])).not.toMatch(/created|configured/);
  await kubectl(['delete', '--wait=false', ...file]);
}

describeWith(['cluster'], 'The samples', () => {
  beforeAll(() => kubectl(['create', 'namespace', 'leads']));
  afterAll(() => kubectl(['delete', 'namespace', '--ignore-not-found', '--wait=false', 'leads']));

  it('are one for each way of use, and all known here', async () => {
    const there: string[] = [];
    for await (const name of glob('{samples,demo,argocd}/*', { cwd: MANIFESTS })) there.push(name);
    expect(there.toSorted()).toEqual([...SAMPLES, ...DEMOS, APPLICATION].toSorted());
  });

  // The cluster may have the definitions of others, of other files: that they are not needed is read off the kinds.
  it('need no definition but that of LeadPlatforms', async () => {
    const texts = await Promise.all(SAMPLES.map((name) => readFile(join(MANIFESTS, name), 'utf8')));
    const versions = texts.flatMap((text) =>
      [...text.matchAll(/^apiVersion: (.+)$/gm)].map(([, version = '']) => version),
    );
    expect([...new Set(versions)].toSorted()).toEqual(['apps/v1', 'leadplatform.io/v1alpha1', 'v1']);
  });

  it('are taken together, by one kubectl apply of their folder, each as an object of its own', async () => {
    const folder = ['-f', join(MANIFESTS, 'samples')];
    // Also where the namespace of the reader is theirs.
    const lines = (await kubectl(['apply', '-n', 'leads', '--validate=strict', ...folder]))
      .trim()
      .split('\n');
    expect(lines.filter((line) => !line.endsWith(' created'))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('leadplatform.'))).toHaveLength(SAMPLES.length);
    await kubectl(['delete', '-n', 'leads', ...folder]);
  });

  it.each([...SAMPLES, ...DEMOS])('are taken by an API server as they are: %s', isTakenAsItIs);
});

describeWith(['cluster'], 'The Application of Argo CD', () => {
  if ('reason' in argocd) {
    it.skip(`is taken by an API server as it is [skipped: ${argocd.reason}]`);
    return;
  }
  const definition = join(argocd.folder, 'application-crd.yaml');
  describe('where its definition is', () => {
    beforeAll(async () => {
      await kubectl(['create', 'namespace', 'argocd']);
      await kubectl(['apply', '--server-side', '-f', definition]);
      await definitionsServed(testbed().cluster, [`--filename=${definition}`]);
    });
    afterAll(async () => {
      await kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', definition]);
      await kubectl(['delete', 'namespace', '--ignore-not-found', '--wait=false', 'argocd']);
    });

    it('is taken by an API server as it is', () => isTakenAsItIs(APPLICATION));
  });
});
