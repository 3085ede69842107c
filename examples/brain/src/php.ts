/**
 * What the image of the stand-in calls `php`. It is not PHP: it knows `php artisan …`, `php -v`, and the one line of code
 * that the operator has a worker's container run before it stops, `php -r 'posix_kill(1, 15);'`.
 */

const SIGNALS: Readonly<Record<string, number>> = { SIGTERM: 15, SIGQUIT: 3, SIGINT: 2 };
const POSIX_KILL = /^\s*posix_kill\(\s*(\d+)\s*,\s*(\d+|SIG[A-Z]+)\s*\)\s*;?\s*$/;

function runCode(code: string): number {
  const [, pid = '', signal = ''] = POSIX_KILL.exec(code) ?? [];
  const number = SIGNALS[signal] ?? Number(signal);
  if (pid === '' || !Number.isInteger(number)) {
    process.stderr.write('This stand-in for php runs no code but posix_kill(pid, signal).\n');
    return 255;
  }
  try {
    process.kill(Number(pid), number);
  } catch {
    // posix_kill says so by what it returns, and the script ends well all the same.
  }
  return 0;
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
