/**
 * Something the test bed needs is not on this machine. It is not a defect of the project: a caller may skip what
 * depends on it, as long as it says so.
 */
export class TestbedUnavailable extends Error {
  /** What the reader can do about it, as one sentence or one command. */
  readonly remedy: string;

  constructor(missing: string, remedy: string, options?: ErrorOptions) {
    super(`${missing} ${remedy}`, options);
    this.name = 'TestbedUnavailable';
    this.remedy = remedy;
  }
}

/** True for a {@link TestbedUnavailable}. */
export function isTestbedUnavailable(error: unknown): error is TestbedUnavailable {
  return error instanceof TestbedUnavailable;
}

/** A process of the test bed ended, or never became ready. The message carries the end of its log. */
export class TestbedProcessFailed extends Error {
  constructor(name: string, what: string, logTail: string) {
    super(`${name} ${what}${logTail === '' ? '' : `\n--- end of the log of ${name} ---\n${logTail}`}`);
    this.name = 'TestbedProcessFailed';
  }
}
