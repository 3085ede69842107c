/**
 * Laravel's queues. A queue is a list of jobs that wait, and two sorted sets: jobs that come due later, and jobs that a
 * worker holds until they expire. Due and expired jobs move to the list only when a worker asks for one, so that
 *
 *   ready     = LLEN + ZCOUNT(delayed, −inf, now) + ZCOUNT(reserved, −inf, now)
 *   in flight = ZCOUNT(reserved, (now, +inf)
 *   delayed   = ZCOUNT(delayed, (now, +inf)
 *
 * One round trip reads all queues of a platform. While every queue is empty it is one command: EXISTS over all the keys.
 */
import type { Redis } from 'ioredis';
import { known, type Instant, type Reading } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import type { StoreAccess } from '../access.ts';
import { SourceFailure } from '../failure.ts';
import { observe } from '../observe.ts';
import type { Observation, Source } from '../port.ts';
import type { RedisConnection } from './connection.ts';
import { Elsewhere } from './elsewhere.ts';
import { existsAny } from './exists.ts';
import { JobAge } from './job-age.ts';
import { queueKeys } from './keys.ts';
import { evidenceFor, wrongPrefix } from './prefix.ts';
import { countIn, textOrNoneIn, textsIn } from './replies.ts';
import { RetryAfter, type ReservedJobs } from './retry-after.ts';

export interface QueuesSettings {
  readonly prefix: string;
  readonly clusterNames: boolean;
  readonly interval: number;
  /** As the application writes them. */
  readonly names: readonly string[];
}

interface Queue {
  readonly name: string;
  readonly list: string;
  readonly delayed: string;
  readonly reserved: string;
  readonly age: JobAge;
  readonly retryAfter: RetryAfter;
}

const EMPTY: QueueReading = { ready: 0, inFlight: 0, delayed: 0 };

export class LaravelQueues implements Source {
  readonly name = 'redis:queues';
  readonly interval: number;
  readonly reads = ['queues'] as const;
  readonly queues: readonly string[];
  readonly close: () => void;
  readonly #access: StoreAccess<RedisConnection>;
  readonly #prefix: string;
  readonly #queues: readonly Queue[];
  readonly #allKeys: readonly string[];
  readonly #elsewhere: Elsewhere;
  #wasEmpty = true;
  /** A key with the prefix was seen, so an absent key is an empty queue. */
  #seen = false;

  constructor(access: StoreAccess<RedisConnection>, settings: QueuesSettings) {
    this.#access = access;
    this.#prefix = settings.prefix;
    this.interval = settings.interval;
    this.queues = settings.names;
    this.#queues = settings.names.map((name) => ({
      name,
      ...queueKeys(settings.prefix, settings.clusterNames, name),
      age: new JobAge(),
      retryAfter: new RetryAfter(),
    }));
    this.#elsewhere = new Elsewhere(settings, settings.names);
    this.#allKeys = this.#queues.flatMap(({ list, delayed, reserved }) => [list, delayed, reserved]);
    this.close = access.join();
  }

  poll(now: Instant, signal: AbortSignal): Promise<Observation> {
    return observe(this, signal, () =>
      this.#access
        .with((connection) =>
          connection.with(async (client) => ({ queues: await this.#read(connection, client, now) })),
        )
        .catch((error: unknown) => {
          // Nothing else that is asked for can be so large as a job.
          if (error instanceof SourceFailure && error.reason === 'TooLarge')
            for (const { age, retryAfter } of this.#queues) {
              age.refused(now);
              retryAfter.refused(now);
            }
          throw error;
        }),
    );
  }

  async #read(connection: RedisConnection, client: Redis, now: Instant) {
    if (this.#wasEmpty && !(await existsAny(connection, client, this.#allKeys))) {
      this.#elsewhere.here(0, now);
      const doubt =
        (await this.#elsewhere.doubt(connection, client, now)) ??
        (await this.#doubtOfPrefix(connection, client, now));
      if (doubt !== undefined) return this.#each(() => doubt);
      for (const { age, retryAfter } of this.#queues) {
        age.idle(now);
        retryAfter.empty(now);
      }
      return this.#each(() => known(EMPTY, now));
    }
    const found = await Promise.all(this.#queues.map((queue) => readQueue(client, queue, now)));
    const jobs = found.reduce((sum, { ready, inFlight, delayed }) => sum + ready + inFlight + delayed, 0);
    this.#wasEmpty = jobs === 0;
    this.#seen = true;
    this.#elsewhere.here(jobs, now);
    const doubt = await this.#elsewhere.doubt(connection, client, now);
    return this.#each((index) => doubt ?? known(found[index] ?? EMPTY, now));
  }

  async #doubtOfPrefix(connection: RedisConnection, client: Redis, now: Instant) {
    if (this.#seen) return undefined;
    const search = { prefix: this.#prefix, names: this.queues };
    const evidence = await evidenceFor(connection, client, search, now, this.interval / 2);
    if (evidence.is === 'Nothing') return wrongPrefix(this.#prefix, evidence);
    this.#seen = evidence.is === 'Key';
    return undefined;
  }

  #each(reading: (index: number) => Reading<QueueReading>): Record<string, Reading<QueueReading>> {
    return Object.fromEntries(this.#queues.map(({ name }, index) => [name, reading(index)]));
  }
}

/** Sent together: the client puts what is asked in one turn of the event loop into one packet. */
async function readQueue(client: Redis, queue: Queue, now: Instant): Promise<QueueReading> {
  const { list, delayed, reserved, age, retryAfter } = queue;
  const seconds = now / 1_000;
  const [waiting, head, due, later, expired, held] = await Promise.all([
    client.llen(list).then(countIn),
    age.isWorthReading(now) ? client.lindex(list, 0).then(textOrNoneIn) : undefined,
    client.zcount(delayed, '-inf', seconds).then(countIn),
    client.zcount(delayed, `(${seconds}`, '+inf').then(countIn),
    client.zcount(reserved, '-inf', seconds).then(countIn),
    client.zcount(reserved, `(${seconds}`, '+inf').then(countIn),
  ]);
  const ready = waiting + due + expired;
  if (ready === 0) age.idle(now);
  const oldestAgeSeconds = age.observe(waiting, head, now);
  const firstForSeconds = oldestAgeSeconds === undefined ? undefined : age.firstFor(now);
  const retryAfterSeconds = await retryAfter.observe(expired + held, now, reservedIn(client, reserved));
  return {
    ready,
    inFlight: held,
    delayed: later,
    ...(oldestAgeSeconds === undefined ? {} : { oldestAgeSeconds }),
    ...(firstForSeconds === undefined ? {} : { firstForSeconds }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

const reservedIn = (client: Redis, key: string): ReservedJobs => ({
  highest: async () => {
    const [payload, text] = textsIn(await client.zrevrange(key, 0, 0, 'WITHSCORES'));
    const score = Number(text);
    return payload === undefined || !Number.isFinite(score) ? undefined : { score, payload };
  },
  above: (score) => client.zcount(key, `(${score}`, '+inf').then(countIn),
});
