import { dirname, join, normalize } from 'node:path';
import { importsOf, withoutComments } from '../import-rules.ts';

const LITERAL = /'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"/g;
/** The last arguments of `join(…)`, where they are literals: a path that is put together. */
const JOINED = /\bjoin\([^()'"]*((?:'[^'\n]*'\s*,?\s*)+)\)/g;

/**
 * What a file of code depends on, as paths from the root: its imports, those of types alone included, and every file of
 * the checkout that it names in a string. A program that a test starts is named so, and so is a file that it reads.
 */
export function referencesOf(path: string, text: string, exists: (path: string) => boolean): string[] {
  const code = withoutComments(text);
  const named = [...code.matchAll(LITERAL)].map(([, single, double]) => single ?? double ?? '');
  const joined = [...code.matchAll(JOINED)].map(([, literals = '']) =>
    [...literals.matchAll(/'([^'\n]*)'/g)].map(([, part = '']) => part).join('/'),
  );
  const files = [...named, ...joined]
    .map((name) => (name.startsWith('.') ? normalize(join(dirname(path), name)) : name))
    .filter((name) => name.includes('.') && exists(name));
  return [...new Set([...importsOf(path, code), ...files])].filter((one) => one !== path);
}
