#!/usr/bin/env node
// Starts the command line. Plain JavaScript that any Node can read: the rest is TypeScript, which Node strips of its
// types from 22.19 on. An older one hands over to the Node that `npm ci` brought.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const OLDEST = [22, 19];

function isOldEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function handOver(node) {
  const self = fileURLToPath(import.meta.url);
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; whoever sends SIGTERM knows only this process, or signals the group: then the other has
  // it twice, and takes both for one (controller/commands/stop-signals.ts).
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function fail(message) {
  process.stderr.write(`leadplatform: ${message}\n`);
  process.exit(1);
}

if (isOldEnough(process.versions.node)) {
  module.enableCompileCache?.();
  const { runProcess } = await import('../controller/cli.ts');
  await runProcess(process.argv.slice(2));
} else {
  const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (existsSync(node)) handOver(node);
  else
    fail(
      `needs Node ${OLDEST.join('.')} or later, and this is ${process.versions.node}; install one, or run: npm ci`,
    );
}
