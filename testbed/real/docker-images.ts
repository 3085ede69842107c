import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runProcess } from '../processes.ts';
import { type Log, withHeartbeat } from '../progress.ts';
import { archiveName } from './images.ts';
import type { ImageSource } from './image-source.ts';

/** Builds images with Docker, from the bases that their Dockerfiles name, and writes each as an archive into `folder`. */
export async function buildImagesWithDocker(
  sources: readonly ImageSource[],
  folder: string,
  log: Log,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const source of sources) {
    const { tag, dockerfile, context, buildArgs = {} } = source;
    await source.prepare?.();
    const what = `building the image ${tag} with Docker`;
    const values = Object.entries(buildArgs).map(([name, value]) => `--build-arg=${name}=${value}`);
    const archive = join(folder, archiveName(tag));
    const docker = (...args: string[]) =>
      runProcess({ name: what, command: 'docker', args, logFile: `${archive}.log` });
    log(what);
    await withHeartbeat(log, what, async () => {
      await docker('build', `--file=${dockerfile}`, `--tag=${tag}`, ...values, context);
      await docker('save', `--output=${archive}`, tag);
    });
  }
}
