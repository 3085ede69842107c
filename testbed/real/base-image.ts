import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, readFile, realpath, rename, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TestbedUnavailable } from '../errors.ts';
import { temporaryFolder } from '../folders.ts';
import { withLock } from '../lock.ts';
import { ensureDebianCommand, findCommand } from '../packages.ts';
import { runProcess } from '../processes.ts';
import { type Log, seconds, withHeartbeat } from '../progress.ts';

const run = promisify(execFile);

/** Its name in the archive and in a Dockerfile's `FROM`. */
export const baseImage = 'localhost/node:24-local';

/** The certificate authorities in an image of Debian. */
export const certificates = '/etc/ssl/certs/ca-certificates.crt';

const suite = 'bookworm';
/** Another way to make it is another image. */
const recipe = 2;

/**
 * A stand-in for `node:24-slim`: a minimal Debian, the Node that is in node_modules, and the npm of this machine. Made
 * once, about a minute, and kept as a root file system in a tar; back with its path.
 * @throws TestbedUnavailable when a command is missing and cannot be installed.
 */
export async function ensureBaseImage(log: Log): Promise<string> {
  const node = await nodeExecutable();
  const npm = await npmFolder();
  const version = (await run(node, ['--version'])).stdout.trim();
  const npmVersion = (JSON.parse(await readFile(join(npm, 'package.json'), 'utf8')) as { version: string })
    .version;
  const key = createHash('sha256')
    .update([recipe, suite, process.arch, version, npmVersion].join('\0'))
    .digest('hex')
    .slice(0, 16);
  const folder = join(homedir(), '.cache', 'leadplatform-operator', 'images');
  const file = join(folder, `base-${key}.tar`);
  await mkdir(folder, { recursive: true });
  if (await exists(file)) return file;
  await withLock(`${file}.lock`, log, async () => {
    if (!(await exists(file))) await make(file, { node, npm, log });
  });
  return file;
}

async function make(file: string, from: { node: string; npm: string; log: Log }): Promise<void> {
  const debootstrap = await ensureDebianCommand('debootstrap', 'debootstrap', from.log);
  const what = 'making the base image of the containers, once: about a minute';
  const since = Date.now();
  from.log(what);
  // On the file system of the final place, so that it appears whole or not at all.
  const folder = await temporaryFolder('.making', dirname(file));
  try {
    const root = join(folder.path, 'root');
    await withHeartbeat(from.log, what, async () => {
      await runProcess({
        name: 'debootstrap',
        command: debootstrap,
        args: ['--variant=minbase', '--include=ca-certificates', suite, root],
        logFile: join(folder.path, 'debootstrap.log'),
      });
      // As `slim` images do.
      const waste = [
        'var/cache/apt',
        'var/lib/apt/lists',
        'var/log',
        'usr/share/doc',
        'usr/share/man',
        'usr/share/locale',
      ];
      await run('find', [...waste.map((one) => join(root, one)), '-type', 'f', '-delete']);
      await cp(from.node, join(root, 'usr', 'local', 'bin', 'node'));
      const modules = join(root, 'usr', 'local', 'lib', 'node_modules');
      await cp(from.npm, join(modules, 'npm'), { recursive: true });
      await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr', 'local', 'bin', 'npm'));
      // npm trusts what the machine trusts, see `hostCertificates`; Node itself does as in any image.
      await mkdir(join(root, 'usr', 'local', 'etc'), { recursive: true });
      await writeFile(join(root, 'usr', 'local', 'etc', 'npmrc'), `cafile=${certificates}\n`);
      await run('tar', ['--numeric-owner', '-C', root, '-cf', join(folder.path, 'base.tar'), '.']);
    });
    await rename(join(folder.path, 'base.tar'), file);
  } finally {
    await folder.remove();
  }
  from.log(`made the base image in ${seconds(since)} s`);
}

/** The Node that the project pins in node_modules, which the tests run on too. */
async function nodeExecutable(): Promise<string> {
  const require = createRequire(import.meta.url);
  return realpath(join(dirname(require.resolve('node/package.json')), 'bin', 'node'));
}

async function npmFolder(): Promise<string> {
  const npm = await findCommand('npm');
  if (npm === undefined) throw new TestbedUnavailable('npm is not installed.', 'Install npm.');
  // …/npm/bin/npm-cli.js
  return dirname(dirname(await realpath(npm)));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
