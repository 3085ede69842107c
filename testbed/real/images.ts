import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { temporaryFolder } from '../folders.ts';
import { ensureDebianCommand } from '../packages.ts';
import { runProcess } from '../processes.ts';
import { timed } from '../work-times.ts';
import { type Log, logToStderr, seconds, withHeartbeat } from '../progress.ts';
import { withLock } from '../lock.ts';
import { baseImage, certificates, ensureBaseImage } from './base-image.ts';
import { fingerprint } from './fingerprint.ts';
import type { ImageSource } from './image-source.ts';

/**
 * Builds images with buildah, without Docker and without a registry of images, and writes each as a `docker-archive`
 * into `folder`; back with the archives by tag. One that was built of the same things before comes from the cache.
 * Outside of a room: an `npm ci` in there needs the network.
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
  await mkdir(folder, { recursive: true });
  const archives = new Map<string, string>();
  // Two at once would each build the same, and prepare the same files.
  await withLock(join(dirname(base), 'building.lock'), log, async () => {
    await buildAll({ sources, folder, command, base, archives, log });
  });
  return archives;
}

/** The file that an image is written to. */
export function archiveName(tag: string): string {
  return `${tag.replace(/[^\w.-]+/g, '-')}.tar`;
}

async function buildAll(options: {
  sources: readonly ImageSource[];
  folder: string;
  command: string;
  base: string;
  archives: Map<string, string>;
  log: Log;
}): Promise<void> {
  const { sources, folder, command, base, archives, log } = options;
  let builder: Builder | undefined;
  try {
    for (const source of sources) {
      await source.prepare?.();
      const file = archiveName(source.tag);
      const name = basename(file, '.tar');
      const archive = join(folder, file);
      const cached = join(dirname(base), `${name}-${await fingerprint(source, base)}.tar`);
      if (!(await place(cached, archive))) {
        builder ??= await startBuilder(command, base);
        const builderOfAll = builder;
        await timed('an image is built', () => build(builderOfAll, source, cached, log));
        if (!(await place(cached, archive))) throw new Error(`${cached} is gone, just after it was made`);
        await removeOthers(name, cached);
      }
      archives.set(source.tag, archive);
    }
  } finally {
    await builder?.remove();
  }
}

/** Puts the file into its second place, without a copy where both are on one file system; false where there is none. */
async function place(from: string, to: string): Promise<boolean> {
  await rm(to, { force: true });
  try {
    await link(from, to).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EXDEV') throw error;
      return copyFile(from, to);
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Archives of the same tag that were made of other things. Who uses one has a link of its own. */
async function removeOthers(name: string, kept: string): Promise<void> {
  const folder = dirname(kept);
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    const [, rest] = file.split(`${name}-`);
    if (file.startsWith(`${name}-`) && /^[0-9a-f]{16}\.tar$/.test(rest ?? '') && path !== kept) {
      await rm(path, { force: true });
    }
  }
}

interface Builder {
  run(name: string, ...args: string[]): Promise<void>;
  /** A path in the folder of the builder. */
  path(name: string): string;
  remove(): Promise<void>;
}

/** With the base image in it. */
async function startBuilder(command: string, base: string): Promise<Builder> {
  // On the file system of the cache, so that what is built appears there whole or not at all.
  const store = await temporaryFolder('.building', dirname(base));
  let steps = 0;
  const run = (name: string, ...args: string[]) =>
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
    await run('the import of the base image', 'from', '--name=base', 'scratch');
    await run('the import of the base image', 'add', '--quiet', 'base', base, '/');
    await run('the import of the base image', 'commit', '--quiet', '--rm', 'base', baseImage);
  } catch (error) {
    await store.remove();
    throw error;
  }
  return { run, path: (name) => join(store.path, name), remove: () => store.remove() };
}

async function build(builder: Builder, source: ImageSource, archive: string, log: Log): Promise<void> {
  const what = `building the image ${source.tag}`;
  const since = Date.now();
  log(what);
  const made = builder.path('image.tar');
  await withHeartbeat(log, what, async () => {
    await builder.run(what, 'build', ...buildArguments(source), source.context);
    // A name with its registry is kept as it is: it is not to be looked up anywhere.
    await builder.run(what, 'push', '--quiet', source.tag, `docker-archive:${made}:${source.tag}`);
    await rename(made, archive);
  });
  log(`built ${source.tag} in ${seconds(since)} s`);
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
