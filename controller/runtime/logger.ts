/**
 * The part of a pino logger that the runtime uses. Messages are constant sentences; what varies is a field, so that
 * a log can be counted by message.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How a line begins where it is written without pino: as `logOptions` has pino begin it. */
export const lineHead = (level: 'fatal', at: Date): { readonly level: string; readonly time: string } => ({
  level,
  time: at.toISOString(),
});

/** Swallows everything; for callers that bring no logger of their own. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
