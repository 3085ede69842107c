import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { TestbedUnavailable } from './errors.ts';
import { temporaryFolder, projectFolder } from './folders.ts';
import { withLock } from './lock.ts';
import { type Log, seconds, withHeartbeat } from './progress.ts';
import { runProcess } from './processes.ts';

/** An executable of a module without code, `testbed/tools/<module>`. */
export interface Tool {
  file: string;
  module: string;
  package: string;
}

/** What is pinned, built and cached together. */
export interface ToolSet {
  /** For messages. */
  what: string;
  tools: readonly Tool[];
  /** How long all of it takes, in words. */
  duration: string;
  /** What to do on a machine without Go. */
  instead: string;
  /** Variables that the linker sets, by module: from its go.mod to `path.name=value`. */
  defines?: Readonly<Record<string, (mod: string) => string[]>>;
}

const toolsFolder = join(projectFolder, 'testbed', 'tools');

/**
 * Builds those of `wanted` that are missing, once; back with where each is.
 * @throws TestbedUnavailable when something is missing and there is no Go.
 */
export async function ensureTools(
  set: ToolSet,
  wanted: readonly Tool[],
  log: Log,
): Promise<(file: string) => string> {
  const modules = await readModules(set);
  const cache = join(homedir(), '.cache', 'leadplatform-operator', 'bin');
  const folder = join(cache, buildKey(set, modules));
  const path = (file: string) => join(folder, file);
  const missing = async () => {
    const built = await Promise.all(wanted.map((tool) => isExecutable(path(tool.file))));
    return wanted.filter((_, index) => built[index] !== true);
  };
  if ((await missing()).length > 0) {
    await mkdir(folder, { recursive: true });
    await withLock(`${folder}.lock`, log, async () => buildAll(set, folder, await missing(), modules, log));
  }
  return path;
}

type Modules = Readonly<Record<string, { readonly mod: string; readonly sum: string }>>;

async function readModules({ tools }: ToolSet): Promise<Modules> {
  const read = async (module: string) => ({
    mod: await readFile(join(toolsFolder, module, 'go.mod'), 'utf8'),
    sum: await readFile(join(toolsFolder, module, 'go.sum'), 'utf8'),
  });
  const names = [...new Set(tools.map(({ module }) => module))];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
}

/**
 * What the binaries are made of. The Go version is left out: go.mod names the least one, a later one makes binaries
 * that do the same, and so a machine that has them needs no Go.
 */
function buildKey(set: ToolSet, modules: Modules): string {
  const hash = createHash('sha256').update(`${process.platform}/${process.arch}\0`);
  for (const tool of set.tools) hash.update(`${tool.file}=${tool.package}\0`);
  for (const [name, { mod, sum }] of Object.entries(modules).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${mod}\0${sum}\0${ldflags(set, name, modules)}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}

function ldflags({ defines = {} }: ToolSet, module: string, modules: Modules): string {
  const values = defines[module]?.(modules[module]?.mod ?? '') ?? [];
  return ['-s -w', ...values.map((value) => `-X ${value}`)].join(' ');
}

async function buildAll(
  set: ToolSet,
  folder: string,
  missing: readonly Tool[],
  modules: Modules,
  log: Log,
): Promise<void> {
  if (missing.length === 0) return;
  const go = await findGo(set);
  log(`building ${missing.map((tool) => tool.file).join(', ')}, once: all of it takes ${set.duration}`);
  const since = Date.now();
  // On the same file system as the final place, so that a rename is atomic: a build that was interrupted leaves nothing
  // under a final name.
  const temporary = await temporaryFolder('.building', dirname(folder));
  try {
    for (const [index, tool] of missing.entries()) {
      const what = `building ${tool.file} (${index + 1} of ${missing.length})`;
      const toolSince = Date.now();
      log(what);
      await withHeartbeat(log, what, () => build(set, go, tool, modules, temporary.path));
      await rename(join(temporary.path, tool.file), join(folder, tool.file));
      log(`built ${tool.file} in ${seconds(toolSince)} s`);
    }
    log(`built all in ${seconds(since)} s`);
  } finally {
    await temporary.remove();
  }
}

async function build(set: ToolSet, go: string, tool: Tool, modules: Modules, into: string): Promise<void> {
  await runProcess({
    name: `go build of ${tool.file}`,
    command: go,
    args: [
      'build',
      '-mod=readonly',
      '-buildvcs=false',
      '-trimpath',
      '-ldflags',
      ldflags(set, tool.module, modules),
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

/** The Go to build with; throws TestbedUnavailable where there is none. */
export async function findGo({ what, instead }: ToolSet): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin'];
  for (const folder of folders) {
    if (folder !== '' && (await isExecutable(join(folder, 'go')))) return join(folder, 'go');
  }
  throw new TestbedUnavailable(`${what} is not built yet, and Go is not installed.`, instead);
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
