/** Argo CD for tests: built when it is missing, and where it cannot be, a suite that says so. */
import { readFile } from 'node:fs/promises';
import { describe } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type ArgocdBinaries, obtainArgocd } from '../../../testbed/argocd.ts';
import { type Binaries, pinnedBinaries } from '../../../testbed/binaries.ts';
import { isTestbedUnavailable } from '../../../testbed/errors.ts';
import { logToStderr } from '../../../testbed/progress.ts';
import type { Provided } from '../setup.ts';

export interface Pinned {
  readonly argocd: ArgocdBinaries;
  readonly controlPlane: Binaries;
}

// Here and not in a hook: what is built takes longer than any hook should.
async function attempt(): Promise<Provided<Pinned>> {
  try {
    const controlPlane = await pinnedBinaries(logToStderr);
    return { available: true, coordinates: { controlPlane, argocd: await obtainArgocd() } };
  } catch (error) {
    // In CI nothing is skipped: what is missing there is a mistake.
    if (!isTestbedUnavailable(error) || process.env['CI'] === 'true') throw error;
    return { available: false, reason: error.message };
  }
}

const provided = await attempt();

/** A suite that is skipped, with the reason in its name, where there is no Argo CD; never in CI. */
export function describeWithArgocd(name: string, tests: (pinned: Pinned) => void): void {
  if (provided.available) describe(name, () => tests(provided.coordinates));
  else describe.skip(`${name} [skipped: ${provided.reason}]`, () => undefined);
}

export interface Application {
  metadata: { name: string; namespace: string };
  spec: { sources: { repoURL: string; targetRevision: string; path: string; helm?: object }[] };
}

/** What docs/argocd.md tells its reader to copy. */
export async function documented(): Promise<{
  settings: Record<string, string>;
  application: Application;
  /** Arguments of kubectl: what is done once, after the first sync. */
  afterFirstSync: string[];
}> {
  const text = await readFile('docs/argocd.md', 'utf8');
  const objects = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    parseAllDocuments(block).map((document) => document.toJS() as { kind: string; data?: object }),
  );
  const only = (kind: string): unknown => {
    const found = objects.filter((object) => object.kind === kind);
    if (found.length !== 1)
      throw new Error(`docs/argocd.md has ${found.length} objects of kind ${kind}, not one`);
    return found[0];
  };
  const [, command] = /^ *kubectl (annotate crd .*)$/m.exec(text) ?? [];
  if (command === undefined) throw new Error('docs/argocd.md has no command for after the first sync');
  return {
    settings: (only('ConfigMap') as { data: Record<string, string> }).data,
    application: only('Application') as Application,
    afterFirstSync: command.split(' '),
  };
}
