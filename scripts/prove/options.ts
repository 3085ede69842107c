import { parseArguments } from '../../src/cli/parse-arguments.ts';
import type { Proof } from '../prove-contract.ts';

/** Proofs are tried with the same seed unless another one is given, so that a failure can be seen again. */
const DEFAULT_SEED = 1;
const MOST_MINUTES = 60;

export interface ProveOptions {
  readonly name: string;
  /** The one that was given; without it a resumed run keeps its own, and a new one has the default. */
  readonly seed: number | undefined;
  readonly resume: boolean;
  readonly minutes: number;
  readonly output: Output;
}

type Output = 'text' | 'json';

/** What is to be done: run a proof, or say which there are. */
export type Request =
  { readonly do: 'run'; readonly options: ProveOptions } | { readonly do: 'list'; readonly output: Output };

/** A mistake in the arguments; its message says what would be right. */
export class UsageError extends Error {}

export function parseProveOptions(args: readonly string[], names: readonly string[]): Request {
  const { values, positionals } = parse(args);
  const output = values.output;
  if (output !== 'text' && output !== 'json') {
    throw new UsageError(`--output is "${output}"; write text or json`);
  }
  const [name, ...more] = positionals;
  if (values.help || name === undefined) return { do: 'list', output };
  if (more.length > 0) throw new UsageError(`one proof at a time; named are ${positionals.join(', ')}`);
  if (!names.includes(name)) {
    throw new UsageError(`unknown proof "${name}"; there are: ${names.join(', ')}`);
  }
  return {
    do: 'run',
    options: {
      name,
      seed: values.seed === undefined ? undefined : whole('--seed', values.seed, 0, 2 ** 32 - 1),
      resume: values.resume,
      minutes: whole('--minutes', values.minutes, 1, MOST_MINUTES),
      output,
    },
  };
}

/** The seed of a run, given that of the progress it goes on from. */
export function seedOf({ seed }: Pick<ProveOptions, 'seed'>, progress: { seed: number } | undefined): number {
  if (progress === undefined) return seed ?? DEFAULT_SEED;
  if (seed === undefined || seed === progress.seed) return progress.seed;
  throw new UsageError(
    `--seed is ${seed}, and the progress to resume has seed ${progress.seed}; leave out --seed, or --resume`,
  );
}

/** The help, which is also the list. */
export function usage(proofs: readonly Pick<Proof, 'name' | 'what'>[]): string {
  const width = Math.max(0, ...proofs.map(({ name }) => name.length));
  const list = proofs.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}\n`).join('');
  return `Usage: npm run prove -- NAME [options]

Runs one proof, which takes longer than a test may, and writes its result into
docs/proofs/NAME.md.

${list}
  --seed N         what the proof chooses by. Default: ${DEFAULT_SEED}
  --resume         go on where a run was stopped
  --minutes N      stop after N minutes. Default, and most: ${MOST_MINUTES}
  -o, --output F   text or json, on standard output. Default: text
  -h, --help       this list

Exit code: 0 passed, 1 failed or not finished, 2 wrong arguments, 130 after Ctrl-C.
`;
}

function parse(args: readonly string[]) {
  try {
    return parseArguments({
      args: [...args],
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        resume: { type: 'boolean', default: false },
        minutes: { type: 'string', default: String(MOST_MINUTES) },
        output: { type: 'string', short: 'o', default: 'text' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`${option} is "${text}"; write a whole number from ${least} to ${most}`);
}
