/** A file that a person named, or standard input. */
import { ManifestError } from './errors.ts';
import type { Io } from './io.ts';

/** @throws ManifestError when it cannot be read */
export async function readInput(path: string, io: Io): Promise<string> {
  try {
    return await io.read(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new ManifestError(`${path}: no such file`);
    if (code === 'EISDIR') throw new ManifestError(`${path}: is a folder; name a file`);
    throw new ManifestError(`${path}: cannot be read (${code ?? 'unknown error'})`);
  }
}
