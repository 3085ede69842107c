import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const LAUNCHER = join(ROOT, 'bin', 'leadplatform.js');

/** Makes the launcher believe that it runs on another Node. */
const pretend = (version: string) => {
  const code = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
};

function launch(nodeArgs: readonly string[], args: readonly string[]) {
  return new Promise<{ code: number | string; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [...nodeArgs, LAUNCHER, ...args], { cwd: '/' }, (error, out, err) => {
      resolve({ code: error?.code ?? 0, out, err });
    });
  });
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

  it('passes the exit code and both streams on', async () => {
    const { code, out, err } = await launch(pretend('20.20.2'), ['plan', '-f', '/nowhere.yaml']);
    expect({ code, out, err }).toEqual({ code: 3, out: '', err: '/nowhere.yaml: no such file\n' });
  });
});
