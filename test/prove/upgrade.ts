import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Proof, ProofContext, ProofResult } from '../../scripts/prove-contract.ts';
import { runTestFile } from '../../scripts/prove/test-file.ts';
import { EARLIER } from '../integration/upgrade/scenes.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TEST = 'test/integration/upgrade/upgrade.test.ts';
const run = promisify(execFile);

/** The test of upgrades, with the earlier version itself in place of what was recorded of it. */
export const proof: Proof = {
  name: 'upgrade',
  what: 'An earlier version is killed in the middle of a transition and of migrations of queues; this one goes on.',
  run: prove,
};

async function prove({ folder, log, signal }: ProofContext): Promise<ProofResult> {
  const earlier = join(folder, EARLIER);
  log(`taking ${EARLIER} out of git`);
  await checkOut(earlier, log);
  const { passed, failed, skipped } = await runTestFile(TEST, { LEADPLATFORM_UPGRADE_FROM: earlier }, signal);
  if (skipped > 0) throw new Error('its test needs a control plane and Redis: see NOT RUN above');
  return {
    passed: passed > 0 && failed === 0,
    markdown: markdown(`${passed} passed, ${failed} failed`),
  };
}

/** The files of the earlier version, which runs on the packages that are installed here where it wants the same. */
async function checkOut(folder: string, log: (line: string) => void): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const archive = `${folder}.tar`;
  await run('git', ['archive', `--output=${archive}`, EARLIER], { cwd: ROOT });
  await run('tar', ['-x', '-f', archive, '-C', folder]);
  await rm(archive);
  const lock = (root: string) => readFile(join(root, 'package-lock.json'), 'utf8');
  if ((await lock(folder)) === (await lock(ROOT))) {
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return;
  }
  log('it wants other packages than are installed here: npm ci');
  await run('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], { cwd: folder });
}

const markdown = (
  outcome: string,
): string => `\`${TEST}\` ran with the operator of \`${EARLIER.slice(0, 12)}\`, on its own definition of LeadPlatforms: ${outcome}.
The seed chooses nothing in it.

The earlier operator is killed (SIGKILL) as soon as its status tells of a step: a transition whose new side is not ready, a
migration of queues whose source has jobs, and one whose source is empty. Then the definition is replaced, and this version
starts. A pass means:

- no Pod was made, replaced or restarted beside those of Jobs, and the old side's or the source's went when they should;
- each went on at its step, with the time since when it is under way, and came to its end;
- no child was written that stays as it is, and no hook ran twice;
- no Event was told that the earlier version had told;
- no name is left in the status that only the earlier version has.
`;
