import type { FileResult, ReportEntry } from './report.ts';

/** What is counted of the runs of vitest. */
export interface Results {
  readonly files: readonly FileResult[];
  /** Each run came to its end, with exit code 0 and no error outside of a test. */
  readonly succeeded: boolean;
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Results of one run, by its report and the exit code of its process. */
export function resultsOf(report: readonly ReportEntry[], exitCode: number): Results {
  const files = report.flatMap((entry) => (entry.kind === 'file' ? [entry.file] : []));
  const ended = report.some((entry) => entry.kind === 'ended' && entry.errors === 0);
  return { files, succeeded: ended && exitCode === 0 };
}

export function together(runs: readonly Results[]): Results {
  return { files: runs.flatMap(({ files }) => files), succeeded: runs.every((run) => run.succeeded) };
}

/**
 * Counts tests. A file that crashed counts as one failure, and so does a run that has no report, no tests, or an error
 * outside of any test (`succeeded` is false although no test failed).
 */
export function countResults({ files, succeeded }: Results): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of files) {
    const failed = file.tests.filter(({ status }) => status === 'failed').length;
    counts.passed += file.tests.filter(({ status }) => status === 'passed').length;
    counts.skipped += file.tests.filter(({ status }) => status === 'skipped').length;
    counts.failed += file.status === 'failed' && failed === 0 ? 1 : failed;
  }
  const ranNothing = counts.passed + counts.failed === 0;
  if (counts.failed === 0 && (ranNothing || !succeeded)) counts.failed = 1;
  return counts;
}

/** Names of the tests that did not run; a suite that was skipped carries its reason in its name. */
export function skippedTests({ files }: Results): string[] {
  return files.flatMap(({ tests }) =>
    tests.filter(({ status }) => status === 'skipped').map(({ name }) => name),
  );
}

/** The line that a run ends with. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
