import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type ManagedProcess, startProcess, waitUntilReady } from '../processes.ts';
import type { NodeTools } from './tools.ts';

const run = promisify(execFile);

export interface Containerd {
  process: ManagedProcess;
  /** The endpoint for the kubelet. */
  endpoint: string;
  /** Brings in the images of a `docker-archive`. */
  importImage(archive: string): Promise<void>;
}

/** Starts containerd with its data in `folder`; back when it answers. */
export async function startContainerd(options: {
  tools: NodeTools;
  folder: string;
  cniConfiguration: string;
  sandboxImage: string;
}): Promise<Containerd> {
  const { tools, folder } = options;
  const socket = '/run/containerd/containerd.sock';
  const configuration = join(folder, 'containerd.toml');
  await mkdir(dirname(socket), { recursive: true });
  await writeFile(
    configuration,
    `version = 3
root = "${join(folder, 'containerd')}"
state = "/run/containerd"
# No registry can be reached, and nothing here needs these.
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri", "io.containerd.internal.v1.tracing",
  "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "${socket}"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "${options.sandboxImage}"
[plugins."io.containerd.cri.v1.runtime"]
  # Whoever lacks CAP_SYS_RESOURCE may not lower it.
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["${tools.cniFolder}"]
    conf_dir = "${options.cniConfiguration}"
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      runtime_path = "${tools.containerdShim}"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        BinaryName = "${tools.runc}"
        SystemdCgroup = false
`,
  );
  const process = await startProcess({
    name: 'containerd',
    command: tools.containerd,
    args: ['--config', configuration],
    logFile: join(folder, 'containerd.log'),
  });
  const ctr = async (...args: string[]) =>
    run(tools.ctr, ['--address', socket, '--namespace=k8s.io', ...args]);
  await waitUntilReady('containerd answers', [process], async () => {
    await ctr('version');
    return true;
  });
  return {
    process,
    endpoint: `unix://${socket}`,
    importImage: async (archive) => {
      await ctr('images', 'import', '--local', archive);
    },
  };
}
