/** The images that this project makes: the operator, and the stand-in for the application. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../folders.ts';
import type { ImageSource } from './image-source.ts';

/** The operator, by the Dockerfile of the project. */
export const operatorImage = { repository: 'localhost/leadplatform-operator', tag: 'e2e' } as const;

export const operatorSource: ImageSource = {
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
};

/** The stand-in for the application, by its own Dockerfile. */
export const brainImage = 'localhost/brain:e2e';

const brain = join(projectFolder, 'examples', 'brain');

export const brainSource: ImageSource = {
  tag: brainImage,
  dockerfile: join(brain, 'Dockerfile'),
  context: brain,
  prepare: async () => {
    await promisify(execFile)(process.execPath, [join(brain, 'bundle.ts')]);
  },
  inputs: ['dist'],
};
