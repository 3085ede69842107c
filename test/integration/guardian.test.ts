import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventually, isRunning } from './processes.ts';

const fixture = fileURLToPath(new URL('owner.fixture.ts', import.meta.url));

describe('a process that owns a child, a grandchild and a folder leaves none of them', () => {
  it.each([
    ['when it is killed', 'wait', 'SIGKILL'],
    ['when it is killed and they ignore SIGTERM', 'stubborn', 'SIGKILL'],
    ['when it is interrupted', 'wait', 'SIGINT'],
    ['when it is asked to end', 'wait', 'SIGTERM'],
    ['when an exception is not caught', 'throw', undefined],
    ['when it exits', 'exit', undefined],
  ] as const)('%s', { timeout: 30_000 }, async (_, how, signal) => {
    const owner = spawn(process.execPath, [fixture, how], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const owned = JSON.parse(line) as { child: number; grandchild: number; folder: string };
    if (signal !== undefined) {
      expect(await isRunning(owned.child)).toBe(true);
      expect(await isRunning(owned.grandchild)).toBe(true);
      expect(existsSync(owned.folder)).toBe(true);
      owner.kill(signal);
    }
    await eventually('child, grandchild and folder are gone', async () => {
      const running = await Promise.all([isRunning(owned.child), isRunning(owned.grandchild)]);
      return !running.includes(true) && !existsSync(owned.folder);
    });
  });
});
