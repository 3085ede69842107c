import { glob } from 'node:fs/promises';
import { relative } from 'node:path';

/** Which of the two runs of vitest the arguments ask for. */
export interface Chosen {
  /** Everything that is not on real pods. */
  others: boolean;
  e2e: boolean;
}

/**
 * `--project` chooses by name. Names of files choose by what they match: nobody who asks for one unit test wants to wait
 * for a cluster.
 */
export async function chooseProjects(args: readonly string[], root: string): Promise<Chosen> {
  const projects = args.flatMap((arg, index) => {
    if (arg.startsWith('--project=')) return [arg.slice('--project='.length)];
    return args[index - 1] === '--project' ? [arg] : [];
  });
  if (projects.length > 0) {
    return { others: projects.some((one) => one !== 'e2e'), e2e: projects.includes('e2e') };
  }
  const filters = args
    .filter((arg, index) => !arg.startsWith('-') && args[index - 1]?.startsWith('-') !== true)
    .map((arg) => relative(root, arg));
  if (filters.length === 0) return { others: true, e2e: true };
  const files: string[] = [];
  for await (const file of glob('test/e2e/**/*.test.ts', { cwd: root })) files.push(file);
  const matches = filters.filter((filter) => files.some((file) => file.includes(filter)));
  return { others: matches.length < filters.length, e2e: matches.length > 0 };
}
