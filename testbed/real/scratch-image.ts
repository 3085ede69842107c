import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Writes an image whose only content is one static executable, as a `docker-archive`. That is a tar of a tar and two
 * small files: nothing else is needed to make it.
 */
export async function writeScratchImage(options: {
  /** Name with tag. */
  tag: string;
  executable: string;
  /** What is run; the executable is `/<its name>`. */
  entrypoint: readonly string[];
  /** The archive; a folder of the same name plus `.parts` is used meanwhile. */
  archive: string;
}): Promise<void> {
  const parts = `${options.archive}.parts`;
  await mkdir(join(parts, 'root'), { recursive: true });
  try {
    await cp(options.executable, join(parts, 'root', basename(options.executable)), { dereference: true });
    const owner = ['--owner=0', '--group=0', '--numeric-owner'];
    await run('tar', [...owner, '-cf', join(parts, 'layer.tar'), '-C', join(parts, 'root'), '.']);
    const config = JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Entrypoint: options.entrypoint },
      rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256(join(parts, 'layer.tar'))}`] },
    });
    const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
    await writeFile(join(parts, configName), config);
    const manifest = [{ Config: configName, RepoTags: [options.tag], Layers: ['layer.tar'] }];
    await writeFile(join(parts, 'manifest.json'), JSON.stringify(manifest));
    await run('tar', ['-cf', options.archive, '-C', parts, 'manifest.json', configName, 'layer.tar']);
  } finally {
    await rm(parts, { recursive: true, force: true });
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
