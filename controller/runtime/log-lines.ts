/** One form for each line of the JSON log: the level as a word, the time in ISO 8601, both first. */
import { stdTimeFunctions } from 'pino';
import type { LoggerOptions } from 'pino';

/** For pino; the thread of the watchdog, which has no logger, writes the same by hand (`lineHead`). */
export const logOptions = (level: string): LoggerOptions => ({
  level,
  base: null,
  timestamp: stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
});
