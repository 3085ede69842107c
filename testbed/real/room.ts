import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants as modes, mkdir, readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TestbedUnavailable } from '../errors.ts';
import { projectFolder } from '../folders.ts';
import { undoAtEnd } from '../guardian.ts';
import { ensureDebianCommand } from '../packages.ts';
import { type Log, logToStderr } from '../progress.ts';
import { isRoot } from '../users.ts';

const run = promisify(execFile);
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const temporary = join(projectFolder, '.tmp');
const namespaces = ['--net', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--mount-proc'];

/**
 * Namespaces of their own for a cluster with real pods and for the process that uses it. There is no network to the
 * outside. When the command ends, or when we do, even by SIGKILL, then every process, mount, network device and control
 * group in it is gone, and the folder too.
 */
export interface Room {
  /** Seen from outside. Inside it is the project's `.tmp` (and `/run/room`), so that what is put here is found there. */
  folder: string;
  /** Runs a command in the room, with our terminal; back with its exit code, 128 + N after signal N. Once only. */
  run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<number>;
  /** Asks the command for an end by a signal. */
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Ends what runs and removes everything. */
  remove(): Promise<void>;
}

/** Where we are when we run in a room; undefined outside. */
export function currentRoom(): { folder: string; cgroup: string } | undefined {
  const { LEADPLATFORM_ROOM: folder, LEADPLATFORM_ROOM_CGROUP: cgroup } = process.env;
  return folder === undefined || cgroup === undefined ? undefined : { folder, cgroup };
}

/**
 * Makes a room; nothing runs in it yet.
 * @throws TestbedUnavailable where we are not root or the kernel refuses the namespaces.
 */
export async function makeRoom(log: Log = logToStderr): Promise<Room> {
  await assertRoomPossible();
  const tini = await ensureDebianCommand('tini', 'tini', log);
  const cgroup = `leadplatform-${randomBytes(4).toString('hex')}`;
  const folder = join(temporary, cgroup);
  await mkdir(temporary, { recursive: true });
  const leave = (pid: number) => ['/bin/sh', script('leave.sh'), String(pid), folder, cgroup] as const;
  let done = undoAtEnd(...leave(0));
  // Postgres runs as another user, and has to pass through.
  await mkdir(folder, { mode: 0o711 });
  let pid = 0;
  return {
    folder,
    run: (command, args, env = process.env) => {
      const child = spawn(
        'unshare',
        [
          ...namespaces,
          '--',
          '/bin/sh',
          script('room.sh'),
          folder,
          temporary,
          cgroup,
          tini,
          command,
          ...args,
        ],
        {
          stdio: 'inherit',
          env: {
            ...env,
            TMPDIR: '/run/room/tmp',
            LEADPLATFORM_ROOM: '/run/room',
            LEADPLATFORM_ROOM_CGROUP: cgroup,
          },
        },
      );
      pid = child.pid ?? 0;
      const before = done;
      done = undoAtEnd(...leave(pid));
      before();
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) =>
          resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
        );
      });
    },
    signal: async (signal) => {
      // `unshare` waits and takes no signal. Its one child is tini, which passes them on.
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
      for (const child of children.split(' ').filter((one) => one !== ''))
        process.kill(Number(child), signal);
    },
    remove: async () => {
      const [shell, ...args] = leave(pid);
      await run(shell, args);
      done();
    },
  };
}

/**
 * Asks the kernel: the root of a container often may not.
 * @throws TestbedUnavailable with the reason.
 */
export async function assertRoomPossible(): Promise<void> {
  if (!isRoot()) {
    throw new TestbedUnavailable(
      'Real pods without Docker need root: namespaces, mounts and control groups.',
      'Run as root, on a machine or in a virtual machine of your own.',
    );
  }
  try {
    await run('unshare', [...namespaces, '--', 'mount', '-t', 'tmpfs', 'tmpfs', '/run']);
    await access('/sys/fs/cgroup', modes.W_OK);
  } catch (cause) {
    throw new TestbedUnavailable(
      `This machine lets nobody make namespaces and mounts: ${(cause as Error).message.trim()}.`,
      'Run in a virtual machine, or in a container that is privileged.',
      { cause },
    );
  }
}
