/** SECURITY.md names a test for everything that it promises. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');

/** Behind a file that another change brings. */
const TO_COME = '<!-- to come -->';
const named = [...page.matchAll(/`(test\/[^`]+)`(?: (<!-- to come -->))?/g)].map(([, file = '', mark]) => ({
  file,
  isToCome: mark === TO_COME,
}));

/** Cells of the tables that promise something. */
const promises = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(({ length }) => length === 5)
  .filter(([, first = '']) => !first.startsWith('---') && first !== 'must not get');

it('promises nothing without a test', () => {
  expect(promises.length).toBeGreaterThan(20);
  expect(promises.filter((cells) => !cells[3]?.includes('`test/')).map(([, promise]) => promise)).toEqual([]);
});

it.each(named.filter(({ isToCome }) => !isToCome))('names $file, which is there', ({ file }) => {
  expect(existsSync(join(ROOT, file))).toBe(true);
});

// As soon as it is there the mark goes.
it.each([...named.filter(({ isToCome }) => isToCome)])('waits for $file', ({ file }) => {
  expect(existsSync(join(ROOT, file)), `${file} is there: take ${TO_COME} out of SECURITY.md`).toBe(false);
});
