import { describe, expect, it } from 'vitest';
import type { FileResult, ReportEntry } from '../../../scripts/report.ts';
import { closingLine, countResults, resultsOf, skippedTests, together } from '../../../scripts/results.ts';

type Status = FileResult['status'];

const file = (status: Status, ...tests: Status[]): FileResult => ({
  path: 'test/unit/a.test.ts',
  project: 'unit',
  status,
  seconds: 1,
  tests: tests.map((one) => ({ status: one, name: `it is ${one}` })),
});
const entries = (...files: FileResult[]): ReportEntry[] => files.map((one) => ({ kind: 'file', file: one }));
const ended: ReportEntry = { kind: 'ended', errors: 0 };

describe('the closing line of a test run', () => {
  it.each<[string, readonly ReportEntry[], number, string]>([
    ['counts passed tests', [...entries(file('passed', 'passed', 'passed')), ended], 0, '2 passed, 0 failed'],
    ['counts failed tests', [...entries(file('failed', 'passed', 'failed')), ended], 1, '1 passed, 1 failed'],
    [
      'counts skipped tests apart',
      [...entries(file('passed', 'passed', 'skipped')), ended],
      0,
      '1 passed, 0 failed, 1 skipped',
    ],
    [
      'counts a file that crashed as one failure',
      [...entries(file('passed', 'passed'), file('failed')), ended],
      1,
      '1 passed, 1 failed',
    ],
    [
      'counts a file whose tests passed and whose clean-up failed',
      [...entries(file('failed', 'passed')), ended],
      1,
      '1 passed, 1 failed',
    ],
    [
      'counts an error outside of any test',
      [...entries(file('passed', 'passed')), { kind: 'ended', errors: 1 }],
      0,
      '1 passed, 1 failed',
    ],
    [
      'counts an exit code that no test explains',
      [...entries(file('passed', 'passed')), ended],
      1,
      '1 passed, 1 failed',
    ],
    ['counts a run that did not come to its end', entries(file('passed', 'passed')), 0, '1 passed, 1 failed'],
    ['counts a run without tests as a failure', [ended], 0, '0 passed, 1 failed'],
    [
      'counts a run with nothing but skipped tests as a failure',
      [...entries(file('skipped', 'skipped')), ended],
      0,
      '0 passed, 1 failed, 1 skipped',
    ],
    ['counts a run without a report as a failure', [], 1, '0 passed, 1 failed'],
  ])('%s', (_, report, exitCode, expected) => {
    expect(closingLine(countResults(resultsOf(report, exitCode)))).toBe(expected);
  });

  it('adds up several runs, of which one that broke off is a failure', () => {
    const passed = resultsOf([...entries(file('passed', 'passed')), ended], 0);
    const brokenOff = resultsOf(entries(file('passed', 'passed')), 0);
    expect(closingLine(countResults(together([passed, passed])))).toBe('2 passed, 0 failed');
    expect(closingLine(countResults(together([passed, brokenOff])))).toBe('2 passed, 1 failed');
  });

  it('has the names of all tests that did not run', () => {
    const report = entries(file('passed', 'passed', 'skipped'), file('failed', 'failed', 'skipped'));
    expect(skippedTests(resultsOf(report, 1))).toEqual(['it is skipped', 'it is skipped']);
  });
});
