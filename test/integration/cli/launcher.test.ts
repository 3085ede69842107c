import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../testbed/folders.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const LAUNCHER = join(ROOT, 'bin', 'leadplatform.js');

/** Makes the launcher believe that it runs on another Node. */
const pretend = (version: string) => {
  const code = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
};

const launch = (nodeArgs: readonly string[], args: readonly string[]) =>
  started(process.execPath, [...nodeArgs, LAUNCHER, ...args]);

function started(command: string, args: readonly string[]) {
  return new Promise<{ code: number | string; out: string; err: string }>((resolve) => {
    execFile(command, args, { cwd: '/' }, (error, out, err) => {
      resolve({ code: error?.code ?? 0, out, err });
    });
  });
}

/** An operator without a cluster, in a process group of its own; `hear` is told each line of its log. */
async function operator(nodeArgs: readonly string[], hear: (msg: string) => void) {
  const folder = await temporaryFolder('launcher');
  onTestFinished(() => folder.remove());
  const kubeconfig = join(folder.path, 'kubeconfig');
  const nobody = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here' } }],
    clusters: [{ name: 'here', cluster: { server: 'http://127.0.0.1:9' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(nobody));
  const addresses = ['http', 'health', 'live'].flatMap((of) => [`--${of}-address`, '127.0.0.1:0']);
  const args = [...nodeArgs, LAUNCHER, 'run', '--kubeconfig', kubeconfig, ...addresses];
  const launcher = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = launcher.pid!;
  onTestFinished(() => void (launcher.exitCode === null && process.kill(-pid, 'SIGKILL')));
  createInterface({ input: launcher.stdout }).on('line', (line) =>
    hear((JSON.parse(line) as { msg: string }).msg),
  );
  return { pid: () => pid, ended: once(launcher, 'exit') };
}

describe('the launcher', () => {
  it.each([
    ['this Node', []],
    ['a Node too old to strip types, which hands over', pretend('20.20.2')],
  ])('starts the command line on %s, from any folder', async (_, nodeArgs) => {
    const { code, out, err } = await launch(nodeArgs, ['--version']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  // An orderly end: the operator ends with 0, where a signal too many would end it with 143 and its lease held.
  it.each<[string, (pid: number) => void]>([
    ['SIGTERM to its process group', (pid) => process.kill(-pid, 'SIGTERM')],
    ['SIGINT to its process group, as of a terminal', (pid) => process.kill(-pid, 'SIGINT')],
    ['SIGTERM to itself alone', (pid) => process.kill(pid, 'SIGTERM')],
    [
      'SIGTERM to its process group, which it passes on while the other drains already',
      (pid) => {
        process.kill(pid, 'SIGSTOP');
        process.kill(-pid, 'SIGTERM');
      },
    ],
  ])('ends what it started in order, on a %s', async (_, send) => {
    const said: string[] = [];
    const { pid, ended } = await operator(pretend('20.20.2'), (msg) => {
      said.push(msg);
      if (msg === 'Starting') send(pid());
      if (msg === 'Draining') process.kill(pid(), 'SIGCONT');
    });
    expect(await ended).toEqual([0, null]);
    expect(said.filter((msg) => msg === 'Draining')).toHaveLength(1);
  });

  it('ends with 0 though more signals come until it is gone', async () => {
    const { pid, ended } = await operator([], (msg) => {
      if (msg === 'Starting') process.kill(pid(), 'SIGTERM');
      if (msg === 'Stopped') again = setInterval(() => process.kill(pid(), 'SIGTERM'), 1);
    });
    let again: NodeJS.Timeout | undefined;
    try {
      expect(await ended).toEqual([0, null]);
    } finally {
      clearInterval(again);
    }
  });

  it('writes all of it to a reader that is slower than a pipe is long', async () => {
    const folder = await temporaryFolder('launcher');
    onTestFinished(() => folder.remove());
    const trace = join(folder.path, 'leads.csv');
    const quarters = Array.from({ length: 672 }, (_, at) => `${new Date(at * 900_000).toISOString()},20`);
    await writeFile(trace, ['time,leads', ...quarters].join('\n'));
    const sample = join(ROOT, 'manifests', 'samples', 'smallest.yaml');
    const args = ['simulate', '-f', sample, '--trace', trace, '--policy', 'static,keda', '-o', 'html'];
    // While nobody reads it cannot end, unless it leaves behind what a pipe has no room for.
    const { out } = await started('sh', [
      '-c',
      '"$0" "$@" | { sleep 2; cat; }',
      process.execPath,
      LAUNCHER,
      ...args,
    ]);
    expect(Buffer.byteLength(out)).toBeGreaterThan(65_536);
    expect(out.trimEnd()).toMatch(/<\/html>$/);
  });

  it('passes the exit code and both streams on', async () => {
    const { code, out, err } = await launch(pretend('20.20.2'), ['plan', '-f', '/nowhere.yaml']);
    expect({ code, out, err }).toEqual({ code: 3, out: '', err: '/nowhere.yaml: no such file\n' });
  });
});
