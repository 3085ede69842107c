/** What runs before a command, in a real shell: who is process 1 in a pod is the process that was spawned here. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startedBy } from '../../../src/workloads/shape.ts';

const node = (script: string, ...args: readonly string[]) => [process.execPath, '-e', script, ...args];

function started(command: readonly string[], before: readonly string[]) {
  const [file = '', ...args] = startedBy(command, before) ?? [];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  return {
    child,
    errors: text(child.stderr),
    /** The next that it prints. */
    says: async () => String((await once(child.stdout, 'data'))[0]).trim(),
    ends: async () => (await once(child, 'exit')) as [code: number | null, signal: string | null],
  };
}

/** Tells who it is, and ends with 7 when it is asked to. */
const COMMAND = node(`
  process.on('SIGTERM', () => process.exit(7));
  console.log(process.pid, JSON.stringify(process.argv.slice(1)));
  setInterval(() => {}, 1000);
`);

it('runs before the command, which takes over the same process and gets its signals', async () => {
  const { child, says, ends } = started([...COMMAND, 'a b', "it's", '$HOME', ''], ['true']);
  expect(await says()).toBe(`${child.pid} ["a b","it's","$HOME",""]`);
  child.kill('SIGTERM');
  expect(await ends()).toEqual([7, null]);
});

it.each([
  ['spaces and quotes', ['a b', `it's "so"`, "''", '']],
  ['what a shell would replace', ['$HOME', '`id`', '$(id)', '*', '~', '!', '\\n', '#']],
  ['what a shell would run', ['; exit 9', '&& exit 9', '| cat', '> /dev/null', 'a\nexit 9']],
])('gives what runs before its words as they are: %s', async (_case, words) => {
  const before = node('console.log(JSON.stringify(process.argv.slice(1)))', ...words);
  const { says, ends } = started(['true'], before);
  expect(JSON.parse(await says())).toEqual(words);
  expect(await ends()).toEqual([0, null]);
});

it.each([
  ['fails', ['false']],
  ['is not there', ['no-such-command']],
  ['looks like a variable', ['A=1']],
])('starts the command also when what runs before %s, and says so', async (_case, before) => {
  const { errors, ends } = started(node('process.exit(5)'), before);
  expect(await ends()).toEqual([5, null]);
  expect(await errors).toContain('leadplatform: the command before the start failed');
});

it.each(['SIGTERM', 'SIGQUIT', 'SIGWINCH'] as const)(
  'does not start the command when %s came before it: a worker would begin a job that is cut off',
  async (signal) => {
    const { child, says, ends } = started(
      node(`console.log('working')`),
      node(`console.log('optimising'); process.stdin.resume()`),
    );
    expect(await says()).toBe('optimising');
    child.kill(signal);
    child.stdin.end();
    const printed = text(child.stdout);
    expect(await ends()).toEqual([143, null]);
    expect(await printed).toBe('');
  },
);

it('leaves a command alone that is not known, or that nothing runs before', () => {
  expect(startedBy(undefined, ['true'])).toBeUndefined();
  expect(startedBy(['php'], undefined)).toEqual(['php']);
});
