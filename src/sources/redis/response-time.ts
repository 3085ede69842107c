/** The response time that the application leaves in its cache. */
import { known, type Instant } from '../../signals/reading.ts';
import type { StoreAccess } from '../access.ts';
import { SourceFailure } from '../failure.ts';
import { observe } from '../observe.ts';
import type { Observation, Source } from '../port.ts';
import { toBase } from '../units.ts';
import { parseCached } from './cached-number.ts';
import type { RedisConnection } from './connection.ts';
import { textIn } from './replies.ts';

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
  const source: Source = {
    name: 'redis:responseTime',
    interval,
    reads: ['responseTime'],
    close: access.join(),
    poll: (now: Instant, signal): Promise<Observation> =>
      observe(source, signal, () =>
        access.with((connection) =>
          connection.with(async (client) => {
            const text = textIn(await client.getrange(key, 0, LONGEST_NUMBER));
            if (text === '') {
              throw new SourceFailure(
                'NotFound',
                'the cache has no value under the key of signals.responseTime.redis; does the application write it, and are prefix and database right?',
              );
            }
            if (text.length > LONGEST_NUMBER) {
              throw new SourceFailure(
                'TooLarge',
                'what the cache holds under the key is longer than a number',
              );
            }
            return { responseTime: known(toBase('time', parseCached(text), unit), now) };
          }),
        ),
      ),
  };
  return source;
}
