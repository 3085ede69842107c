/** The commands that need no cluster, with files and a terminal that a test stands in for. */
import { OFFLINE_COMMANDS } from '../../../src/cli/commands.ts';
import type { Io, Output } from '../../../src/cli/io.ts';
import { main } from '../../../src/cli/main.ts';

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function runOn(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  colour = false,
): Promise<Run> {
  let out = '';
  let err = '';
  const output = (write: (text: string) => void): Output => ({ write, colour, columns: 80 });
  const io: Io = {
    out: output((text) => void (out += text)),
    err: output((text) => void (err += text)),
    read: async (path) => {
      const file = files[path];
      if (file !== undefined) return file;
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    },
    now: () => Date.UTC(2026, 10, 24, 11),
  };
  const code = await main(args, io, { commands: OFFLINE_COMMANDS, version: '1.2.3' });
  return { code, out, err };
}
