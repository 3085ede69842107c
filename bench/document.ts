/** docs/benchmarks.md: each bench owns what is between its markers, and leaves the rest as it is. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { projectFolder } from '../testbed/folders.ts';
import type { Section } from './results.ts';
import { markdown } from './table.ts';

const path = join(projectFolder, 'docs', 'benchmarks.md');

export async function writeSection(section: Section): Promise<void> {
  const begin = `<!-- ${section.bench}: written by npm run bench -->`;
  const end = `<!-- ${section.bench}: end -->`;
  const text = await readFile(path, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} has no place for the figures: ${begin} … ${end}`);
  const next = `${text.slice(0, from + begin.length)}\n\n${markdown(section)}\n\n${text.slice(to)}`;
  await writeFile(path, await format(next, { ...(await resolveConfig(path)), filepath: path }));
}
