import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileResult } from '../../../scripts/report.ts';
import { FAULTS } from '../../prove/mutations/list.ts';
import { mutate, type Mutation, verdictOf } from '../../prove/mutations/mutation.ts';
import { pageOf } from '../../prove/mutations/page.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (file: string) => readFile(join(ROOT, file), 'utf8');
const all = FAULTS.flatMap(({ mutations }) => mutations);

const mutation: Mutation = {
  what: 'It never waits.',
  file: 'src/a.ts',
  from: 'if (isReady) go();',
  to: 'go($&);',
  caughtBy: { file: 'test/a.test.ts', test: 'waits' },
};

describe('the mutations', () => {
  it.each(all)('apply to the code as it is: $what', async (one) => {
    expect(mutate(await read(one.file), one)).not.toBe(await read(one.file));
  });

  it.each(all)('name a test that there is: $what', async ({ caughtBy }) => {
    expect((await read(caughtBy.file)).replaceAll("\\'", "'")).toContain(caughtBy.test);
  });
});

describe('a mutation', () => {
  it('changes its text, and nothing else', () => {
    expect(mutate('a;\nif (isReady) go();\nb;', mutation)).toBe('a;\ngo($&);\nb;');
  });

  it.each([
    ['a;', 'does not occur'],
    ['if (isReady) go();\nif (isReady) go();', 'occurs 2 times'],
  ])('fails where its text is not there once: %j', (source, says) => {
    expect(() => mutate(source, mutation)).toThrow(
      `The mutation "It never waits." does not apply: in src/a.ts this text ${says}: if (isReady) go();`,
    );
  });
});

describe('the verdict', () => {
  const file = (status: FileResult['status'], tests: FileResult['tests']): FileResult[] => [
    { path: 'test/a.test.ts', project: 'integration', status, seconds: 1, tests },
  ];
  it.each([
    {
      of: 'its test that failed',
      files: file('failed', [{ name: 'A > waits', status: 'failed', error: 'it was 2' }]),
      verdict: { isCaught: true, says: '"waits" failed: it was 2' },
    },
    {
      of: 'its test that passed',
      files: file('passed', [{ name: 'A > waits', status: 'passed' }]),
      verdict: { isCaught: false, says: '"waits" passed' },
    },
    {
      of: 'another test that failed before it',
      files: file('failed', [
        { name: 'A > begins', status: 'failed' },
        { name: 'A > waits', status: 'skipped' },
      ]),
      verdict: { isCaught: false, says: '"waits" did not run, and these failed instead: A > begins' },
    },
    {
      of: 'a set-up that failed',
      files: file('failed', [{ name: 'A > waits', status: 'skipped' }]),
      verdict: { isCaught: false, says: '"waits" did not run, and the file failed outside of its tests' },
    },
    {
      of: 'a test that was renamed',
      files: file('passed', [{ name: 'A > awaits', status: 'passed' }]),
      verdict: { isCaught: false, says: '"waits" is not in its file' },
    },
    {
      of: 'a run that broke off',
      files: [],
      verdict: { isCaught: false, says: 'test/a.test.ts did not come to its end' },
    },
  ])('on $of', ({ files, verdict }) => {
    expect(verdictOf(files, mutation)).toEqual(verdict);
  });
});

it('the page says of each mutation by what it was caught, or that it was not', () => {
  const other = { ...mutation, what: 'It never ends.' };
  const page = pageOf([{ name: 'No patience', mutations: [mutation, other] }], (one) =>
    one === mutation
      ? { isCaught: true, says: '"waits" failed: it was 2' }
      : { isCaught: false, says: '"waits" passed' },
  );
  expect(page).toContain(
    [
      '## No patience',
      '',
      '- It never waits. (`src/a.ts`)',
      '  Caught by `test/a.test.ts`: "waits" failed: it was 2',
      '- It never ends. (`src/a.ts`)',
      '  **Not caught** by `test/a.test.ts`: "waits" passed',
    ].join('\n'),
  );
});
