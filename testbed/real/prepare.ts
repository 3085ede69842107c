import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pinnedBinaries } from '../binaries.ts';
import { obtainHelm } from '../chart-tools.ts';
import { TestbedUnavailable } from '../errors.ts';
import { reachableFolder } from '../folders.ts';
import { ensureDebianCommand } from '../packages.ts';
import { type Log, logToStderr } from '../progress.ts';
import { isRoot } from '../users.ts';
import { buildImages } from './images.ts';
import type { ImageSource } from './image-source.ts';
import { buildImagesWithDocker } from './docker-images.ts';
import { makeRoom, type Room } from './room.ts';
import { obtainNodeTools } from './tools.ts';

// Whether it is kind's is said to the processes of a run by their environment.
const kindFolder = process.env['LEADPLATFORM_KIND_FOLDER'];
export const usesKind = kindFolder !== undefined;

/**
 * The folder of the cluster, which has the same path in its node: where its API server writes, and where volumes of a
 * test are. In a room it is the room's; where kind is used, {@link prepareKind} has made it.
 */
export const sharedFolder = kindFolder ?? '/run/room';

/** The archives of the images that were built for the cluster. */
export const imagesFolder = join(sharedFolder, 'images');

export async function imageArchives(): Promise<string[]> {
  const files = await readdir(imagesFolder);
  return files.filter((file) => file.endsWith('.tar')).map((file) => join(imagesFolder, file));
}

/**
 * A room with everything there that needs the network or takes minutes: executables, Debian packages, and the images,
 * whose archives are in {@link imagesFolder} for whoever runs in there.
 * @throws TestbedUnavailable where this machine cannot have real pods; says why.
 */
export async function prepareRoom(images: readonly ImageSource[], log: Log = logToStderr): Promise<Room> {
  const room = await makeRoom(log);
  try {
    await pinnedBinaries(log);
    await obtainNodeTools(log);
    await obtainHelm(log);
    await ensureDebianCommand('redis-server', 'redis-server', log);
    await buildImages(images, `${room.folder}/images`, log);
    return room;
  } catch (error) {
    await room.remove();
    throw error;
  }
}

/** What {@link prepareKind} has made. */
export interface KindPlace {
  /** For the process that starts the cluster, and for those that use it. */
  env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/**
 * The same for a cluster of kind's: a folder, and in it the images, as Docker builds them.
 * @throws TestbedUnavailable where the tests could not reach such a cluster.
 */
export async function prepareKind(
  images: readonly ImageSource[],
  log: Log = logToStderr,
): Promise<KindPlace> {
  if (!isRoot()) {
    throw new TestbedUnavailable(
      'Real pods need root, with kind too: a route to the addresses of its Services.',
      'Run as root.',
    );
  }
  const folder = await reachableFolder('kind');
  try {
    await obtainHelm(log);
    await ensureDebianCommand('redis-server', 'redis-server', log);
    await buildImagesWithDocker(images, join(folder.path, 'images'), log);
    return { env: { LEADPLATFORM_KIND_FOLDER: folder.path }, remove: folder.remove };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}
