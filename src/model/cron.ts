/** What a cron schedule says of instants. */
import { Cron } from 'croner';

/** Reading a schedule costs more than a decision, and what was admitted does not change. */
const read = new WeakMap<object, Cron>();

/** The schedule of a part of an admitted spec, read once for each part. @throws where cron or time zone cannot be read */
export function cronOf(part: object, schedule: string, timeZone: string): Cron {
  let cron = read.get(part);
  if (cron === undefined) {
    // Without a function it has no timer: it only answers questions about the instants that it is given.
    cron = new Cron(schedule, { paused: true, timezone: timeZone });
    read.set(part, cron);
  }
  return cron;
}
