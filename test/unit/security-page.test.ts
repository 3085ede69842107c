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

/** Whether the file has a test of this name, be it of a table, and one that runs. */
function isThere({ file, sentence }: { readonly file: string; readonly sentence: string }): boolean {
  const path = join(ROOT, file);
  if (!existsSync(path)) return false;
  return isTest(readFileSync(path, 'utf8'), sentence);
}

/** `it('…'`, or `)('…'` behind a table; not as words of something else, and not in what is skipped. */
function isTest(source: string, sentence: string): boolean {
  if (/\.(skip|skipIf|runIf|todo|fails)\b/.test(source)) return false;
  return [`'`, '`', '"'].some((quote) =>
    ['it(', ')('].some((call) =>
      source.replaceAll(/([\w)]\()\s+/g, '$1').includes(`${call}${quote}${sentence}${quote}`),
    ),
  );
}

it.each<[string, string, boolean]>([
  ['a test', `it('does so', () => undefined);`, true],
  ['a table', `it.each([1])('does so', () => undefined);`, true],
  ['a table with its name on a line of its own', `it.each([\n  1,\n])(\n  'does so',\n`, true],
  ['a comment', `// 'does so'`, false],
  ['an argument', `says('does so')`, false],
  ['a test that is skipped', `it.skip('does so', () => undefined);`, false],
  ['a suite that is skipped', `describe.skip('all', () => { it('does so', f); });`, false],
])('takes %s for what it is', (_, source, isOne) => {
  expect(isTest(source, 'does so')).toBe(isOne);
});

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
