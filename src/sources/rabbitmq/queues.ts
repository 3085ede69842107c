/**
 * Laravel's queues on RabbitMQ, as its driver keeps them: a durable queue of the name, and `<name>.delay.<ms>` for jobs that
 * are not due yet.
 *
 *   ready     = messages_ready of the queue
 *   in flight = messages_unacknowledged of the queue
 *   delayed   = messages_ready of all queues `<name>.delay.<ms>`
 *
 * One request reads all queues of the virtual host, so that queues for later, whose names are not known beforehand, are
 * among them. It asks for totals without statistics, which are as of now; statistics are some seconds old, and are read only
 * while jobs wait, for their age.
 */
import { isKnown, known, unknown, type Instant, type Reading } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import type { StoreAccess } from '../access.ts';
import { observe } from '../observe.ts';
import type { Observation, Source } from '../port.ts';
import type { RabbitmqApi } from './api.ts';
import { QueueAge } from './job-age.ts';

export interface RabbitmqQueuesSettings {
  readonly interval: number;
  /** As the application writes them. */
  readonly names: readonly string[];
}

interface QueueTotals {
  readonly name: string;
  readonly messages_ready?: number;
  readonly messages_unacknowledged?: number;
}

interface QueueStatistics {
  readonly name: string;
  /** Not there before there was any activity. */
  readonly message_stats?: { readonly deliver_get?: number; readonly redeliver?: number };
}

/** How long one answer serves all platforms that ask for the same virtual host, in milliseconds. */
const SHARE_MS = 500;
/** Statistics are collected at this interval, unless the server was told otherwise. */
const STATISTICS_MS = 5_000;

export class RabbitmqQueues implements Source {
  readonly name = 'rabbitmq:queues';
  readonly interval: number;
  readonly reads = ['queues'] as const;
  readonly queues: readonly string[];
  readonly close: () => void;
  readonly #access: StoreAccess<RabbitmqApi>;
  readonly #ages: ReadonlyMap<string, QueueAge>;

  constructor(access: StoreAccess<RabbitmqApi>, settings: RabbitmqQueuesSettings) {
    this.#access = access;
    this.interval = settings.interval;
    this.queues = settings.names;
    this.#ages = new Map(settings.names.map((name) => [name, new QueueAge()]));
    this.close = access.join();
  }

  poll(now: Instant, signal: AbortSignal): Promise<Observation> {
    return observe(this, signal, () =>
      this.#access.with(async (api) => {
        const queues = await rabbitmqQueues(api, this.queues, now);
        const waits = Object.values(queues).some((reading) => isKnown(reading) && reading.value.ready > 0);
        const given = waits ? await jobsGiven(api, now) : undefined;
        return {
          queues: Object.fromEntries(
            Object.entries(queues).map(([name, reading]) => [name, this.#withAge(name, reading, given, now)]),
          ),
        };
      }),
    );
  }

  #withAge(
    name: string,
    reading: Reading<QueueReading>,
    given: ReadonlyMap<string, number> | undefined,
    now: Instant,
  ): Reading<QueueReading> {
    if (!isKnown(reading)) return reading;
    const age = this.#ages.get(name)?.observe(reading.value.ready, given?.get(name), now);
    return age === undefined ? reading : known({ ...reading.value, oldestAgeSeconds: age }, reading.at);
  }
}

/** What is in each queue. Throws `SourceFailure`. */
export async function rabbitmqQueues(
  api: RabbitmqApi,
  names: readonly string[],
  now: Instant,
): Promise<Readonly<Record<string, Reading<QueueReading>>>> {
  const all = await api.queues<QueueTotals>(
    'columns=name,messages_ready,messages_unacknowledged&disable_stats=true&enable_queue_totals=true',
    now,
    SHARE_MS,
  );
  return Object.fromEntries(names.map((name) => [name, readingOf(name, all, now)]));
}

/**
 * A queue that the server does not list is empty: the first job makes it, and the server, the user and the virtual host are
 * known to be right. One that is listed without totals is not: its node or its process is away, and its jobs with it.
 */
function readingOf(name: string, all: readonly QueueTotals[], now: Instant): Reading<QueueReading> {
  const own = all.filter((queue) => queue.name === name);
  const later = all.filter((queue) => queue.name.startsWith(`${name}.delay.`));
  if (
    [...own, ...later].some(
      ({ messages_ready: ready, messages_unacknowledged: held = 0 }) => !isCount(ready) || !isCount(held),
    )
  ) {
    return unknown(
      'SourceUnreachable',
      `RabbitMQ does not tell how many jobs lie in ${name}: that queue, or one for later, is not running; look after its node and its virtual host`,
    );
  }
  const sum = (queues: readonly QueueTotals[], of: 'messages_ready' | 'messages_unacknowledged') =>
    queues.reduce((total, queue) => total + (queue[of] ?? 0), 0);
  return known(
    {
      ready: sum(own, 'messages_ready'),
      inFlight: sum(own, 'messages_unacknowledged'),
      delayed: sum(later, 'messages_ready'),
    },
    now,
  );
}

const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0;

/** How many jobs each queue ever gave out for the first time. A job that came back is at the head again, and counted once. */
async function jobsGiven(api: RabbitmqApi, now: Instant): Promise<ReadonlyMap<string, number>> {
  const all = await api.queues<QueueStatistics>(
    'columns=name,message_stats.deliver_get,message_stats.redeliver',
    now,
    STATISTICS_MS,
  );
  return new Map(
    all.flatMap(({ name, message_stats: stats }) =>
      // A server that was told to keep no statistics has none for ever.
      isCount(stats?.deliver_get ?? 0) && isCount(stats?.redeliver ?? 0) && stats !== undefined
        ? [[name, (stats.deliver_get ?? 0) - (stats.redeliver ?? 0)] as const]
        : [],
    ),
  );
}
