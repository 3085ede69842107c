/** From the arguments of the process to an exit code. */
import { unknownWord } from '../api/did-you-mean.ts';
import type { Command } from './command.ts';
import { CommandError, EXIT, ManifestError, UsageError } from './errors.ts';
import type { Io } from './io.ts';

function help(all: readonly Command[]): string {
  const commands = all.filter(({ isHidden }) => isHidden !== true);
  const width = Math.max(...commands.map(({ name }) => name.length));
  return `Moves a lead platform along its ladder, and sizes each component on the way.

Usage: leadplatform COMMAND [options]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

Options:
  -h, --help     show this help; after a command, the help of the command
  -V, --version  show the version

Exit codes: 0 done, 1 unexpected failure, 2 wrong usage, 3 invalid manifest.
`;
}

function isHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '-h' || arg === '--help');
}

async function dispatch(
  [name, ...args]: readonly string[],
  io: Io,
  commands: readonly Command[],
  version: string,
): Promise<number> {
  if (name === undefined) throw new UsageError('which command? See leadplatform --help');
  if (name === '-h' || name === '--help') {
    io.out.write(help(commands));
    return EXIT.ok;
  }
  if (name === '-V' || name === '--version') {
    io.out.write(`${version}\n`);
    return EXIT.ok;
  }
  const names = commands.filter(({ isHidden }) => isHidden !== true).map((command) => command.name);
  if (name === 'help') return dispatch([args[0] ?? '--help', '--help'], io, commands, version);
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    throw new UsageError(
      name.startsWith('-')
        ? `unknown option "${name}"; options come after the command. See leadplatform --help`
        : unknownWord('command', name, [...names, 'help']),
    );
  }
  const module = await command.load();
  if (isHelp(args)) {
    io.out.write(module.help);
    return EXIT.ok;
  }
  return module.run(args, io);
}

/** Runs a command line and returns the exit code; says what went wrong on standard error. */
export async function main(
  args: readonly string[],
  io: Io,
  { commands, version }: { readonly commands: readonly Command[]; readonly version: string },
): Promise<number> {
  try {
    return await dispatch(args, io, commands, version);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err.write(`leadplatform: ${error.message}\n`);
      return EXIT.usage;
    }
    if (error instanceof CommandError) {
      io.err.write(`leadplatform: ${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof ManifestError) {
      io.err.write(`${error.message}\n`);
      return EXIT.invalidManifest;
    }
    io.err.write(
      `leadplatform: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return EXIT.unexpected;
  }
}
