import { pinnedBinaries } from '../binaries.ts';
import { obtainHelm } from '../chart-tools.ts';
import { ensureDebianCommand } from '../packages.ts';
import { type Log, logToStderr } from '../progress.ts';
import { buildImages, type ImageSource } from './images.ts';
import { makeRoom, type Room } from './room.ts';
import { obtainNodeTools } from './tools.ts';

/** In a room: the archives of the images that were built for it. */
export const imagesFolder = '/run/room/images';

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
