import { UsageError } from './errors.ts';

/**
 * The value of an option that takes one of some words.
 * @param option As it is typed: `--output`.
 * @throws UsageError that lists the words
 */
export function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw new UsageError(`${option} is "${text}"; write ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
  return found;
}
