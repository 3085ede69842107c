/**
 * Whether the application has its queues under other keys than the spec says, which would read as zero for ever. Laravel
 * changed its default prefix from `laravel_database_` to `laravel-database-`, and writes queue names in braces on a cluster:
 * after an upgrade the same queues are there under keys that differ in these characters alone, while keys of before linger.
 * So jobs under such keys are counted now and then, and the keys that changed last are those that the application uses:
 *
 * | jobs under the other keys  | jobs under ours                     | reading      |
 * |----------------------------|-------------------------------------|--------------|
 * | none                       | any, or none                        | as they are  |
 * | some                       | never changed since the first look  | Suspicious   |
 * | changed after ours did     | the last change is older            | Suspicious   |
 * | remain as they were        | changed since                       | as they are  |
 *
 * Another application on the same Redis has another prefix in its letters, and is never looked at.
 */
import type { Redis } from 'ioredis';
import { unknown, type Instant, type Unknown } from '../../model/reading.ts';
import type { RedisConnection } from './connection.ts';
import { existsAny } from './exists.ts';
import { queueKeys } from './keys.ts';
import { countIn } from './replies.ts';

/** How often the other keys are looked at: one command for each way to write them. */
const REPEAT_MS = 10_000;

/** How queue keys are written. */
export interface Place {
  readonly prefix: string;
  readonly clusterNames: boolean;
}

/** A place with its jobs: waiting, held and delayed. */
export interface Found {
  readonly place: Place;
  readonly jobs: number;
}

/** The other ways in which the same application may write the same queues. */
export function placesLike({ prefix, clusterNames }: Place): readonly Place[] {
  const prefixes = new Set([prefix, prefix.replaceAll('_', '-'), prefix.replaceAll('-', '_')]);
  return [...prefixes]
    .flatMap((each) => [clusterNames, !clusterNames].map((names) => ({ prefix: each, clusterNames: names })))
    .slice(1);
}

/** The place, other than that of the spec, in which these queues have the most jobs; shared for `maxAge` milliseconds. */
export function jobsElsewhere(
  connection: RedisConnection,
  client: Redis,
  given: Place,
  names: readonly string[],
  now: Instant,
  maxAge: number,
): Promise<Found | undefined> {
  const question = JSON.stringify(['elsewhere', given.prefix, given.clusterNames, ...names]);
  return connection.shared.get(question, now, maxAge, async () => {
    const found = await Promise.all(
      placesLike(given).map(async (place) => ({
        place,
        jobs: await jobsIn(connection, client, place, names),
      })),
    );
    return found
      .filter(({ jobs }) => jobs > 0)
      .reduce<Found | undefined>((most, each) => (each.jobs > (most?.jobs ?? 0) ? each : most), undefined);
  });
}

/** Redis keeps no empty queue, so what is hardly ever there is asked for at once, and counted only where it is. */
async function jobsIn(
  connection: RedisConnection,
  client: Redis,
  { prefix, clusterNames }: Place,
  names: readonly string[],
): Promise<number> {
  const queues = names.map((name) => queueKeys(prefix, clusterNames, name));
  const keys = queues.flatMap(({ list, delayed, reserved }) => [list, delayed, reserved]);
  if (!(await orNone(existsAny(connection, client, keys), false))) return 0;
  const counts = await Promise.all(
    queues.flatMap(({ list, delayed, reserved }) =>
      [client.llen(list), client.zcard(delayed), client.zcard(reserved)].map((answer) =>
        orNone(answer.then(countIn), 0),
      ),
    ),
  );
  return counts.reduce((sum, each) => sum + each, 0);
}

/** A user that may not read these keys, or something else that lies under them, shows nothing. */
async function orNone<T>(answer: Promise<T>, none: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && /^(NOPERM|WRONGTYPE) /.test(error.message)) return none;
    throw error;
  }
}

/** What it means for the queues of the spec. */
export function areElsewhere({ prefix }: Place, { place }: Found): Unknown {
  const [where, what] =
    place.prefix === prefix
      ? [
          `under queue names ${place.clusterNames ? 'in' : 'without'} braces`,
          `set signals.queueDepth.redis.clusterNames to ${place.clusterNames}`,
        ]
      : [`under the prefix "${place.prefix}"`, `set signals.queueDepth.redis.prefix to "${place.prefix}"`];
  return unknown(
    'Suspicious',
    `jobs of these queues are ${where}, and none comes or goes under the prefix "${prefix}" of the spec; ${what}, or delete what the application has left there`,
  );
}

const isSame = (a: Found | undefined, b: Found | undefined): boolean =>
  a?.jobs === b?.jobs &&
  a?.place.prefix === b?.place.prefix &&
  a?.place.clusterNames === b?.place.clusterNames;

/** The last changes of both places, as one source sees them. */
export class Elsewhere {
  readonly #given: Place;
  readonly #names: readonly string[];
  #lookedAt = -Infinity;
  #found: (Found & { readonly changedAt: Instant }) | undefined;
  #jobs: number | undefined;
  #changedAt = -Infinity;

  constructor(given: Place, names: readonly string[]) {
    this.#given = given;
    this.#names = names;
  }

  /** Jobs under the keys of the spec: waiting, held and delayed. */
  here(jobs: number, now: Instant): void {
    if (this.#jobs !== undefined && this.#jobs !== jobs) this.#changedAt = now;
    this.#jobs = jobs;
  }

  /** Why the keys of the spec cannot be believed; looks at the others where the last look is old. Throws what Redis answers. */
  async doubt(connection: RedisConnection, client: Redis, now: Instant): Promise<Unknown | undefined> {
    if (Math.abs(now - this.#lookedAt) >= REPEAT_MS) {
      this.#lookedAt = now;
      const found = await jobsElsewhere(connection, client, this.#given, this.#names, now, REPEAT_MS / 2);
      const changedAt = isSame(found, this.#found) ? this.#found?.changedAt : undefined;
      this.#found = found && { ...found, changedAt: changedAt ?? now };
    }
    const found = this.#found;
    return found !== undefined && found.changedAt > this.#changedAt
      ? areElsewhere(this.#given, found)
      : undefined;
  }
}
