/** What ends a command early, and with which exit code. The codes are part of the interface: see `--help`. */

export const EXIT = { ok: 0, unexpected: 1, usage: 2, invalidManifest: 3 } as const;

/** The command line asks for something that there is not. The message says what is there. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The manifest cannot be read, or is not a LeadPlatform that may run. One sentence a line. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** What a command needs is not there, or refuses. The message says what is wrong and what to do; no stack belongs to it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
