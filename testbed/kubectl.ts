import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { timed } from './work-times.ts';

/** What kubectl needs to reach a cluster; the current context of the person at the keyboard is never used. */
export interface KubectlTarget {
  kubectlPath: string;
  kubeconfigPath: string;
}

/**
 * Runs kubectl and returns its standard output.
 * @throws Error with the standard error of kubectl as its message.
 */
export async function kubectl(
  target: KubectlTarget,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number } = {},
): Promise<string> {
  // Beside the kubeconfig, not in the home folder: nothing of ours is left there.
  const cache = join(dirname(target.kubeconfigPath), 'kubectl-cache');
  await mkdir(cache, { recursive: true });
  const run = () => execute(target, cache, args, options);
  return timed('kubectl, a process each', run);
}

function execute(
  target: KubectlTarget,
  cache: string,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      target.kubectlPath,
      [`--kubeconfig=${target.kubeconfigPath}`, `--cache-dir=${cache}`, ...args],
      {
        timeout: options.timeoutMs ?? 60_000,
        maxBuffer: 64 * 1024 * 1024,
        env: { ...process.env, KUBECONFIG: '', KUBECTL_KUBERC: 'false' },
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`kubectl ${args[0] ?? ''}: ${stderr.trim() || error.message}`));
      },
    );
    child.stdin?.on('error', () => undefined); // kubectl ended before it read all: its own error says why
    child.stdin?.end(options.input ?? '');
  });
}
