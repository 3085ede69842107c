/** The response time that the application leaves in its cache. */
import { known, type Instant } from '../../model/reading.ts';
import type { StoreAccess } from '../access.ts';
import { SourceFailure } from '../failure.ts';
import { observe } from '../observe.ts';
import type { Observation, Source } from '../port.ts';
import { toBase } from '../units.ts';
import { type CachedNumber, parseCached } from './cached-number.ts';
import type { RedisConnection } from './connection.ts';
import { bytesIn } from './replies.ts';

export interface ResponseTimeSettings {
  /** Redis prefix, cache prefix and key, joined. */
  readonly key: string;
  readonly unit: string;
  readonly interval: number;
}

/** A number, raw or serialised, is shorter; so no megabytes are fetched, whatever the key holds. */
const LONGEST_NUMBER = 64;

/** The time of a reading is that of the poll: the cache does not tell when the value was left there. */
export function cachedResponseTime(
  access: StoreAccess<RedisConnection>,
  { key, unit, interval }: ResponseTimeSettings,
): Source {
  /** A number of more than one digit was read last, which only text is. */
  let isText = false;
  const numberIn = (bytes: Buffer): CachedNumber => {
    try {
      const found = parseCached(bytes);
      isText ||= !found.isOneDigit;
      return found;
    } catch (error) {
      isText = false;
      throw error;
    }
  };
  const source: Source = {
    name: 'redis:responseTime',
    interval,
    reads: ['responseTime'],
    close: access.join(),
    poll: (now: Instant, signal): Promise<Observation> =>
      observe(source, signal, () =>
        access.with((connection) =>
          connection.with(async (client) => {
            const bytes = bytesIn(await client.getrangeBuffer(key, 0, LONGEST_NUMBER));
            if (bytes.length === 0) {
              throw new SourceFailure(
                'NotFound',
                'the cache has no value under the key of signals.responseTime.redis; does the application write it, and are prefix and database right?',
              );
            }
            if (bytes.length > LONGEST_NUMBER) {
              throw new SourceFailure(
                'TooLarge',
                'what the cache holds under the key is longer than a number',
              );
            }
            const { value, isOneDigit } = numberIn(bytes);
            if (isOneDigit && !isText) {
              throw new SourceFailure(
                'Suspicious',
                'what the cache holds under the key is one digit, which may be another number that msgpack has written; it is read once a longer number has been seen there: let the application store it with a fraction',
              );
            }
            return { responseTime: known(toBase('time', value, unit), now) };
          }),
        ),
      ),
  };
  return source;
}
