/** Holds the import rules against every source file, and exits 1 with a line for each that breaks one. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importViolations, parseSource } from './import-rules.ts';
import type { SourceFile } from './import-rules.ts';

const ROOT = join(import.meta.dirname, '..');
const files: SourceFile[] = [];
for await (const path of glob(['{src,controller,testbed,bench,examples}/**/*.ts', 'bin/*.js'], {
  cwd: ROOT,
})) {
  files.push(parseSource(path, await readFile(join(ROOT, path), 'utf8')));
}
const violations = importViolations(files);
for (const { path, says } of violations) console.log(`${path}: ${says}`);
process.exitCode = violations.length > 0 ? 1 : 0;
