import { execFile } from 'node:child_process';
import { access, constants, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { TestbedUnavailable } from './errors.ts';
import { temporaryFolder } from './folders.ts';
import { undoAtEnd } from './guardian.ts';
import { runProcess } from './processes.ts';
import { type Log, seconds, withHeartbeat } from './progress.ts';
import { isRoot } from './users.ts';

/**
 * The path of a command, installed from a Debian package when it is missing and we are root.
 * @throws TestbedUnavailable with the one command to run when we are not root.
 */
export async function ensureDebianCommand(command: string, debianPackage: string, log: Log): Promise<string> {
  const found = await findCommand(command);
  if (found !== undefined) return found;
  const apt = await findCommand('apt-get');
  if (!isRoot() || apt === undefined) {
    throw new TestbedUnavailable(
      `${command} is not installed.`,
      apt === undefined
        ? `Install ${command} with your package manager.`
        : `Run: sudo apt-get update && sudo apt-get install -y ${debianPackage}`,
    );
  }
  await install(apt, debianPackage, log);
  const installed = await findCommand(command);
  if (installed === undefined) throw new Error(`the package ${debianPackage} has brought no ${command}`);
  return installed;
}

/** Where a command is on the PATH, or in the folders that a service account often lacks there. */
export async function findCommand(command: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin'];
  for (const folder of folders.filter((one) => one !== '')) {
    const path = join(folder, command);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}

async function install(apt: string, debianPackage: string, log: Log): Promise<void> {
  const what = `installing the Debian package ${debianPackage}`;
  const since = Date.now();
  log(what);
  const folder = await temporaryFolder('apt');
  const run = (...args: string[]) =>
    runProcess({
      name: `apt-get ${args[0]}`,
      command: apt,
      args: ['-o', 'DPkg::Lock::Timeout=120', ...args],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      logFile: join(folder.path, 'apt.log'),
    });
  const installPackage = () => run('install', '--yes', '--no-install-recommends', debianPackage);
  const allowServices = await forbidServices();
  try {
    await withHeartbeat(log, what, async () => {
      // Most often the lists are there and fresh enough, and this takes seconds.
      await installPackage().catch(async () => {
        await run('update');
        await installPackage();
      });
    });
    await disableService(debianPackage);
  } catch (cause) {
    throw new TestbedUnavailable(
      `The Debian package ${debianPackage} could not be installed: ${(cause as Error).message}`,
      `Try: apt-get update && apt-get install -y ${debianPackage}`,
      { cause },
    );
  } finally {
    await allowServices();
    await folder.remove();
  }
  log(`installed ${debianPackage} in ${seconds(since)} s`);
}

const policy = '/usr/sbin/policy-rc.d';

/**
 * Debian's way to install a server without starting it: invoke-rc.d asks this script, and 101 means no. A policy that
 * the machine has already is left as it is.
 */
async function forbidServices(): Promise<() => Promise<void>> {
  try {
    await writeFile(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 });
  } catch {
    return async () => undefined;
  }
  const done = undoAtEnd('rm', '-f', '--', policy);
  return async () => {
    await rm(policy, { force: true });
    done();
  };
}

/** Where systemd runs, the package has enabled its service for the next boot: undone, since nobody asked for it. */
async function disableService(service: string): Promise<void> {
  const systemctl = await findCommand('systemctl');
  if (systemctl === undefined) return;
  await promisify(execFile)(systemctl, ['disable', '--now', service]).catch(() => undefined);
}
