/** Command lines as artisan reads them: arguments, `--name=value`, `--name value`, `--flag`. */

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface CommandLine {
  readonly positional: readonly string[];
  /** Seconds, attempts and the like. @throws UsageError */
  number(name: string, fallback: number): number;
  text(name: string, fallback: string): string;
  flag(name: string): boolean;
}

/**
 * @param known What each option takes; artisan refuses the others, and so does this.
 * @throws UsageError
 */
export function commandLine(
  args: readonly string[],
  known: Readonly<Record<string, 'value' | 'flag'>>,
): CommandLine {
  const values = new Map<string, string>();
  const positional: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('--')) {
      // -v, -q, -n and their like change nothing here.
      if (!arg.startsWith('-')) positional.push(arg);
      continue;
    }
    const [name, value] = split(arg.slice(2));
    const kind = known[name] ?? (COMMON.has(name) ? 'flag' : undefined);
    if (kind === undefined) throw new UsageError(`The "--${name}" option does not exist.`);
    if (kind === 'flag') values.set(name, 'true');
    else if (value !== undefined) values.set(name, value);
    else values.set(name, args[(index += 1)] ?? '');
  }
  return {
    positional,
    number: (name, fallback) => {
      const value = values.get(name);
      const number = value === undefined || value === '' ? fallback : Number(value);
      if (!Number.isFinite(number) || number < 0)
        throw new UsageError(`--${name} is "${value}"; write a number from 0 on`);
      return number;
    },
    text: (name, fallback) => values.get(name) ?? fallback,
    flag: (name) => values.has(name),
  };
}

const COMMON = new Set(['quiet', 'verbose', 'ansi', 'no-ansi', 'no-interaction', 'silent']);

function split(option: string): readonly [string, string | undefined] {
  const at = option.indexOf('=');
  return at < 0 ? [option, undefined] : [option.slice(0, at), option.slice(at + 1)];
}
