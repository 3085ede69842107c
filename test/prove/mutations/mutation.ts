/** A fault as a change of the code's text, and what a run of the tests says of it. */
import type { FileResult } from '../../../scripts/report.ts';

export interface Mutation {
  /** What the operator does wrong, as a sentence. */
  readonly what: string;
  /** The file that is changed. */
  readonly file: string;
  /** Occurs in it exactly once. */
  readonly from: string;
  readonly to: string;
  /** The test that has to fail. Those before it in its file pass, and the run ends with it. */
  readonly caughtBy: { readonly file: string; readonly test: string };
}

/** @throws Error where the text that is to be changed is not there, or more than once. */
export function mutate(source: string, { what, file, from, to }: Mutation): string {
  const places = source.split(from).length - 1;
  if (places !== 1) {
    const found = places === 0 ? 'does not occur' : `occurs ${places} times`;
    throw new Error(`The mutation "${what}" does not apply: in ${file} this text ${found}: ${from}`);
  }
  return source.replace(from, () => to);
}

export interface Verdict {
  readonly isCaught: boolean;
  /** As the end of a sentence that begins with the mutation. */
  readonly says: string;
}

/**
 * | the file          | its test | verdict                                            |
 * |-------------------|----------|----------------------------------------------------|
 * | ended             | failed   | caught                                             |
 * | ended             | passed   | not caught                                         |
 * | ended             | not run  | not caught: another one failed before it, or a hook |
 * | did not end       |          | not caught: nothing was shown                      |
 */
export function verdictOf(files: readonly FileResult[], { caughtBy }: Mutation): Verdict {
  const file = files.find(({ path }) => path === caughtBy.file);
  if (file === undefined) return { isCaught: false, says: `${caughtBy.file} did not come to its end` };
  const test = file.tests.find(({ name }) => isNamed(name, caughtBy.test));
  if (test?.status === 'failed')
    return { isCaught: true, says: `"${caughtBy.test}" failed: ${reasonOf(test)}` };
  const others = file.tests.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const instead =
    others.length > 0
      ? `, and these failed instead: ${others.join('; ')}`
      : file.status === 'failed'
        ? ', and the file failed outside of its tests'
        : '';
  const state =
    test === undefined ? 'is not in its file' : test.status === 'passed' ? 'passed' : 'did not run';
  return { isCaught: false, says: `"${caughtBy.test}" ${state}${instead}` };
}

/** Enough to see by what it was caught. */
const LONGEST_REASON = 160;

function reasonOf({ error = 'no reason was given' }: FileResult['tests'][number]): string {
  return error.length > LONGEST_REASON ? `${error.slice(0, LONGEST_REASON)}…` : error;
}

/** A full name has those of the suites before it. */
const isNamed = (fullName: string, name: string): boolean =>
  fullName === name || fullName.endsWith(` > ${name}`);
