import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../../../controller/commands/run.ts';
import { UsageError } from '../../../src/cli/errors.ts';
import { processIo } from '../../../src/cli/io.ts';

const ANY_OTHERS = ['--health-address', '127.0.0.1:0', '--http-address', '127.0.0.1:0'];
const taken = createServer();
let folder: string;
let kubeconfig: string;
let address: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  await mkdir('.tmp', { recursive: true });
  folder = await mkdtemp(join('.tmp', 'run-'));
  kubeconfig = join(folder, 'kubeconfig');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'here' } }],
      clusters: [{ name: 'here', cluster: { server: 'http://127.0.0.1:9' } }],
    }),
  );
});
afterAll(async () => {
  taken.close();
  await rm(folder, { recursive: true, force: true });
});

it.each([
  ['a kubeconfig that is not there', () => ['--kubeconfig', join(folder, 'nothing')], 'does not exist'],
  [
    'a context that is not there',
    () => ['--kubeconfig', kubeconfig, '--context', 'there'],
    'there are: here',
  ],
  [
    'an address that is taken',
    () => ['--kubeconfig', kubeconfig, '--health-address', '127.0.0.1:0', '--http-address', address],
    '--http-address is',
  ],
  [
    'an address of health that is taken',
    () => ['--kubeconfig', kubeconfig, '--health-address', address],
    '--health-address is',
  ],
  [
    'an address of live numbers that is taken',
    () => ['--kubeconfig', kubeconfig, ...ANY_OTHERS, '--live-address', address],
    '--live-address is',
  ],
])('refuses %s in a sentence', async (_, args, words) => {
  const ended = runCommand.run(args(), processIo());
  await expect(ended).rejects.toThrow(UsageError);
  await expect(ended).rejects.toThrow(words);
});
