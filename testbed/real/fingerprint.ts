import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { ImageSource } from './image-source.ts';

/** Another way to build is another image. */
const recipe = 1;

/**
 * What an image is made of, as 16 hexadecimal digits: the base (named after its content), the Dockerfile, and every file
 * of its inputs, by path and content.
 */
export async function fingerprint(source: ImageSource, base: string): Promise<string> {
  const { tag, dockerfile, context, inputs = ['.'], buildArgs = {} } = source;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([recipe, tag, basename(base), buildArgs]));
  const paths = (await Promise.all(inputs.map((input) => filesOf(join(context, input))))).flat();
  for (const path of [dockerfile, ...paths.toSorted()]) {
    const { mode } = await stat(path);
    const content = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    hash.update(JSON.stringify([relative(context, path), mode & 0o111, content]));
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
