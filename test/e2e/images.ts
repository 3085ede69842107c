import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../../testbed/folders.ts';
import type { ImageSource } from '../../testbed/real/images.ts';

/** Answers with what it sees of its own limits, see `echo/server.mjs`. */
export const echoImage = 'localhost/echo:e2e';

/** The operator, by the Dockerfile of the project. */
export const operatorImage = { repository: 'localhost/leadplatform-operator', tag: 'e2e' } as const;

/** The stand-in for the application, by its own Dockerfile. */
export const brainImage = 'localhost/brain:e2e';

/** Built before the cluster starts, and imported into it: tests use them by tag, with `imagePullPolicy: Never`. */
export const images: readonly ImageSource[] = [
  {
    tag: echoImage,
    dockerfile: join(projectFolder, 'test', 'e2e', 'echo', 'Dockerfile'),
    context: join(projectFolder, 'test', 'e2e', 'echo'),
  },
  {
    tag: `${operatorImage.repository}:${operatorImage.tag}`,
    dockerfile: join(projectFolder, 'Dockerfile'),
    context: projectFolder,
    // What the bundle is made of, and no more: a change of a test builds no new image.
    inputs: [
      '.dockerignore',
      '.npmrc',
      'LICENSE',
      'package-lock.json',
      'package.json',
      'tsconfig.json',
      'controller',
      'scripts/bundle.ts',
      'src',
    ],
  },
  {
    tag: brainImage,
    dockerfile: join(projectFolder, 'examples', 'brain', 'Dockerfile'),
    context: join(projectFolder, 'examples', 'brain'),
    prepare: async () => {
      await promisify(execFile)(process.execPath, [join(projectFolder, 'examples', 'brain', 'bundle.ts')]);
    },
    inputs: ['dist'],
  },
];
