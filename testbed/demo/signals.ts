/** How the demo ends when it is told to. */

export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

export interface Interruption {
  readonly promise: Promise<number>;
  readonly signal: AbortSignal;
  /** The exit code, once one was asked for. */
  code(): number | undefined;
}

/** The first signal asks for an orderly end; the second ends at once, and the guardian cleans up. */
export function listenForSignals(log: (line: string) => void): Interruption {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<number>();
  let code: number | undefined;
  const end = (with_: number) => {
    if (code !== undefined) process.exit(code);
    code = with_;
    log('stopping');
    controller.abort();
    resolve(code);
  };
  process.on('SIGINT', () => end(EXIT.interrupted));
  process.on('SIGTERM', () => end(EXIT.terminated));
  // Nobody reads any more (`| head`): go on to the end of it, which is to stop.
  process.stdout.on('error', () => end(EXIT.failed));
  return { promise, signal: controller.signal, code: () => code };
}
