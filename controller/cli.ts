/** The whole command line: what works offline, and what talks to a cluster. Each command is loaded when it is asked for. */
import packageJson from '../package.json' with { type: 'json' };
import type { Command } from '../src/cli/command.ts';
import { OFFLINE_COMMANDS } from '../src/cli/commands.ts';
import { processIo } from '../src/cli/io.ts';
import { main } from '../src/cli/main.ts';

const CLUSTER_COMMANDS: readonly Command[] = [
  {
    name: 'run',
    summary: 'run the operator',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  {
    name: 'status',
    summary: 'show platforms of a cluster with their live numbers',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'doctor',
    summary: 'say what of a cluster is not as it should be, and what mends it',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'ready',
    summary: 'ask an operator whether it is ready',
    load: async () => (await import('./commands/ready.ts')).readyCommand,
  },
  {
    name: 'create-indexes',
    summary: 'make missing indexes of a database; run by a Job of the operator',
    isHidden: true,
    load: async () => (await import('./commands/create-indexes.ts')).createIndexesCommand,
  },
];

/** Runs the command line of this process, and ends it. */
export async function runProcess(args: readonly string[]): Promise<never> {
  const commands = [...CLUSTER_COMMANDS, ...OFFLINE_COMMANDS];
  const code = await main(args, processIo(), { commands, version: packageJson.version });
  await Promise.all([process.stdout, process.stderr].map(untilWritten));
  // At once: while Node takes itself apart it hears no signal, and a second one would end it with another code.
  process.exit(code);
}

/** A pipe whose reader is slow still holds what was written, and loses it with the process. */
function untilWritten(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()));
}
