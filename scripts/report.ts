/** What a run of the tests says of itself: a file with a line of JSON for each thing that happens. */
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export type ReportEntry =
  /** How many files each project is going to run. */
  | { readonly kind: 'planned'; readonly projects: Readonly<Record<string, number>> }
  | { readonly kind: 'file'; readonly file: FileResult }
  /** The run came to its end; how many errors there were outside of any test. */
  | { readonly kind: 'ended'; readonly errors: number };

/** One test file, as it ended. */
export interface FileResult {
  /** From the project's root. */
  readonly path: string;
  readonly project: string;
  /** `failed` also where a hook or the file itself failed. */
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Its tests and hooks. */
  readonly seconds: number;
  readonly tests: readonly TestResult[];
}

interface TestResult {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it failed: the first line of its first error. */
  readonly error?: string;
}

/** Names the file to which the reporter of this process writes; without it, it writes nothing. */
export const REPORT_VARIABLE = 'LEADPLATFORM_TEST_REPORT';

export function append(path: string, entry: ReportEntry): void {
  appendFileSync(path, `${JSON.stringify(entry)}\n`);
}

/** What is there so far; nothing where there is no file yet. */
export async function readReport(path: string): Promise<ReportEntry[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // The last line may be half written.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ReportEntry);
}
