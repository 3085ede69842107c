import { expect, it } from 'vitest';
import { withFiles } from '../../../scripts/durations.ts';

const file = (path: string, status: 'passed' | 'failed' | 'skipped', seconds: number) => ({
  ...{ path, status, seconds },
  project: 'unit',
  tests: [],
});

it('durations of files that passed are kept, and those of others stay', () => {
  const before = { 'other.test.ts': 9, 'failed.test.ts': 60, 'passed.test.ts': 4 };
  const files = [
    file('passed.test.ts', 'passed', 5.04),
    file('failed.test.ts', 'failed', 1),
    file('skipped.test.ts', 'skipped', 0),
  ];
  expect(withFiles(before, files)).toEqual({ ...before, 'passed.test.ts': 5 });
});
