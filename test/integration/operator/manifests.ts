/** The manifests of the repository, as objects. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { projectFolder } from '../../../testbed/folders.ts';

export const MANIFESTS = join(projectFolder, 'manifests');

export interface Manifest extends KubeObject {
  readonly rules?: readonly object[];
  readonly spec?: { readonly mode?: string };
}

/** @param file Within `manifests`, such as `install.yaml`. */
export async function manifestsIn(file: string): Promise<readonly Manifest[]> {
  const documents = parseAllDocuments(await readFile(join(MANIFESTS, file), 'utf8'));
  return documents.map((document) => document.toJS() as Manifest | null).filter((one) => one !== null);
}
