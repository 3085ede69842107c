import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { TestbedProcessFailed } from './errors.ts';
import { forgetGroup, watchGroup } from './guardian.ts';

export interface ProcessOptions {
  /** Name for messages. */
  name: string;
  command: string;
  args: readonly string[];
  /** Standard output and standard error go here, appended. */
  logFile: string;
  cwd?: string;
  /** Whole environment; left out, it is ours. */
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** Signal that asks for an orderly end; SIGTERM when left out. */
  stopSignal?: NodeJS.Signals;
}

export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  /** Settles, and never rejects, when the process has ended. */
  readonly exited: Promise<ProcessEnd>;
  /** How it ended, as soon as it has. */
  end(): ProcessEnd | undefined;
  /** Sends a signal to the whole process group, such as SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** Asks for an end, waits `graceMs` (3,000 ms when left out), then insists; back when it is gone. */
  stop(graceMs?: number): Promise<void>;
  /** The last lines of its log. */
  logTail(lines?: number): Promise<string>;
}

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * Starts a child that cannot outlive this process, not even when this process is killed. It leads a process group of
 * its own: a signal reaches its children too, and Ctrl-C in the terminal does not reach it before us, so that parts
 * that need one another can be stopped in order.
 */
export async function startProcess(options: ProcessOptions): Promise<ManagedProcess> {
  const { name, logFile, stopSignal = 'SIGTERM' } = options;
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', log, log],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) {
    const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw new TestbedProcessFailed(name, `could not be started: ${cause.message}`, '');
  }
  watchGroup(pid, stopSignal);

  let ended: ProcessEnd | undefined;
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = { code, signal };
      // What the leader leaves behind goes with it: nobody else knows of it.
      signalGroup(pid, 'SIGKILL');
      forgetGroup(pid);
      resolve(ended);
    });
  });

  return {
    name,
    pid,
    exited,
    end: () => ended,
    signal: (signal) => {
      if (ended === undefined) signalGroup(pid, signal);
    },
    logTail: (lines = 20) => tail(logFile, lines),
    stop: async (graceMs = 3_000) => {
      if (ended !== undefined) return;
      // A stopped process acts on nothing but SIGKILL until it continues.
      signalGroup(pid, 'SIGCONT');
      signalGroup(pid, stopSignal);
      const timer = new AbortController();
      await Promise.race([
        exited,
        delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
      if (ended === undefined) signalGroup(pid, 'SIGKILL');
      await exited;
    },
  };
}

/** Runs a command to its end; its log is part of the error when it fails. */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const child = await startProcess(options);
  const { code, signal } = await child.exited;
  if (code === 0) return;
  throw new TestbedProcessFailed(
    options.name,
    signal === null ? `failed with exit code ${code}` : `was ended by ${signal}`,
    await child.logTail(),
  );
}

/**
 * Polls `ready` until it is true. Fails at once, with the log, when one of the processes has ended, and after
 * `deadlineMs` otherwise. An error of `ready` means "not yet" and is shown at the deadline.
 */
export async function waitUntilReady(
  what: string,
  processes: readonly ManagedProcess[],
  ready: () => Promise<boolean>,
  deadlineMs = 120_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    let last = '';
    try {
      if (await ready()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    const dead = processes.find((candidate) => candidate.end() !== undefined);
    if (dead !== undefined) {
      throw new TestbedProcessFailed(dead.name, `ended before ${what}`, await dead.logTail());
    }
    if (Date.now() > deadline) {
      const tails = await Promise.all(processes.map((one) => one.logTail(10)));
      throw new TestbedProcessFailed(
        processes.map((one) => one.name).join(', '),
        `did not get as far as "${what}" in ${deadlineMs / 1000} s${last === '' ? '' : `: ${last}`}`,
        tails.join('\n'),
      );
    }
    await delay(50);
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    // Gone already, which is what a signal to it was after.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function tail(path: string, lines: number): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
