/** `npm run demo -- --real-pods`: first outside, where a room is made with all that it needs; then inside of it. */
import { fileURLToPath } from 'node:url';
import { isTestbedUnavailable } from '../../errors.ts';
import { prepareRoom } from '../../real/prepare.ts';
import { brainSource, operatorSource } from '../../real/project-images.ts';
import { currentRoom } from '../../real/room.ts';
import type { Options } from '../options.ts';
import type { Show } from '../show.ts';
import { EXIT, type Interruption, listenForSignals } from '../signals.ts';
import type { RealFrame } from './frame.ts';
import { playOnRealPods } from './play.ts';
import { realShortcomings, realSummaryObject, realSummaryText } from './report.ts';
import { realJsonLines, realLines, realTable } from './show.ts';
import { startRealWorld } from './world.ts';

type Log = (line: string) => void;

/** Back with the exit code. */
export async function runOnRealPods(options: Options, args: readonly string[], log: Log): Promise<number> {
  return currentRoom() === undefined ? outside(args, log) : inside(options, log);
}

async function outside(args: readonly string[], log: Log): Promise<number> {
  const interruption = listenForSignals(log);
  try {
    // Whoever presses Ctrl-C meanwhile does not want to wait: what is half made by then goes by the guardian.
    const room = await Promise.race([prepareRoom([operatorSource, brainSource], log), interruption.promise]);
    if (typeof room === 'number') return room;
    // On a terminal, Ctrl-C reaches the demo in the room alone. Any other signal reaches us, and is passed on.
    const forward = () => void room.signal(interruption.code() === EXIT.interrupted ? 'SIGINT' : 'SIGTERM');
    interruption.signal.addEventListener('abort', forward);
    try {
      const program = fileURLToPath(new URL('../main.ts', import.meta.url));
      return await room.run(process.execPath, [program, ...args]);
    } finally {
      await room.remove();
    }
  } catch (error) {
    if (interruption.code() !== undefined) return interruption.code() ?? EXIT.failed;
    log(errorText(error));
    return EXIT.failed;
  }
}

async function inside(options: Options, log: Log): Promise<number> {
  const interruption = listenForSignals(log);
  const stack = new AsyncDisposableStack();
  let code: number;
  try {
    const started = await Promise.race([startRealWorld(stack, log), interruption.promise]);
    code = typeof started === 'number' ? started : await perform(started, options, interruption);
  } catch (error) {
    // What breaks while everything is being stopped is no news.
    code = interruption.code() ?? EXIT.failed;
    if (code === EXIT.failed) log(errorText(error));
  }
  await stack.disposeAsync().catch((error: unknown) => log(`could not stop everything: ${errorText(error)}`));
  return code;
}

async function perform(
  world: Awaited<ReturnType<typeof startRealWorld>>,
  options: Options,
  interruption: Interruption,
): Promise<number> {
  const show = showOf(options);
  const summary = await playOnRealPods(world, show, interruption.signal).finally(() => show.end());
  const by = interruption.code();
  if (by !== undefined) return by;
  if (options.output === 'json') process.stdout.write(`${JSON.stringify(realSummaryObject(summary))}\n`);
  else process.stdout.write(realSummaryText(summary, Math.min(100, process.stdout.columns ?? 80)));
  return realShortcomings(summary).length === 0 ? EXIT.ok : EXIT.failed;
}

function showOf({ output }: Options): Show<RealFrame> {
  if (output === 'json') return realJsonLines(process.stdout);
  if (!process.stdout.isTTY) return realLines(process.stdout);
  return realTable(process.stdout, process.env['NO_COLOR'] === undefined);
}

function errorText(error: unknown): string {
  if (isTestbedUnavailable(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
