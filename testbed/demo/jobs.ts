/** Jobs on Redis as Laravel keeps them: a list, two sorted sets and a list of notifications for each queue. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A worker that holds a job for longer than this is taken to be dead (Laravel's `retry_after`). */
const RETRY_AFTER_S = 90;

export interface QueueKeys {
  readonly ready: string;
  readonly delayed: string;
  readonly reserved: string;
  readonly notify: string;
}

export function queueKeys(prefix: string, queue: string): QueueKeys {
  const ready = `${prefix}queues:${queue}`;
  return { ready, delayed: `${ready}:delayed`, reserved: `${ready}:reserved`, notify: `${ready}:notify` };
}

export interface QueueCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly reserved: number;
}

/** A job that a worker holds. */
export interface HeldJob {
  /** The member of the reserved set. */
  readonly reserved: string;
  /** When it was put on the queue, in ms since the epoch. */
  readonly pushedAt: number;
}

/** Puts jobs at the end of the list, and wakes who blocks on the notifications. */
const PUSH = `
for _, job in ipairs(ARGV) do
  redis.call('RPUSH', KEYS[1], job)
  redis.call('RPUSH', KEYS[2], '1')
end
return #ARGV
`;

/**
 * Moves what is due (delayed) or given up (reserved) to the list, takes the oldest job, counts the attempt and reserves
 * it, in one step: a job is never in two places, and never in none.
 */
const POP = `
local function release(from)
  local due = redis.call('ZRANGEBYSCORE', from, '-inf', ARGV[1], 'LIMIT', 0, 100)
  for _, job in ipairs(due) do
    redis.call('ZREM', from, job)
    redis.call('RPUSH', KEYS[1], job)
    redis.call('RPUSH', KEYS[4], '1')
  end
end
release(KEYS[2])
release(KEYS[3])
local job = redis.call('LPOP', KEYS[1])
if not job then return false end
local payload = cjson.decode(job)
payload['attempts'] = payload['attempts'] + 1
local reserved = cjson.encode(payload)
redis.call('ZADD', KEYS[3], ARGV[2], reserved)
redis.call('LPOP', KEYS[4])
return reserved
`;

export class LaravelQueue {
  readonly name: string;
  readonly #redis: Redis;
  readonly #keys: QueueKeys;
  readonly #jobClass: string;

  constructor(options: { redis: Redis; prefix: string; name: string; jobClass: string }) {
    this.name = options.name;
    this.#redis = options.redis;
    this.#keys = queueKeys(options.prefix, options.name);
    this.#jobClass = options.jobClass;
  }

  async push(count: number, now: number): Promise<void> {
    if (count === 0) return;
    const { ready, notify } = this.#keys;
    const jobs = Array.from({ length: count }, () => this.#payload(now));
    await this.#redis.eval(PUSH, 2, ready, notify, ...jobs);
  }

  /** Puts jobs aside until `availableAt`, in ms since the epoch; Laravel knows whole seconds. */
  async later(count: number, now: number, availableAt: number): Promise<void> {
    if (count === 0) return;
    const due = Math.ceil(availableAt / 1000);
    const members = Array.from({ length: count }, () => [due, this.#payload(now)]).flat();
    await this.#redis.zadd(this.#keys.delayed, ...members);
  }

  /** Takes the oldest job that is due, or nothing. */
  async pop(now: number): Promise<HeldJob | undefined> {
    const { ready, delayed, reserved, notify } = this.#keys;
    const seconds = Math.floor(now / 1000);
    const job = await this.#redis.eval(
      POP,
      4,
      ready,
      delayed,
      reserved,
      notify,
      seconds,
      seconds + RETRY_AFTER_S,
    );
    if (typeof job !== 'string') return undefined;
    const { pushedAt } = JSON.parse(job) as { pushedAt: string };
    return { reserved: job, pushedAt: Number(pushedAt) * 1000 };
  }

  /** The job is done. False when it was given up meanwhile, so that another worker may do it again. */
  async delete({ reserved }: HeldJob): Promise<boolean> {
    return (await this.#redis.zrem(this.#keys.reserved, reserved)) === 1;
  }

  async counts(): Promise<QueueCounts> {
    const { ready, delayed, reserved } = this.#keys;
    const [listed, later, held] = await Promise.all([
      this.#redis.llen(ready),
      this.#redis.zcard(delayed),
      this.#redis.zcard(reserved),
    ]);
    return { ready: listed, delayed: later, reserved: held };
  }

  /** The payload of a queued job, with what Horizon adds. */
  #payload(now: number): string {
    const uuid = randomUUID();
    return JSON.stringify({
      uuid,
      displayName: this.#jobClass,
      job: 'Illuminate\\Queue\\CallQueuedHandler@call',
      maxTries: 3,
      maxExceptions: null,
      failOnTimeout: false,
      backoff: null,
      timeout: 60,
      retryUntil: null,
      data: { commandName: this.#jobClass, command: `O:${this.#jobClass.length}:"${this.#jobClass}":0:{}` },
      id: uuid,
      attempts: 0,
      createdAt: Math.floor(now / 1000),
      pushedAt: (now / 1000).toFixed(4),
    });
  }
}
