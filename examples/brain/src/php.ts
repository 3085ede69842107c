/**
 * What the image of the stand-in calls `php`. It is not PHP: it knows `php artisan …`, `php -v`, and the code that the
 * operator has a worker's container run before it stops: `php -r 'posix_kill(1, 15);'`, with a wait for process 1 to be
 * some seconds old in front of it.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const SIGNALS: Readonly<Record<string, number>> = { SIGTERM: 15, SIGQUIT: 3, SIGINT: 2 };
/** The wait: `sleep((int) max(0, min(SECONDS, …)));` with the ages that it reads from /proc. */
const WAIT =
  /^\s*\$up = .*"\/proc\/uptime".*"\/proc\/1\/stat".*sleep\(\(int\) max\(0, min\((\d+), .*?\)\)\);/;
const POSIX_KILL = /^\s*posix_kill\(\s*(\d+)\s*,\s*(\d+|SIG[A-Z]+)\s*\)\s*;?\s*$/;

async function runCode(code: string): Promise<number> {
  const [wait = '', seconds = '0'] = WAIT.exec(code) ?? [];
  const [, pid = '', signal = ''] = POSIX_KILL.exec(code.slice(wait.length)) ?? [];
  const number = SIGNALS[signal] ?? Number(signal);
  if (pid === '' || !Number.isInteger(number)) {
    process.stderr.write('This stand-in for php runs no code but posix_kill(pid, signal).\n');
    return 255;
  }
  if (wait !== '')
    await delay(1_000 * Math.min(Number(seconds), Math.max(0, Number(seconds) - ageOfFirst())));
  try {
    process.kill(Number(pid), number);
  } catch {
    // posix_kill says so by what it returns, and the script ends well all the same.
  }
  return 0;
}

/** How long process 1 has run, in seconds; its start is in hundredths of a second (proc_pid_stat(5), field 22). */
function ageOfFirst(): number {
  const [up = ''] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const stat = readFileSync('/proc/1/stat', 'utf8');
  const started = stat.slice(stat.lastIndexOf(')')).split(' ')[20];
  return Number(up) - Number(started) / 100;
}

/** Laravel's worker stops on SIGTERM, SIGQUIT and SIGINT, and so does the web side. */
function quitSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of Object.keys(SIGNALS)) process.on(name, () => controller.abort());
  return controller.signal;
}

async function main([first, ...rest]: readonly string[]): Promise<number> {
  if (first === '-r') return runCode(rest[0] ?? '');
  if (first === '-v' || first === '--version') {
    process.stdout.write(`A stand-in for PHP, on Node ${process.versions.node}\n`);
    return 0;
  }
  const [name = 'list', ...args] = rest;
  if (first === undefined || !/(^|\/)artisan$/.test(first)) {
    process.stderr.write(`Could not open input file: ${first ?? '-'}\n`);
    return 1;
  }
  // A framework takes its time to boot, and hears no signal until then.
  await delay(1_000 * Number(process.env['BRAIN_BOOT_SECONDS'] ?? 0));
  const quit = quitSignal();
  // Loaded when it is needed: a preStop hook must be quick.
  const { artisan } = await import('./commands.ts');
  return artisan(name, { env: process.env, args, quit });
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(255);
  },
);
