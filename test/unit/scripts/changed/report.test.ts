import { expect, it } from 'vitest';
import { changedReport } from '../../../../scripts/changed/report.ts';

const change = (...files: string[]) => ({ since: 'since main', files });
const nothing = { run: [], seconds: 0, tooLong: [], onRealPods: [], unreached: [] };

it.each([
  ['nothing has changed', change(), nothing, 'No file has changed since main.\n'],
  [
    'no test depends on it',
    change('LICENSE'),
    { ...nothing, unreached: ['LICENSE'] },
    '1 file changed since main.\nNo test depends on it.\n',
  ],
  [
    'some run and some are left out',
    change('LICENSE', 'src/a.ts'),
    {
      run: ['test/golden/a.test.ts', 'test/integration/a.test.ts'],
      seconds: 45.5,
      tooLong: ['test/integration/b.test.ts', 'test/integration/c.test.ts'],
      onRealPods: ['test/e2e/a.test.ts'],
      unreached: ['LICENSE'],
    },
    `2 files changed since main.
5 test files depend on them; 2 run, in about 46 s: 1 unit, property or golden, 1 integration.
No test depends on: LICENSE.
Left out, because they would not end within 180 s: 2 test files. To run them:
  npm test -- test/integration/b.test.ts \\
    test/integration/c.test.ts
Left out, because they need real pods, which take minutes to come up: 1 test file. To run them:
  npm test -- test/e2e/a.test.ts
`,
  ],
])('the report says when %s', (_, of, plan, text) => {
  expect(changedReport(of, plan, 180)).toBe(text);
});
