/** Exits 1 with a line for each thing that npm would warn of while it installs; see `.npmrc`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Lock, lockProblems, type Manifest } from './lock-problems.ts';

const ROOT = join(import.meta.dirname, '..');
const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(ROOT, file), 'utf8'));

/** Missing packages, and those of another version than a package asks for, its peers included. */
const treeProblems = (): Promise<string[]> =>
  new Promise((resolve) => {
    const options = { cwd: ROOT, maxBuffer: 2 ** 26 };
    execFile('npm', ['ls', '--all', '--loglevel=error'], options, (error, _, stderr) => {
      const lines = stderr.split('\n').filter((line) => /^npm error (invalid|missing):/.test(line));
      if (error === null) resolve([]);
      else resolve(lines.length > 0 ? lines : [stderr.trim() || error.message]);
    });
  });

const [lock, manifest] = await Promise.all([read('package-lock.json'), read('package.json')]);
const problems = [
  ...lockProblems(lock as Lock, manifest as Manifest, (folder) => existsSync(join(ROOT, folder))),
  ...(await treeProblems()),
];
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
