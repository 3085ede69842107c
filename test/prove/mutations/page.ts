import type { Fault } from './list.ts';
import type { Mutation, Verdict } from './mutation.ts';

/** The page of the proof below its header. */
export function pageOf(
  faults: readonly Fault[],
  verdictOn: (mutation: Mutation) => Verdict | undefined,
): string {
  const intro = `One at a time, each of these changes is made in a copy of the checkout, and the integration tests of one file are run there.
The first test that fails ends the run: it has to be the one that is named. Without any change all tests of these files passed.
The seed chooses nothing.
`;
  return [intro, ...faults.map((fault) => sectionOf(fault, verdictOn))].join('\n');
}

function sectionOf(
  { name, mutations }: Fault,
  verdictOn: (mutation: Mutation) => Verdict | undefined,
): string {
  const entries = mutations.map((mutation) => {
    const { what, file, caughtBy } = mutation;
    const verdict = verdictOn(mutation);
    const outcome = verdict?.isCaught === true ? 'Caught' : '**Not caught**';
    return `- ${what} (\`${file}\`)\n  ${outcome} by \`${caughtBy.file}\`: ${verdict?.says ?? 'not tried'}\n`;
  });
  return `## ${name}\n\n${entries.join('')}`;
}
