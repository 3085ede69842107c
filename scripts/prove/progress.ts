/** The record of a proof that was begun and has no result yet. Its own progress is in the folder beside it. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface Progress {
  readonly seed: number;
  /** Of all runs so far. */
  readonly seconds: number;
  readonly runs: number;
  readonly revisions: readonly string[];
}

export interface ProgressPlace {
  /** Where the proof keeps what it needs to go on. */
  readonly folder: string;
  readonly record: string;
}

export function progressPlace(root: string, name: string): ProgressPlace {
  const folder = join(root, '.tmp', 'prove', name);
  return { folder, record: `${folder}.json` };
}

export async function readProgress({ record }: ProgressPlace): Promise<Progress | undefined> {
  const text = await readFile(record, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Progress);
}

/** Written whole or not at all, for the next run reads it. */
export async function writeProgress({ record }: ProgressPlace, progress: Progress): Promise<void> {
  await mkdir(dirname(record), { recursive: true });
  await writeFile(`${record}.new`, JSON.stringify(progress));
  await rename(`${record}.new`, record);
}

/** There is a result: nothing is left to resume. The folder stays for a look, until the next run. */
export async function forgetProgress({ record }: ProgressPlace): Promise<void> {
  await rm(record, { force: true });
}

/** An empty folder for a run from the beginning, or the one that is there. */
export async function prepareFolder({ folder }: ProgressPlace, resume: boolean): Promise<void> {
  if (!resume) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}
