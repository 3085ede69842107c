import { execFile } from 'node:child_process';
import { cp, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findGo, isExecutable, type ToolSet } from './builder.ts';
import { projectFolder, temporaryFolder } from './folders.ts';

const run = promisify(execFile);

/** The version of a Go module that `testbed/tools/<tool>/go.mod` requires, without the `v`. */
export async function pinnedVersion(tool: string, module: string): Promise<string> {
  const mod = await readFile(join(projectFolder, 'testbed', 'tools', tool, 'go.mod'), 'utf8');
  return versionIn(mod, module);
}

/** As {@link pinnedVersion}, of a go.mod that was read already. */
export function versionIn(mod: string, module: string): string {
  for (const line of mod.split('\n')) {
    const [, name, version] = /^\s*(?:require )?(\S+) v(\S+)/.exec(line) ?? [];
    if (name === module && version !== undefined) return version;
  }
  throw new Error(`a go.mod below testbed/tools requires no ${module}`);
}

/**
 * Copies a folder of a pinned Go module, such as its CRDs, to `destination` beside the executables of `set`, once.
 * @throws TestbedUnavailable when it is not there and Go is missing.
 */
export async function copyFromModule(
  set: ToolSet,
  tool: string,
  module: string,
  folder: readonly string[],
  destination: string,
  onCopying: () => void = () => undefined,
): Promise<void> {
  // Named for files, and true of a folder that may be entered as well.
  if (await isExecutable(destination)) return;
  const go = await findGo(set);
  onCopying();
  const { stdout } = await run(go, ['mod', 'download', '-json', module], {
    cwd: join(projectFolder, 'testbed', 'tools', tool),
    env: { ...process.env, GOWORK: 'off', GOFLAGS: '' },
  });
  const { Dir: source } = JSON.parse(stdout) as { Dir: string };
  const temporary = await temporaryFolder('.copying', dirname(destination));
  try {
    const copy = join(temporary.path, 'copy');
    await cp(join(source, ...folder), copy, { recursive: true });
    await rename(copy, destination).catch((error: NodeJS.ErrnoException) => {
      // Another process was first.
      if (error.code !== 'ENOTEMPTY') throw error;
    });
  } finally {
    await temporary.remove();
  }
}
