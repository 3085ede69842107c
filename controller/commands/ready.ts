/** `leadplatform ready`: whether an operator is, for what has no shell and no curl, such as `helm test` in its own image. */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { parseDuration } from '../../src/api/quantity.ts';
import type { CommandModule } from '../../src/cli/command.ts';
import { EXIT, UsageError } from '../../src/cli/errors.ts';
import type { Io } from '../../src/cli/io.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';

const HELP = `Usage: leadplatform ready URL [options]

Asks the operator at URL, like http://127.0.0.1:8080, whether it is ready: the
definition of LeadPlatforms is installed, its caches are filled, and it leads or
stands by.

Options:
  --within DURATION  ask until it is, for so long, like 60s. Default: once

Exit codes: 0 ready, 1 not ready, 2 wrong usage.
`;

const TIMEOUT_MS = 5_000;
const PAUSE_MS = 500;

async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArguments({
    args: [...args],
    allowPositionals: true,
    options: { within: { type: 'string', default: '0s' } },
  });
  const [url, ...more] = positionals;
  if (url === undefined || more.length > 0) throw new UsageError('ready takes one URL of an operator');
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new UsageError(`"${url}" is no address of an operator; write one like http://127.0.0.1:8080`);
  }
  const until = io.now() + withinMs(values.within);
  for (;;) {
    const answer = await ask(url);
    if (answer === 'ready') {
      io.out.write('ready\n');
      return EXIT.ok;
    }
    if (io.now() >= until) {
      io.err.write(`${url} is not ready: ${answer}\n`);
      return EXIT.unexpected;
    }
    await sleep(PAUSE_MS);
  }
}

function withinMs(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new UsageError(`--within: ${(error as Error).message}`);
  }
}

/** `ready`, or why not. */
async function ask(url: string): Promise<string> {
  try {
    const { statusCode, body } = await request(`${url.replace(/\/$/, '')}/readyz`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = (await body.text()).trim().slice(0, 200);
    return statusCode === 200 ? 'ready' : `it answers ${statusCode}${text === '' ? '' : `, ${text}`}`;
  } catch (error) {
    return inWords(error as NodeJS.ErrnoException);
  }
}

/** A name with several addresses fails at each of them, and that error has a code and no message. */
function inWords({ name, message, code }: NodeJS.ErrnoException): string {
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1_000} s`;
  return message === '' ? (code ?? name) : message;
}

export const readyCommand: CommandModule = { help: HELP, run };
