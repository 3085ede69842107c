/** One sub-command. Its code is loaded when it is asked for, so that `plan` does not wait for what `run` needs. */
import type { Io } from './io.ts';

export interface CommandModule {
  /** The whole text of `leadplatform <name> --help`. */
  readonly help: string;
  /**
   * @returns the exit code
   * @throws UsageError, ManifestError
   */
  run(args: readonly string[], io: Io): Promise<number>;
}

export interface Command {
  readonly name: string;
  /** One line of `leadplatform --help`. */
  readonly summary: string;
  /** Not for people: left out of the help. */
  readonly isHidden?: boolean;
  load(): Promise<CommandModule>;
}
