/** Jobs as Laravel puts them into Redis. */
import type { Redis } from 'ioredis';

const CHUNK = 1_000;

export const queueKey = (prefix: string, queue: string): string => `${prefix}queues:${queue}`;

/** Puts `count` jobs that have just been made into a queue; resolves when Redis has answered for the last of them. */
export async function pushJobs(redis: Redis, key: string, count: number): Promise<void> {
  const createdAt = Math.floor(Date.now() / 1_000);
  const pipeline = redis.pipeline();
  for (let from = 0; from < count; from += CHUNK) {
    const jobs = Array.from({ length: Math.min(CHUNK, count - from) }, (_, index) =>
      JSON.stringify({
        uuid: `00000000-0000-4000-8000-${String(from + index).padStart(12, '0')}`,
        displayName: 'App\\Jobs\\UpdateLead',
        job: 'Illuminate\\Queue\\CallQueuedHandler@call',
        maxTries: 3,
        attempts: 0,
        createdAt,
        data: { commandName: 'App\\Jobs\\UpdateLead', command: 'O:19:"App\\Jobs\\UpdateLead":0:{}' },
      }),
    );
    pipeline.rpush(key, ...jobs);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}
