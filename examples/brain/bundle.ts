/**
 * Bundles the stand-in into one executable file, `dist/php` beside this file, or in the folder that is given. It is all
 * that the image holds on top of Node.
 */
import { chmodSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const folder = process.argv[2] ?? join(import.meta.dirname, 'dist');
rmSync(folder, { recursive: true, force: true });
const outfile = join(folder, 'php');
await build({
  entryPoints: [join(import.meta.dirname, 'src', 'php.ts')],
  outfile,
  bundle: true,
  minify: true,
  platform: 'node',
  // A file without an ending is CommonJS to Node, where no package.json says otherwise.
  format: 'cjs',
  target: 'node24',
  external: ['pg-native'],
  banner: { js: '#!/usr/bin/env node' },
  logLevel: 'warning',
});
chmodSync(outfile, 0o755);
// Inside the project, whose package.json says otherwise.
writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}\n');
process.stdout.write(`${outfile}: ${(statSync(outfile).size / 1e6).toFixed(1)} MB\n`);
