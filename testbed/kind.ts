import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TestbedUnavailable } from './errors.ts';
import { undoAtEnd } from './guardian.ts';
import { findCommand } from './packages.ts';
import { type Log, withHeartbeat } from './progress.ts';

const run = promisify(execFile);

/** A cluster of kind's: containers of Docker are its nodes. */
export interface KindCluster {
  name: string;
  kubeconfigPath: string;
  /** Brings in the images of a `docker-archive`. */
  loadImages(archive: string): Promise<void>;
  remove(): Promise<void>;
}

/** Installed and with a Docker that answers: the client alone is on many machines. */
export async function hasKind(): Promise<boolean> {
  const [docker, kind] = [await findCommand('docker'), await findCommand('kind')];
  if (docker === undefined || kind === undefined) return false;
  return run(docker, ['info'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

/**
 * Creates one; it goes with `remove()`, or else when this process is gone.
 * @throws TestbedUnavailable where kind is not installed.
 */
export async function createKindCluster(options: {
  /** For its kubeconfig. */
  folder: string;
  /** A file of kind's configuration. */
  config?: string;
  log: Log;
}): Promise<KindCluster> {
  const { folder, config, log } = options;
  const kind = await findCommand('kind');
  if (kind === undefined) {
    throw new TestbedUnavailable('kind is not installed.', 'See https://kind.sigs.k8s.io.');
  }
  const name = `leadplatform-${randomBytes(3).toString('hex')}`;
  const kubeconfigPath = join(folder, 'kubeconfig');
  const own = ['--name', name, '--kubeconfig', kubeconfigPath];
  const done = undoAtEnd(kind, 'delete', 'cluster', ...own);
  const remove = async () => {
    await run(kind, ['delete', 'cluster', ...own]);
    done();
  };
  try {
    const what = `creating the kind cluster ${name}`;
    log(what);
    const configured = config === undefined ? [] : ['--config', config];
    await withHeartbeat(log, what, () =>
      run(kind, ['create', 'cluster', ...own, '--wait', '180s', ...configured]),
    );
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    name,
    kubeconfigPath,
    loadImages: async (archive) => {
      await run(kind, ['load', 'image-archive', archive, '--name', name]);
    },
    remove,
  };
}
