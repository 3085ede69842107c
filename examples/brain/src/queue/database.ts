/** Laravel's queue in a table of the database: where a platform begins, before it has a Redis. */
import type { Pool } from 'pg';
import { readPayload } from './payload.ts';
import type { QueueConnection, ReservedJob } from './queue.ts';

const nowSeconds = () => Math.floor(Date.now() / 1_000);

interface Row {
  readonly id: string;
  readonly payload: string;
  readonly attempts: number;
}

export class DatabaseQueue implements QueueConnection {
  readonly name = 'database';
  readonly #pool: Pool;
  readonly #retryAfter: number;

  constructor(pool: Pool, retryAfter: number) {
    this.#pool = pool;
    this.#retryAfter = retryAfter;
  }

  push(queue: string, payload: string): Promise<void> {
    return this.later(queue, 0, payload);
  }

  async later(queue: string, delaySeconds: number, payload: string): Promise<void> {
    const now = nowSeconds();
    await this.#pool.query(
      'INSERT INTO jobs (queue, payload, attempts, available_at, created_at) VALUES ($1, $2, 0, $3, $4)',
      [queue, payload, now + Math.ceil(delaySeconds), now],
    );
  }

  async pop(queue: string): Promise<ReservedJob | undefined> {
    const now = nowSeconds();
    // Rows that another worker is just taking are passed over rather than waited for.
    const { rows } = await this.#pool.query<Row>(
      `UPDATE jobs SET reserved_at = $2, attempts = attempts + 1
       WHERE id = (
         SELECT id FROM jobs
         WHERE queue = $1 AND ((reserved_at IS NULL AND available_at <= $2) OR reserved_at <= $3)
         ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING id, payload, attempts`,
      [queue, now, now - this.#retryAfter],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    const { id, payload: text, attempts } = row;
    // Whoever held a row for too long has lost it: its count of attempts has moved on.
    const held = [id, attempts];
    return {
      queue,
      text,
      payload: readPayload(text),
      attempts,
      delete: async () => {
        await this.#pool.query('DELETE FROM jobs WHERE id = $1 AND attempts = $2', held);
      },
      release: async (delaySeconds) => {
        const due = nowSeconds() + Math.ceil(delaySeconds);
        await this.#pool.query(
          'UPDATE jobs SET reserved_at = NULL, available_at = $3 WHERE id = $1 AND attempts = $2',
          [...held, due],
        );
      },
    };
  }

  async size(queue: string): Promise<number> {
    const { rows } = await this.#pool.query<{ size: string }>(
      'SELECT count(*) AS size FROM jobs WHERE queue = $1',
      [queue],
    );
    return Number(rows[0]?.size ?? 0);
  }

  async close(): Promise<void> {
    // The pool is whoever's gave it.
  }
}
