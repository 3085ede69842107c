import { join } from 'node:path';
import { projectFolder } from '../../testbed/folders.ts';
import type { ImageSource } from '../../testbed/real/images.ts';
import { brainSource, operatorSource } from '../../testbed/real/project-images.ts';

export { brainImage } from '../../testbed/real/project-images.ts';

/** Answers with what it sees of its own limits, see `echo/server.mjs`. */
export const echoImage = 'localhost/echo:e2e';

/** Built before the cluster starts, and imported into it: tests use them by tag, with `imagePullPolicy: Never`. */
export const images: readonly ImageSource[] = [
  {
    tag: echoImage,
    dockerfile: join(projectFolder, 'test', 'e2e', 'echo', 'Dockerfile'),
    context: join(projectFolder, 'test', 'e2e', 'echo'),
  },
  operatorSource,
  brainSource,
];
