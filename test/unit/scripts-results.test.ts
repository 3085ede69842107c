import { describe, expect, it } from 'vitest';
import { closingLine, countResults, type Results, skippedTests } from '../../scripts/results.ts';

const file = (status: string, ...tests: string[]): Results['testResults'][number] => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((one) => ({ status: one, fullName: `it is ${one}` })),
});

describe('the closing line of a test run', () => {
  it.each<[string, Results | undefined, boolean, string]>([
    [
      'counts passed tests',
      { testResults: [file('passed', 'passed', 'passed')] },
      true,
      '2 passed, 0 failed',
    ],
    [
      'counts failed tests',
      { testResults: [file('failed', 'passed', 'failed')] },
      false,
      '1 passed, 1 failed',
    ],
    [
      'counts skipped and pending tests apart',
      { testResults: [file('passed', 'passed', 'skipped', 'pending', 'todo')] },
      true,
      '1 passed, 0 failed, 3 skipped',
    ],
    [
      'counts a file that crashed as one failure',
      { testResults: [file('passed', 'passed'), file('failed')] },
      false,
      '1 passed, 1 failed',
    ],
    [
      'counts a file whose tests passed and whose clean-up failed',
      { testResults: [file('failed', 'passed')] },
      false,
      '1 passed, 1 failed',
    ],
    [
      'counts an error outside of any test',
      { testResults: [file('passed', 'passed')] },
      false,
      '1 passed, 1 failed',
    ],
    ['counts a run without tests as a failure', { testResults: [] }, true, '0 passed, 1 failed'],
    [
      'counts a run with nothing but skipped tests as a failure',
      { testResults: [file('passed', 'skipped')] },
      true,
      '0 passed, 1 failed, 1 skipped',
    ],
    ['counts a run without a report as a failure', undefined, false, '0 passed, 1 failed'],
  ])('%s', (_, results, succeeded, expected) => {
    expect(closingLine(countResults(results, succeeded))).toBe(expected);
  });

  it('has the names of all tests that did not run', () => {
    const results = { testResults: [file('passed', 'passed', 'skipped'), file('failed', 'failed', 'todo')] };
    expect(skippedTests(results)).toEqual(['it is skipped', 'it is todo']);
  });
});
