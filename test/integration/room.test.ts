import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../../testbed/folders.ts';
import { assertRoomPossible } from '../../testbed/real/room.ts';
import { eventually, processesWith } from './processes.ts';

const run = promisify(execFile);
const fixture = fileURLToPath(new URL('room.fixture.ts', import.meta.url));
const reason = await assertRoomPossible().then(
  () => undefined,
  (error: Error) => error.message,
);
const skipped = reason !== undefined && process.env['CI'] !== 'true';

describe.skipIf(skipped)(`the room of a cluster with real pods${skipped ? ` (${reason})` : ''}`, () => {
  it.each([
    ['its owner is killed', 'wait', 'SIGKILL'],
    ['its owner is asked to end', 'wait', 'SIGTERM'],
    ['its command has ended', 'exit', undefined],
  ] as const)('leaves nothing on the machine when %s', { timeout: 60_000 }, async (_, end, signal) => {
    const marker = `room-${randomBytes(6).toString('hex')}`;
    const owner = spawn(process.execPath, [fixture, marker, end], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const [cgroup = '', network = ''] = line.split(' ');
    const folder = join(projectFolder, '.tmp', cgroup);
    const inside = await usersOf(network);
    if (signal !== undefined) {
      // Otherwise what follows would hold of a room that never was.
      expect(await processesWith(marker)).not.toEqual([]);
      expect(await groups(cgroup)).not.toEqual([]);
      expect(inside).not.toEqual([]);
      expect(existsSync(folder)).toBe(true);
      owner.kill(signal);
    } else {
      expect(await once(owner, 'exit')).toEqual([3, null]);
    }
    await eventually('processes, control groups, network and folder are gone', async () => {
      // A later namespace, of another room, may have the same number.
      const users = (await usersOf(network)).filter((pid) => inside.includes(pid));
      const left = [...(await processesWith(marker)), ...(await groups(cgroup)), ...users];
      return left.length === 0 && !existsSync(folder);
    });
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain('/run/room');
    expect(existsSync(`/var/lib/kubelet-${marker}`)).toBe(false);
    expect((await run('ip', ['link', 'show'])).stdout).not.toContain('cni0');
  });
});

async function groups(name: string): Promise<string[]> {
  const { stdout } = await run('find', ['/sys/fs/cgroup', '-maxdepth', '2', '-name', name]);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Processes in the network namespace, which ends with the last one. */
async function usersOf(network: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const links = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => '')));
  return pids.filter((_, index) => links[index] === network);
}
