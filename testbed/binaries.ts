import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { TestbedUnavailable } from './errors.ts';
import { temporaryFolder, projectFolder } from './folders.ts';
import { withLock } from './lock.ts';
import { type Log, logToStderr, seconds, withHeartbeat } from './progress.ts';
import { runProcess } from './processes.ts';

/** Where the executables of a control plane are. */
export interface Binaries {
  /** `pinned`: built from `testbed/tools`. `kubebuilder-assets`: from the folder of KUBEBUILDER_ASSETS. */
  source: 'pinned' | 'kubebuilder-assets';
  etcd: string;
  kubeApiserver: string;
  kubectl: string;
  /** Absent from KUBEBUILDER_ASSETS: objects can be stored and read, but no Deployment gets a pod. */
  controllers?: { kubeControllerManager: string; kubeScheduler: string; kwok: string };
}

interface Tool {
  file: string;
  module: 'kubernetes' | 'etcd' | 'kwok';
  package: string;
}

const toolsFolder = join(projectFolder, 'testbed', 'tools');

/** The short ones first: what is wrong with a machine shows after seconds, not after minutes. */
const tools: readonly Tool[] = [
  { file: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  { file: 'kubectl', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  { file: 'kube-apiserver', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  {
    file: 'kube-controller-manager',
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
  { file: 'kube-scheduler', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  { file: 'kwok', module: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' },
];

/** The binaries of `KUBEBUILDER_ASSETS` where that is set, else the pinned ones, which are built when missing. */
export async function obtainBinaries(log: Log = logToStderr): Promise<Binaries> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  return assets === undefined || assets === '' ? pinnedBinaries(log) : kubebuilderBinaries(assets);
}

/** etcd, kube-apiserver and kubectl of a folder made by `setup-envtest`. */
export async function kubebuilderBinaries(folder: string): Promise<Binaries> {
  const path = async (file: string) => {
    const found = join(folder, file);
    if (await isExecutable(found)) return found;
    throw new TestbedUnavailable(
      `KUBEBUILDER_ASSETS is "${folder}", and there is no executable ${file} in it.`,
      'Let it name a folder with etcd, kube-apiserver and kubectl, or unset it.',
    );
  };
  return {
    source: 'kubebuilder-assets',
    etcd: await path('etcd'),
    kubeApiserver: await path('kube-apiserver'),
    kubectl: await path('kubectl'),
  };
}

/**
 * The pinned binaries, built once into `~/.cache/leadplatform-operator/bin/<key>`: about ten minutes on two cores from
 * nothing.
 * @throws TestbedUnavailable when they are not there and Go is missing.
 */
export async function pinnedBinaries(log: Log = logToStderr): Promise<Binaries> {
  const path = await ensureTools(tools, log);
  return {
    source: 'pinned',
    etcd: path('etcd'),
    kubeApiserver: path('kube-apiserver'),
    kubectl: path('kubectl'),
    controllers: {
      kubeControllerManager: path('kube-controller-manager'),
      kubeScheduler: path('kube-scheduler'),
      kwok: path('kwok'),
    },
  };
}

/** One of the pinned tools alone, for a cluster that is not ours; throws as {@link pinnedBinaries} does. */
export async function pinnedTool(file: 'kubectl' | 'kwok', log: Log = logToStderr): Promise<string> {
  const path = await ensureTools(
    tools.filter((tool) => tool.file === file),
    log,
  );
  return path(file);
}

async function ensureTools(wanted: readonly Tool[], log: Log): Promise<(file: string) => string> {
  const modules = await readModules();
  const cache = join(homedir(), '.cache', 'leadplatform-operator', 'bin');
  const folder = join(cache, buildKey(modules));
  const path = (file: string) => join(folder, file);
  const missing = async () => {
    const built = await Promise.all(wanted.map((tool) => isExecutable(path(tool.file))));
    return wanted.filter((_, index) => built[index] !== true);
  };
  if ((await missing()).length > 0) {
    await mkdir(folder, { recursive: true });
    await withLock(`${folder}.lock`, log, async () => buildAll(folder, await missing(), modules, log));
  }
  return path;
}

type Modules = Record<Tool['module'], { mod: string; sum: string }>;

async function readModules(): Promise<Modules> {
  const read = async (module: Tool['module']) => ({
    mod: await readFile(join(toolsFolder, module, 'go.mod'), 'utf8'),
    sum: await readFile(join(toolsFolder, module, 'go.sum'), 'utf8'),
  });
  return { kubernetes: await read('kubernetes'), etcd: await read('etcd'), kwok: await read('kwok') };
}

/**
 * What the binaries are made of. The Go version is left out: go.mod names the least one, a later one makes binaries
 * that do the same, and so a machine that has them needs no Go.
 */
function buildKey(modules: Modules): string {
  const hash = createHash('sha256').update(`${process.platform}/${process.arch}\0`);
  for (const tool of tools) hash.update(`${tool.file}=${tool.package}\0`);
  for (const name of Object.keys(modules).toSorted() as Tool['module'][]) {
    hash.update(`${modules[name].mod}\0${modules[name].sum}\0${ldflags(name, modules)}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}

function ldflags(module: Tool['module'], modules: Modules): string {
  const stripped = '-s -w';
  if (module !== 'kubernetes') return stripped;
  const [, version, major, minor] =
    /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m.exec(modules.kubernetes.mod) ?? [];
  if (version === undefined) throw new Error('testbed/tools/kubernetes/go.mod requires no k8s.io/kubernetes');
  const base = 'k8s.io/component-base/version';
  // Without these the server calls itself v0.0.0-master, and clients refuse to compare versions.
  return `${stripped} -X ${base}.gitVersion=${version} -X ${base}.gitMajor=${major} -X ${base}.gitMinor=${minor}`;
}

async function buildAll(folder: string, missing: readonly Tool[], modules: Modules, log: Log): Promise<void> {
  if (missing.length === 0) return;
  const go = await findGo();
  log(
    `building ${missing.map((tool) => tool.file).join(', ')}, once: all of it takes about ten minutes on two cores`,
  );
  const since = Date.now();
  // On the same file system as the final place, so that a rename is atomic: a build that was interrupted leaves nothing
  // under a final name.
  const temporary = await temporaryFolder('.building', dirname(folder));
  try {
    for (const [index, tool] of missing.entries()) {
      const what = `building ${tool.file} (${index + 1} of ${missing.length})`;
      const toolSince = Date.now();
      log(what);
      await withHeartbeat(log, what, () => build(go, tool, modules, temporary.path));
      await rename(join(temporary.path, tool.file), join(folder, tool.file));
      log(`built ${tool.file} in ${seconds(toolSince)} s`);
    }
    log(`built all in ${seconds(since)} s`);
  } finally {
    await temporary.remove();
  }
}

async function build(go: string, tool: Tool, modules: Modules, into: string): Promise<void> {
  await runProcess({
    name: `go build of ${tool.file}`,
    command: go,
    args: [
      'build',
      '-mod=readonly',
      '-buildvcs=false',
      '-trimpath',
      '-ldflags',
      ldflags(tool.module, modules),
      '-o',
      join(into, tool.file),
      tool.package,
    ],
    cwd: join(toolsFolder, tool.module),
    // A workspace or flags of the developer's own must not change what is built. GOTOOLCHAIN stays theirs.
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' },
    logFile: join(into, `${tool.file}.log`),
  });
}

async function findGo(): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin'];
  for (const folder of folders) {
    if (folder !== '' && (await isExecutable(join(folder, 'go')))) return join(folder, 'go');
  }
  throw new TestbedUnavailable(
    'The pinned control plane is not built yet, and Go is not installed.',
    'Install Go 1.26 or later (https://go.dev/dl), or let KUBEBUILDER_ASSETS name a folder with etcd, kube-apiserver and kubectl.',
  );
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
