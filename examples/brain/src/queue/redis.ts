/**
 * Laravel's queue on Redis: a list of payloads (the head is the oldest), `:delayed` scored by when a job is due,
 * `:reserved` scored by when a job that a worker holds counts as given up, and `:notify`, a token for each job in the
 * list, for workers that block. All scores are whole seconds.
 */
import type { Redis } from 'ioredis';
import { readPayload } from './payload.ts';
import type { QueueConnection, ReservedJob } from './queue.ts';

/** list, notify · payload */
const PUSH = `
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('RPUSH', KEYS[2], 1)
`;

/**
 * list, notify, delayed, reserved · now, expiry. What Laravel does in three scripts, in one: moves what is due and what was
 * given up to the end of the list, takes the head, counts the attempt, and reserves the job under the payload that says
 * so. That payload, to the byte, is the name under which the job is deleted or released.
 */
const POP = `
for i = 3, 4 do
  local due = redis.call('ZRANGEBYSCORE', KEYS[i], '-inf', ARGV[1])
  for _, job in ipairs(due) do
    redis.call('RPUSH', KEYS[1], job)
    redis.call('RPUSH', KEYS[2], 1)
  end
  if #due > 0 then redis.call('ZREMRANGEBYRANK', KEYS[i], 0, #due - 1) end
end
local head = redis.call('LPOP', KEYS[1])
if not head then return false end
redis.call('LPOP', KEYS[2])
local job = cjson.decode(head)
job['attempts'] = job['attempts'] + 1
local reserved = cjson.encode(job)
redis.call('ZADD', KEYS[4], ARGV[2], reserved)
return reserved
`;

/** delayed, reserved · payload, due. A job that was given up meanwhile is another worker's, and stays there. */
const RELEASE = `
if redis.call('ZREM', KEYS[2], ARGV[1]) == 1 then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
`;

const nowSeconds = () => Math.floor(Date.now() / 1_000);

export class RedisQueue implements QueueConnection {
  readonly name = 'redis';
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #retryAfter: number;

  constructor(redis: Redis, prefix: string, retryAfter: number) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#retryAfter = retryAfter;
  }

  #keys(queue: string) {
    const list = `${this.#prefix}queues:${queue}`;
    return { list, notify: `${list}:notify`, delayed: `${list}:delayed`, reserved: `${list}:reserved` };
  }

  async push(queue: string, payload: string): Promise<void> {
    const { list, notify } = this.#keys(queue);
    await this.#redis.eval(PUSH, 2, list, notify, payload);
  }

  async later(queue: string, delaySeconds: number, payload: string): Promise<void> {
    await this.#redis.zadd(this.#keys(queue).delayed, nowSeconds() + Math.ceil(delaySeconds), payload);
  }

  async pop(queue: string): Promise<ReservedJob | undefined> {
    const { list, notify, delayed, reserved } = this.#keys(queue);
    const now = nowSeconds();
    const text = await this.#redis.eval(POP, 4, list, notify, delayed, reserved, now, now + this.#retryAfter);
    if (typeof text !== 'string') return undefined;
    const payload = readPayload(text);
    return {
      queue,
      text,
      payload,
      attempts: payload.attempts,
      delete: async () => {
        await this.#redis.zrem(reserved, text);
      },
      release: async (delaySeconds) => {
        const due = nowSeconds() + Math.ceil(delaySeconds);
        await this.#redis.eval(RELEASE, 2, delayed, reserved, text, due);
      },
    };
  }

  async size(queue: string): Promise<number> {
    const { list, delayed, reserved } = this.#keys(queue);
    const counts = await Promise.all([
      this.#redis.llen(list),
      this.#redis.zcard(delayed),
      this.#redis.zcard(reserved),
    ]);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }
}
