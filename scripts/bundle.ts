/** Bundles the operator into `dist/leadplatform.mjs`: one file, no node_modules, quick to start. */
import { rmSync, statSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: { leadplatform: 'controller/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Pretty logs are for a person at a terminal; the image has none. pg-native is optional and not installed.
  external: ['pino-pretty', 'pg-native'],
  // Dependencies in CommonJS call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
process.stdout.write(
  `dist/leadplatform.mjs: ${(statSync('dist/leadplatform.mjs').size / 1e6).toFixed(1)} MB\n`,
);
