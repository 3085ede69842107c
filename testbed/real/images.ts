import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../folders.ts';
import { ensureDebianCommand } from '../packages.ts';
import { runProcess } from '../processes.ts';
import { type Log, logToStderr, seconds, withHeartbeat } from '../progress.ts';
import { baseImage, certificates, ensureBaseImage } from './base-image.ts';

export interface ImageSource {
  /** Name and tag under which a pod finds it, such as `localhost/leadplatform-operator:e2e`. */
  tag: string;
  dockerfile: string;
  /** The folder that `COPY` takes from. */
  context: string;
  /** Beside `BASE`, which is always the local stand-in for `node:24-slim`. */
  buildArgs?: Readonly<Record<string, string>>;
}

/**
 * Builds images with buildah, without Docker and without a registry of images, and writes each as a `docker-archive`
 * into `folder`; back with the archives by tag. Outside of a room: an `npm ci` in there needs the network.
 * @throws TestbedUnavailable when buildah or the base image cannot be had.
 * @throws TestbedProcessFailed with the end of its output when a build fails.
 */
export async function buildImages(
  sources: readonly ImageSource[],
  folder: string,
  log: Log = logToStderr,
): Promise<Map<string, string>> {
  const command = await ensureDebianCommand('buildah', 'buildah', log);
  const base = await ensureBaseImage(log);
  const store = await temporaryFolder('buildah');
  const archives = new Map<string, string>();
  let steps = 0;
  const buildah = (name: string, ...args: string[]) =>
    runProcess({
      name,
      command,
      args: [
        `--root=${join(store.path, 'root')}`,
        `--runroot=${join(store.path, 'run')}`,
        // Needs nothing of the kernel, and nothing is left mounted.
        '--storage-driver=vfs',
        ...args,
      ],
      // It keeps a cache of blobs there, otherwise below the home folder and in /var/tmp.
      env: { ...process.env, HOME: store.path, TMPDIR: store.path, BUILDAH_ISOLATION: 'chroot' },
      logFile: join(store.path, `${++steps}.log`),
    });
  try {
    await mkdir(folder, { recursive: true });
    await buildah('the import of the base image', 'from', '--name=base', 'scratch');
    await buildah('the import of the base image', 'add', '--quiet', 'base', base, '/');
    await buildah('the import of the base image', 'commit', '--quiet', '--rm', 'base', baseImage);
    for (const source of sources) {
      const what = `building the image ${source.tag}`;
      const since = Date.now();
      log(what);
      const archive = join(folder, `${source.tag.replace(/[^\w.-]+/g, '-')}.tar`);
      await withHeartbeat(log, what, async () => {
        await buildah(what, 'build', ...buildArguments(source), source.context);
        // A name with its registry is kept as it is: it is not to be looked up anywhere.
        await rm(archive, { force: true });
        await buildah(what, 'push', '--quiet', source.tag, `docker-archive:${archive}:${source.tag}`);
      });
      log(`built ${source.tag} in ${seconds(since)} s`);
      archives.set(source.tag, archive);
    }
  } finally {
    await store.remove();
  }
  return archives;
}

function buildArguments({ tag, dockerfile, buildArgs = {} }: ImageSource): string[] {
  const values = Object.entries({ BASE: baseImage, ...buildArgs }).map(
    ([name, value]) => `--build-arg=${name}=${value}`,
  );
  return [
    `--file=${dockerfile}`,
    `--tag=${tag}`,
    '--pull=never',
    '--format=docker',
    // While it is being built, for a machine behind a proxy with an authority of its own.
    `--volume=${hostCertificates()}:${certificates}:ro`,
    ...values,
  ];
}

/** What the npm of this machine trusts. */
function hostCertificates(): string {
  return process.env['NODE_EXTRA_CA_CERTS'] ?? certificates;
}
