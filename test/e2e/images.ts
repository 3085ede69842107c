import { join } from 'node:path';
import { projectFolder } from '../../testbed/folders.ts';
import type { ImageSource } from '../../testbed/real/image-source.ts';
import { brainSource, operatorSource } from '../../testbed/real/project-images.ts';

export { brainImage } from '../../testbed/real/project-images.ts';

/** Answers with what it sees of its own limits, see `echo/server.mjs`. */
export const echoImage = 'localhost/echo:e2e';

/** What the operator runs its Redis from. */
export const redisImage = 'localhost/redis:e2e';

/** Built before the cluster starts, and imported into it: tests use them by tag, with `imagePullPolicy: Never`. */
export const images: readonly ImageSource[] = [
  beside(echoImage, 'echo'),
  beside(redisImage, 'redis'),
  operatorSource,
  brainSource,
];

function beside(tag: string, folder: string): ImageSource {
  const context = join(projectFolder, 'test', 'e2e', folder);
  return { tag, context, dockerfile: join(context, 'Dockerfile') };
}
