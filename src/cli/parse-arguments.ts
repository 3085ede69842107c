/**
 * `parseArgs` of Node, strict about what it passes over: of an option that is given twice it keeps the last one and says
 * nothing. Its errors are `UsageError`s here.
 */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { unknownWord } from '../api/did-you-mean.ts';
import { UsageError } from './errors.ts';

/** @throws UsageError for an option that is unknown, lacks its value, or is given twice where one is meant */
export function parseArguments<T extends ParseArgsConfig>(given: T): ReturnType<typeof parseArgs<T>> {
  const options = given.options ?? {};
  const config: T = { ...given, args: withNegativeNumbers(given.args ?? [], options) };
  try {
    const { tokens } = parseArgs({ ...config, tokens: true }) as {
      readonly tokens: readonly {
        readonly kind: string;
        readonly name?: string;
        readonly rawName?: string;
      }[];
    };
    refuseRepeats(tokens, options);
    return parseArgs(config);
  } catch (error) {
    throw inWords(error, Object.keys(options));
  }
}

/** `--scale -1` is a wrong number, and no option 1, as Node takes it for. */
function withNegativeNumbers(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    const takesValue = before.startsWith('--') && options[before.slice(2)]?.type === 'string';
    if (takesValue && /^-\d/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/** A flag that is given twice says what it says once. */
function refuseRepeats(
  tokens: readonly { readonly kind: string; readonly name?: string; readonly rawName?: string }[],
  options: NonNullable<ParseArgsConfig['options']>,
): void {
  const seen = new Set<string>();
  for (const { kind, name, rawName } of tokens) {
    if (kind !== 'option' || name === undefined) continue;
    const { type, multiple } = options[name] ?? {};
    if (type !== 'string' || multiple === true) continue;
    if (seen.has(name))
      throw new UsageError(`${rawName ?? name} is given twice, and takes one value; keep one`);
    seen.add(name);
  }
}

function inWords(error: unknown, known: readonly string[]): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (!code.startsWith('ERR_PARSE_ARGS')) return error;
  const [, unknown] = /^Unknown option '(.+?)'/.exec(error.message) ?? [];
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || unknown === undefined) return new UsageError(error.message);
  const all = [...new Set([...known, 'help'].map((name) => `--${name}`))];
  return new UsageError(unknownWord('option', unknown, all));
}
