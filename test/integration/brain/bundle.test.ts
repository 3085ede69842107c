import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  isReachableByAnyone,
  projectFolder,
  reachableFolder,
  type TemporaryFolder,
} from '../../../testbed/folders.ts';
import { TELL_TO_STOP } from '../../../src/workloads/containers.ts';
import { describeWith } from '../support.ts';
import { ownBrain, postLead } from './fixture.ts';

const run = promisify(execFile);

describeWith(['postgres', 'redis'], 'the one file of the image of the stand-in', () => {
  const brain = ownBrain();
  let folder: TemporaryFolder;

  beforeAll(async () => {
    folder = await reachableFolder('brain-bundle');
    const bundle = join(projectFolder, 'examples', 'brain', 'bundle.ts');
    await run(process.execPath, [bundle, join(folder.path, 'bin')]);
  });
  afterAll(() => folder.remove());

  /** `php ARGS` found on the PATH, in a folder without anything, as the ordinary user of the image where we may become it. */
  const php = async (...args: string[]) => {
    const { PATH = '', ...env } = brain.env;
    const mayChange = process.getuid?.() === 0 && (await isReachableByAnyone(process.execPath));
    const user = mayChange ? { uid: 65532, gid: 65532 } : {};
    const path = [join(folder.path, 'bin'), dirname(process.execPath), PATH].join(':');
    return run('php', args, { cwd: '/', env: { ...env, PATH: path }, timeout: 30_000, ...user });
  };

  it('is php to the commands of the operator', async () => {
    const { url } = await brain.web();
    await postLead(url, 'lead');
    const args = ['--queue=vici-updates', '--timeout=120', '--tries=3', '--stop-when-empty'];
    await php('artisan', 'queue:work', 'redis', ...args);
    expect(await brain.sql('SELECT lead_id FROM lead_effects')).toEqual([{ lead_id: 'lead' }]);
    await php('artisan', 'optimize');
    await php('artisan', 'vici:sync-call-logs', '--last-hour');
    await php('artisan', 'vici:reconcile-all-calls');
    await php('-r', TELL_TO_STOP.replace('posix_kill(1,', 'posix_kill(2147483647,'));
    expect((await php('-v')).stdout).toMatch(/stand-in for PHP/);
  });

  it.each([
    [['artisan', 'leads:explode'], { code: 1, stderr: /"leads:explode" is not defined/ }],
    [['artisan', 'queue:work', '--retries=3'], { code: 1, stderr: /"--retries" option does not exist/ }],

    [['artisan', 'queue:work', 'sqs'], { code: 1, stderr: /no queue connection "sqs"/ }],
    [['-r', 'unlink("/etc/passwd");'], { code: 255, stderr: /no code but posix_kill/ }],
    [['index.php'], { code: 1, stderr: /Could not open input file: index.php/ }],
  ])('refuses %j with a sentence', async (args, { code, stderr }) => {
    await expect(php(...args)).rejects.toMatchObject({
      code,
      stderr: expect.stringMatching(stderr) as string,
    });
  });
});
