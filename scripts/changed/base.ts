import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Change {
  /** Since when, for a sentence: `since origin/main`. */
  readonly since: string;
  /** Paths from the root, deleted files included. */
  readonly files: readonly string[];
}

/** A mistake in the arguments; its message says what would be right. */
export class ChangedUsageError extends Error {}

/** What differs from the base, committed or not, and files that git does not know yet. */
export async function changeSince(root: string, ref: string | undefined): Promise<Change> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: root, maxBuffer: 2 ** 26 })).stdout;
  const known = async (name: string): Promise<boolean> =>
    git('rev-parse', '--quiet', '--verify', `${name}^{commit}`).then(
      () => true,
      () => false,
    );
  const { commit, since } = await chooseBase(ref, known, async (name) =>
    git('merge-base', name, 'HEAD').then((text) => text.trim()),
  );
  const list = (text: string) => text.split('\0').filter((path) => path !== '');
  const [changed, untracked] = await Promise.all([
    git('diff', '--name-only', '--no-renames', '-z', commit, '--'),
    git('ls-files', '--others', '--exclude-standard', '-z'),
  ]);
  return { since, files: [...new Set([...list(changed), ...list(untracked)])].toSorted() };
}

/** git's own name of a commit without files. */
const NOTHING = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** The base that is named; or where this branch left `origin/main`; or, without that, the last commit's own changes count. */
export async function chooseBase(
  ref: string | undefined,
  known: (name: string) => Promise<boolean>,
  mergeBase: (name: string) => Promise<string>,
): Promise<{ commit: string; since: string }> {
  if (ref !== undefined) {
    if (await known(ref)) return { commit: await mergeBase(ref), since: `since ${ref}` };
    throw new ChangedUsageError(`--changed=${ref}: git knows no commit "${ref}"`);
  }
  if (await known('origin/main')) {
    return { commit: await mergeBase('origin/main'), since: 'since origin/main' };
  }
  const commit = (await known('HEAD~1')) ? 'HEAD~1' : NOTHING;
  return { commit, since: 'in the last commit and since (there is no origin/main here)' };
}
