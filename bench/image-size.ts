/** How large the image of the operator is, and how large what it would hold without a bundle. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { projectFolder, temporaryFolder } from '../testbed/folders.ts';
import type { Log } from '../testbed/progress.ts';
import { buildImages } from '../testbed/real/images.ts';
import { operatorSource } from '../testbed/real/project-images.ts';

const run = promisify(execFile);

/** Bytes. */
export interface ImageSize {
  /** Of the layers on top of the base, unpacked. */
  readonly added: number;
  readonly addedCompressed: number;
  /** With the base. */
  readonly total: number;
}

/** @throws TestbedUnavailable where no image can be built. */
export async function sizeOfImage(log: Log): Promise<ImageSize> {
  const folder = await temporaryFolder('bench-image');
  try {
    const archives = await buildImages([operatorSource], folder.path, log);
    const archive = archives.get(operatorSource.tag);
    if (archive === undefined) throw new Error(`there is no archive of ${operatorSource.tag}`);
    await run('tar', ['-xf', archive, '-C', folder.path]);
    const [image] = JSON.parse(await readFile(join(folder.path, 'manifest.json'), 'utf8')) as {
      Layers: string[];
    }[];
    // The base came as one layer.
    const [base = '', ...own] = (image?.Layers ?? []).map((layer) => join(folder.path, layer));
    const added = await sum(own.map(sizeOf));
    return {
      added,
      addedCompressed: await sum(own.map(compressed)),
      total: added + (await sizeOf(base)),
    };
  } finally {
    await folder.remove();
  }
}

/** What `npm ci --omit=dev` installs, as it is in this checkout. */
export async function sizeOfNodeModules(): Promise<number> {
  const args = ['ls', '--omit=dev', '--all', '--parseable'];
  const { stdout } = await run('npm', args, { cwd: projectFolder, maxBuffer: 1e8 });
  const folders = stdout.split('\n').filter((path) => path.includes('node_modules'));
  return sum([...new Set(folders)].map(filesOf));
}

/** Of one package: nested ones are listed by themselves. */
async function filesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  return sum(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isFile()) return sizeOf(path);
      return entry.isDirectory() && entry.name !== 'node_modules' ? filesOf(path) : 0;
    }),
  );
}

const sizeOf = async (path: string) => (await stat(path)).size;

async function compressed(path: string): Promise<number> {
  let bytes = 0;
  const gzip = createGzip();
  gzip.on('data', (chunk: Buffer) => (bytes += chunk.length));
  await pipeline(createReadStream(path), gzip);
  return bytes;
}

const sum = async (parts: readonly Promise<number>[]) =>
  (await Promise.all(parts)).reduce((all, part) => all + part, 0);
