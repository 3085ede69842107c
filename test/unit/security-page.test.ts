/** SECURITY.md names a test for everything that it promises, by its file and its sentence. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');

/** Behind a test that another change brings. */
const TO_COME = '<!-- to come -->';
const named = [...page.matchAll(/`(test\/[^`]+)`: “([^”]+)”(?: (<!-- to come -->))?/g)].map(
  ([, file = '', sentence = '', mark]) => ({ file, sentence, isToCome: mark === TO_COME }),
);

/** Whether the file has a test of this name, be it of a table. */
function isThere({ file, sentence }: { readonly file: string; readonly sentence: string }): boolean {
  const path = join(ROOT, file);
  if (!existsSync(path)) return false;
  const source = readFileSync(path, 'utf8');
  return [`'`, '`', '"'].some((quote) => source.includes(`${quote}${sentence}${quote}`));
}

/** Cells of the tables that promise something. */
const promises = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(({ length }) => length === 5)
  .filter(([, first = '']) => !first.startsWith('---') && first !== 'must not get');

it('promises nothing without a test', () => {
  expect(promises.length).toBeGreaterThan(30);
  expect(promises.filter((cells) => !cells[3]?.includes('`test/')).map(([, promise]) => promise)).toEqual([]);
});

it('names no file of tests without the sentence of one', () => {
  expect(page.match(/`test\/[^`]+\.test\.ts`/g)).toHaveLength(named.length);
});

it.each(named.filter(({ isToCome }) => !isToCome))('names “$sentence” in $file, which is there', (test) => {
  expect(isThere(test)).toBe(true);
});

// As soon as it is there the mark goes.
it.each(named.filter(({ isToCome }) => isToCome))('waits for “$sentence” in $file', (test) => {
  expect(isThere(test), `it is there: take ${TO_COME} behind it out of SECURITY.md`).toBe(false);
});
