import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Writable } from 'node:stream';

/**
 * The one place that guarantees nothing outlives us. Handlers for `exit`, SIGINT or `uncaughtException` cannot: none of
 * them runs on SIGKILL, and a library that installs them changes how its host process ends. See `guardian.sh`.
 */
let orders: Writable | undefined;
let lastId = 0;

function order(line: string): void {
  if (/[\n\0]/.test(line))
    throw new Error(`an order to the guardian must be one line: ${JSON.stringify(line)}`);
  orders ??= startGuardian();
  orders.write(`${line}\n`);
}

function startGuardian(): Writable {
  const guardian = spawn('/bin/sh', [fileURLToPath(new URL('guardian.sh', import.meta.url))], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guardian.unref();
  // A pipe of spawn() is a socket, which can let the event loop end.
  if ('unref' in guardian.stdin && typeof guardian.stdin.unref === 'function') guardian.stdin.unref();
  return guardian.stdin;
}

/** Ends the process group with `signal`, then SIGKILL, as soon as this process is gone. */
export function watchGroup(group: number, signal: NodeJS.Signals): void {
  order(`watch ${group} ${signal.replace(/^SIG/, '')}`);
}

/** The group has ended: its number may be another's by now. */
export function forgetGroup(group: number): void {
  order(`forget ${group}`);
}

/** Runs a command when this process is gone, unless the returned function was called before. */
export function undoAtEnd(command: string, ...args: string[]): () => void {
  const id = `undo-${++lastId}`;
  order(`undo ${id} ${[command, ...args].map(quote).join(' ')}`);
  return () => order(`done ${id}`);
}

function quote(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
