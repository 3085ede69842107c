/**
 * Laravel's queues on RabbitMQ, as its driver keeps them: a durable queue of the name, and `<name>.delay.<ms>` for jobs that
 * are not due yet.
 *
 *   ready     = messages_ready of the queue
 *   in flight = messages_unacknowledged of the queue
 *   delayed   = messages_ready of all queues `<name>.delay.<ms>`
 *
 * One request reads all queues of the virtual host, so that queues for later, whose names nobody knows beforehand, are
 * among them. A queue that is not there is empty: it is made by the first job. Messages bear no time of their own, so the
 * age of the oldest one is the time for which its queue has not been empty, which is at least as long.
 */
import { known, type Instant, type Reading } from '../../signals/reading.ts';
import type { QueueReading } from '../../signals/readings.ts';
import type { StoreAccess } from '../access.ts';
import { SourceFailure } from '../failure.ts';
import { observe } from '../observe.ts';
import type { Observation, Source } from '../port.ts';
import type { RabbitmqApi } from './api.ts';

export interface RabbitmqQueuesSettings {
  readonly vhost: string;
  readonly interval: number;
  /** As the application writes them. */
  readonly names: readonly string[];
}

interface QueueAnswer {
  readonly name: string;
  readonly messages_ready?: number;
  readonly messages_unacknowledged?: number;
}

const COLUMNS = 'name,messages_ready,messages_unacknowledged';

export class RabbitmqQueues implements Source {
  readonly name = 'rabbitmq:queues';
  readonly interval: number;
  readonly reads = ['queues'] as const;
  readonly queues: readonly string[];
  readonly close: () => void;
  readonly #access: StoreAccess<RabbitmqApi>;
  readonly #vhost: string;
  /** Since when each queue has had jobs that wait. */
  readonly #waitingSince = new Map<string, Instant>();

  constructor(access: StoreAccess<RabbitmqApi>, settings: RabbitmqQueuesSettings) {
    this.#access = access;
    this.#vhost = settings.vhost;
    this.interval = settings.interval;
    this.queues = settings.names;
    this.close = access.join();
  }

  poll(now: Instant, signal: AbortSignal): Promise<Observation> {
    return observe(this, signal, async () => {
      const found = await this.#access.with((api) => rabbitmqQueues(api, this.#vhost, this.queues, now));
      const readings: Record<string, Reading<QueueReading>> = {};
      for (const [name, queue] of Object.entries(found)) {
        readings[name] = known({ ...queue, ...this.#age(name, queue, now) }, now);
      }
      return { queues: readings };
    });
  }

  #age(name: string, { ready }: QueueReading, now: Instant): Pick<QueueReading, 'oldestAgeSeconds'> {
    if (ready === 0) {
      this.#waitingSince.delete(name);
      return {};
    }
    const since = this.#waitingSince.get(name) ?? now;
    this.#waitingSince.set(name, since);
    return { oldestAgeSeconds: Math.max(0, now - since) / 1_000 };
  }
}

/** How long one answer serves all platforms that ask for the same virtual host, in milliseconds. */
const SHARE_MS = 500;

/** What is in each queue. Throws `SourceFailure`. */
export async function rabbitmqQueues(
  api: RabbitmqApi,
  vhost: string,
  names: readonly string[],
  now: Instant,
): Promise<Readonly<Record<string, QueueReading>>> {
  const path = `/queues/${encodeURIComponent(vhost)}?columns=${COLUMNS}&disable_stats=true&enable_queue_totals=true`;
  const answer = await api.get(path, now, SHARE_MS);
  if (!Array.isArray(answer)) {
    throw new SourceFailure(
      'NotANumber',
      'the management API of RabbitMQ answered with something that is no list of queues',
    );
  }
  const all = answer as readonly QueueAnswer[];
  return Object.fromEntries(names.map((name) => [name, readingOf(name, all)]));
}

function readingOf(name: string, all: readonly QueueAnswer[]): QueueReading {
  const queue = all.find((one) => one.name === name);
  const delay = `${name}.delay.`;
  const later = all.filter((one) => one.name.startsWith(delay));
  return {
    ready: queue?.messages_ready ?? 0,
    inFlight: queue?.messages_unacknowledged ?? 0,
    delayed: later.reduce((sum, one) => sum + (one.messages_ready ?? 0), 0),
  };
}
