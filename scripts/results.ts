/** The part of vitest's JSON report that is counted. */
export interface Results {
  testResults: {
    name: string;
    status: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Counts tests. A file that crashed counts as one failure, and so does a run that has no report, no tests, or an error
 * outside of any test (`succeeded` is false although no test failed).
 */
export function countResults(results: Results | undefined, succeeded: boolean): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of results?.testResults ?? []) {
    const statuses = file.assertionResults.map((one) => one.status);
    const failed = statuses.filter((status) => status === 'failed').length;
    counts.passed += statuses.filter((status) => status === 'passed').length;
    counts.skipped += statuses.filter(isSkipped).length;
    counts.failed += file.status === 'failed' && failed === 0 ? 1 : failed;
  }
  const ranNothing = counts.passed + counts.failed === 0;
  if (counts.failed === 0 && (ranNothing || !succeeded)) counts.failed = 1;
  return counts;
}

/** Names of the tests that did not run; a suite that was skipped carries its reason in its name. */
export function skippedTests(results: Results | undefined): string[] {
  return (results?.testResults ?? []).flatMap((file) =>
    file.assertionResults.filter((one) => isSkipped(one.status)).map((one) => one.fullName),
  );
}

function isSkipped(status: string): boolean {
  return status !== 'passed' && status !== 'failed';
}

/** The line that a run ends with. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
