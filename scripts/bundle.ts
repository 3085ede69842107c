/**
 * Bundles the operator into `dist/leadplatform.mjs` and the parts that it loads on demand: no node_modules, quick to
 * start. The Kubernetes client library is such a part, needed only for logins by a helper program: inside the one file
 * it would be two thirds of it, and 50 MB of memory.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundledParts } from './bundled-parts.ts';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: {
    leadplatform: 'controller/main.ts',
    // Loaded by its address, from beside the part that starts it.
    'parts/watchdog-thread': 'controller/runtime/watchdog-thread.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'parts/[name]-[hash]',
  splitting: true,
  bundle: true,
  minify: true,
  sourcemap: !process.argv.includes('--no-source-maps'),
  sourcesContent: false,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Pretty logs are for a person at a terminal; the image has none. pg-native is optional and not installed.
  external: ['pino-pretty', 'pg-native'],
  plugins: [bundledParts],
  // Dependencies in CommonJS call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
const bytes = readdirSync('dist', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.mjs'))
  .reduce((sum, file) => sum + statSync(join('dist', file)).size, 0);
process.stdout.write(`dist/leadplatform.mjs and its parts: ${(bytes / 1e6).toFixed(1)} MB\n`);
