import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TestbedUnavailable } from './errors.ts';

/** As whom a process runs; empty: as whom we run. */
export interface Identity {
  uid?: number;
  gid?: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Whom a server that refuses root runs as: ourselves when we are not root, else `nobody`, which every Linux has and
 * which initdb finds in the user database. No user is added to the machine.
 */
export async function unprivilegedIdentity(): Promise<Identity> {
  if (!isRoot()) return {};
  const id = async (flag: string) =>
    Number((await promisify(execFile)('id', [flag, 'nobody'])).stdout.trim());
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch (cause) {
    throw new TestbedUnavailable(
      'Postgres refuses to run as root, and there is no user "nobody" to run it as.',
      'Run as another user than root.',
      { cause },
    );
  }
}
