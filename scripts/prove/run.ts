/**
 * Runs one proof in a process of its own: what it prints goes to stderr, and the time limit holds even where it never
 * looks at its signal.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { undoAtEnd } from '../../testbed/guardian.ts';
import type { ProofResult } from '../prove-contract.ts';

/** What the process is told; `file` is the proof's module. */
export interface Task {
  readonly file: string;
  readonly name: string;
  readonly seed: number;
  readonly folder: string;
  readonly resume: boolean;
}

export type ToChild = Task | 'stop';
export type FromChild = ProofResult | { readonly error: string };

export interface Limits {
  readonly limitMs: number;
  /** Between the request to end and the end by force. */
  readonly graceMs: number;
}

export type Outcome =
  | { readonly kind: 'result'; readonly result: ProofResult }
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'stopped'; readonly by: 'limit' | 'signal' };

/** Ends at the limit, or when `signal` is aborted; a second abort is not needed, the grace sees to the end. */
export function runProof(task: Task, limits: Limits, signal: AbortSignal): Promise<Outcome> {
  const child = fork(join(import.meta.dirname, 'child.ts'), {
    stdio: ['inherit', 2, 2, 'ipc'],
    execArgv: [],
  });
  // Not even a loop without end outlives us.
  const ended = undoAtEnd('kill', '-KILL', String(child.pid));
  return new Promise((resolve) => {
    let reply: FromChild | undefined;
    let stopped: 'limit' | 'signal' | undefined;
    let force: NodeJS.Timeout | undefined;
    const stop = (by: 'limit' | 'signal'): void => {
      if (stopped !== undefined || reply !== undefined) return;
      stopped = by;
      if (child.connected) child.send('stop' satisfies ToChild);
      force = setTimeout(() => child.kill('SIGKILL'), limits.graceMs);
    };
    const onAbort = (): void => stop('signal');
    const timer = setTimeout(() => stop('limit'), limits.limitMs);
    signal.addEventListener('abort', onAbort, { once: true });
    child.on('message', (message: FromChild) => void (reply = message));
    child.on('error', (error) => void (reply ??= { error: error.message }));
    child.once('close', (code, killedBy) => {
      ended();
      clearTimeout(timer);
      clearTimeout(force);
      signal.removeEventListener('abort', onAbort);
      if (stopped !== undefined) resolve({ kind: 'stopped', by: stopped });
      else if (reply === undefined) {
        resolve({ kind: 'broken', reason: `its process ended with ${killedBy ?? `code ${code}`}` });
      } else if ('error' in reply) resolve({ kind: 'broken', reason: reply.error });
      else resolve({ kind: 'result', result: reply });
    });
    child.send(task satisfies ToChild);
    if (signal.aborted) onAbort();
  });
}
