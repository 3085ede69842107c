import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { EXIT_BLOCKED } from '../../../controller/runtime/watchdog.ts';

const FIXTURE = fileURLToPath(new URL('./watchdog.fixture.ts', import.meta.url));

interface Watched {
  readonly child: ChildProcess;
  /** How it ended: its code, or the signal. */
  readonly ended: Promise<number | string>;
  readonly said: () => string;
}

/** Far longer than a loop may be blocked there. */
const LONG_MS = 3_000;

async function start(deed: string, { onTestFinished }: TestContext): Promise<Watched> {
  const child = spawn(process.execPath, [FIXTURE, deed], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  await Promise.race([once(child.stdout, 'data'), ended]);
  return { child, ended, said: () => said };
}

// Each of them waits for a process of its own.
describe.concurrent('the watchdog', () => {
  it.for(['hang', 'match'])(
    'ends a process that is blocked (%s), and says what it was doing',
    async (deed, test) => {
      const { ended, said } = await start(deed, test);
      expect([EXIT_BLOCKED, 'SIGKILL']).toContain(await ended);
      expect(said()).toContain('"doing":"reading an answer of Postgres at db:5432"');
    },
  );

  it('says where in the code it is blocked', async (test) => {
    const { ended, said } = await start('hang', test);
    await ended;
    expect(said()).toMatch(/"stack":\["hang watchdog.fixture.ts:\d+/);
  });

  it('writes lines of the form that the logger writes', async (test) => {
    const { ended, said } = await start('hang', test);
    await ended;
    const lines = said().trim().split('\n').slice(1);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatch(
        /^{"level":"fatal","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","\w+":.*"msg":"/,
      );
    }
  });

  it('leaves a process alone whose loop turns, however busy it is', async (test) => {
    const { ended } = await start('work', test);
    expect(await Promise.race([ended, sleep(LONG_MS, 'alive')])).toBe('alive');
  });

  it('leaves a process alone that was stopped as a whole, and goes on', async (test) => {
    const { child, ended } = await start('wait', test);
    await sleep(500);
    child.kill('SIGSTOP');
    await sleep(LONG_MS);
    child.kill('SIGCONT');
    expect(await Promise.race([ended, sleep(LONG_MS, 'alive')])).toBe('alive');
  });

  it('keeps no process from its end, and ends with it', async (test) => {
    const { ended } = await start('end', test);
    expect(await ended).toBe(0);
  });
});
