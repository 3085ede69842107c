/** The one place where a source's failure becomes readings: a source never throws. */
import { unknown, type Reading } from '../model/reading.ts';
import { SourceFailure } from './failure.ts';
import { failureOf } from './failures.ts';
import type { Observation, SignalKey } from './port.ts';

interface Reader {
  readonly name: string;
  readonly reads: readonly SignalKey[];
  readonly queues?: readonly string[];
}

/** What `read` finds; the same failure for every signal of the source when it throws, or when `signal` aborts first. */
export async function observe(
  reader: Reader,
  signal: AbortSignal,
  read: () => Promise<Observation>,
): Promise<Observation> {
  try {
    return await untilAborted(read(), signal);
  } catch (error) {
    const failure = failureOf(error, 'the source');
    return everySignal(reader, unknown(failure.reason, failure.message));
  }
}

/** One reading for all that a source reads. */
export function everySignal({ reads, queues = [] }: Reader, reading: Reading<never>): Observation {
  return Object.fromEntries(
    reads.map((key) => [
      key,
      key === 'queues' ? Object.fromEntries(queues.map((name) => [name, reading])) : reading,
    ]),
  );
}

/** Stops to wait for what is shared with others, and therefore must run on. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new SourceFailure('SourceTimeout', 'the source did not answer in time'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
