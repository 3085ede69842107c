/** Which tests a change concerns, and which of them run within a time. Pure: the checkout and the change are arguments. */
import type { Durations } from '../durations.ts';
import { foldersConcernedBy } from './folders.ts';

export interface Checkout {
  /** What each file of code depends on; see `referencesOf`. */
  readonly references: ReadonlyMap<string, readonly string[]>;
  readonly tests: readonly string[];
}

export interface Budget {
  readonly seconds: number;
  /** Until the servers of the integration tests have started. */
  readonly startSeconds: number;
  /** Files at a time. */
  readonly lanes: Readonly<Record<'unit' | 'integration', number>>;
  /** Seconds of a file whose duration is not known. */
  readonly guess: Readonly<Record<Kind, number>>;
  /** A known duration is that of tests and hooks: a process and what it imports come before. */
  readonly loading: Readonly<Record<Kind, number>>;
}

export interface ChangedPlan {
  readonly run: readonly string[];
  /** How long they should take together. */
  readonly seconds: number;
  /** Concerned, and longer than the time that is left. */
  readonly tooLong: readonly string[];
  /** Concerned, and on real pods, which take minutes to come up. */
  readonly onRealPods: readonly string[];
  /** Changed files that no test depends on. */
  readonly unreached: readonly string[];
}

export type Kind = 'unit' | 'integration' | 'e2e';
/** Properties and golden logs run with the unit tests. */
export function kindOf(test: string): Kind {
  if (test.startsWith('test/e2e/')) return 'e2e';
  return test.startsWith('test/integration/') ? 'integration' : 'unit';
}

export function planChanged(
  changed: readonly string[],
  checkout: Checkout,
  durations: Durations,
  budget: Budget,
): ChangedPlan {
  const { distances, reached } = distancesTo(changed, checkout);
  const secondsOf = (test: string) =>
    budget.loading[kindOf(test)] + (durations[test] ?? budget.guess[kindOf(test)]);
  const concerned = [...distances]
    .toSorted(
      ([a, near], [b, far]) =>
        Number(kindOf(a) !== 'unit') - Number(kindOf(b) !== 'unit') ||
        near - far ||
        secondsOf(a) - secondsOf(b) ||
        a.localeCompare(b),
    )
    .map(([test]) => test);
  const run: string[] = [];
  const tooLong: string[] = [];
  for (const test of concerned.filter((one) => kindOf(one) !== 'e2e')) {
    if (expectedSeconds([...run, test], secondsOf, budget) <= budget.seconds) run.push(test);
    else tooLong.push(test);
  }
  return {
    run,
    tooLong,
    seconds: expectedSeconds(run, secondsOf, budget),
    onRealPods: concerned.filter((one) => kindOf(one) === 'e2e'),
    unreached: changed.filter((path) => !reached.has(path)),
  };
}

/** The test files that depend on a change, by the least number of steps between; and the changes that have any. */
function distancesTo(changed: readonly string[], { references, tests }: Checkout) {
  const dependents = new Map<string, string[]>();
  for (const [path, depends] of references) {
    for (const one of depends) dependents.set(one, [...(dependents.get(one) ?? []), path]);
  }
  const isTest = new Set(tests);
  const distances = new Map<string, number>();
  const reached = new Set<string>();
  for (const start of changed) {
    const found = new Map([[start, 0]]);
    for (const folder of foldersConcernedBy(start)) {
      for (const test of tests) if (test.startsWith(folder)) found.set(test, 1);
    }
    // A map goes on with what is set while it is walked; by breadth, so that the first way is the shortest.
    for (const [path, distance] of found) {
      for (const next of dependents.get(path) ?? []) if (!found.has(next)) found.set(next, distance + 1);
    }
    for (const [path, distance] of found) {
      if (!isTest.has(path)) continue;
      reached.add(start);
      distances.set(path, Math.min(distance, distances.get(path) ?? Infinity));
    }
  }
  return { distances, reached };
}

/** One kind after the other; files side by side take as long as all of them in so many lanes, or as the longest. */
function expectedSeconds(
  tests: readonly string[],
  secondsOf: (test: string) => number,
  { lanes, startSeconds }: Budget,
): number {
  const side = (kind: 'unit' | 'integration') => {
    const all = tests.filter((test) => kindOf(test) === kind).map(secondsOf);
    const sum = all.reduce((total, one) => total + one, 0);
    return Math.max(sum / lanes[kind], ...all, 0);
  };
  const starts = tests.some((test) => kindOf(test) === 'integration') ? startSeconds : 0;
  return side('unit') + starts + side('integration');
}
