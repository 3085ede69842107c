/**
 * The thread of the watchdog. It counts its own looks rather than time: a process that was stopped as a whole, or a machine
 * that slept, is no blocked loop. What it has to say it writes itself, since the main thread writes nothing any more.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { lineHead } from './logger.ts';
import type { CallFrame, PausedEvent, ScriptEvent, WatchdogData } from './watchdog.ts';

const { shared, checkMs, limitMs, exitCode } = workerData as WatchdogData;
const numbers = new Int32Array(shared, 0, 2);
const text = Buffer.from(shared, 8);

/** How long the main thread may take to say where it is. Code that is not JavaScript never does. */
const TELL_MS = 1_000;
const DEEPEST_FRAMES = 8;

let beat = -1;
let missed = 0;
const timer = setInterval(() => {
  const now = Atomics.load(numbers, 0);
  missed = now === beat ? missed + 1 : 0;
  beat = now;
  if (missed * checkMs < limitMs) return;
  clearInterval(timer);
  void end();
}, checkMs);

async function end(): Promise<void> {
  const doing = text.toString('latin1', 0, Atomics.load(numbers, 1));
  log({ doing, blockedMs: missed * checkMs }, 'The event loop is blocked; ending the process');
  // By whichever works: a signal to process 1 from inside of its container does nothing.
  const kill = setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2 * TELL_MS);
  try {
    await endInside();
  } catch {
    kill.ref();
  }
}

/** Stops the main thread where it is, says where that is, and has it end the process. */
async function endInside(): Promise<void> {
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connectToMainThread();
  const files = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }: ScriptEvent) => {
    files.set(scriptId, url.slice(url.lastIndexOf('/') + 1));
  });
  session.on('Debugger.paused', ({ params }: PausedEvent) => {
    const [top] = params.callFrames;
    log(
      { stack: params.callFrames.slice(0, DEEPEST_FRAMES).map((frame) => inWords(frame, files)) },
      'The event loop is blocked here',
    );
    session.post('Debugger.evaluateOnCallFrame', {
      callFrameId: top?.callFrameId ?? '',
      expression: `process.reallyExit(${exitCode})`,
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

function inWords({ functionName, location }: CallFrame, files: ReadonlyMap<string, string>): string {
  const { scriptId, lineNumber, columnNumber = 0 } = location;
  return `${functionName || '(anonymous)'} ${files.get(scriptId) ?? ''}:${lineNumber + 1}:${columnNumber + 1}`;
}

/** As the logger of the process writes. */
function log(fields: object, msg: string): void {
  try {
    writeSync(1, `${JSON.stringify({ ...lineHead('fatal', new Date()), ...fields, msg })}\n`);
  } catch {
    // Nobody reads: the end is worth more than its reason.
  }
}
