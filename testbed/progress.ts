/** Takes one finished line for the person who waits. */
export type Log = (line: string) => void;

/** Lines on standard error, so that the output of a command stays its own. */
export const logToStderr: Log = (line) => {
  process.stderr.write(`testbed: ${line}\n`);
};

/** Says "still …" every `everyMs` until the work ends: a silent minute looks like a hang. */
export async function withHeartbeat<T>(
  log: Log,
  what: string,
  work: () => Promise<T>,
  everyMs = 15_000,
): Promise<T> {
  const since = Date.now();
  const timer = setInterval(() => log(`still ${what}, ${seconds(since)} s`), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Whole seconds since a time in ms since the epoch. */
export function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}
