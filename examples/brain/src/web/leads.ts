/** `POST /api/leads`: a lead comes in, becomes a row, and its job is queued; once, however often the lead is sent. */
import { z } from 'zod';
import type { Pool } from 'pg';
import { transaction } from '../database.ts';
import { pushLead } from '../jobs.ts';
import { payloadOf } from '../queue/payload.ts';
import type { QueueConnection } from '../queue/queue.ts';

const attempts = () => z.int().min(0).max(100).optional();

/** `work` is the stand-in's own: what the job of this lead is to do. Everything in it has an end. */
export const Lead = z.object({
  lead_id: z.string().min(1).max(100),
  phone: z.string().min(1).max(40),
  work: z
    .strictObject({
      queue: z
        .string()
        .regex(/^[A-Za-z0-9]([-_.:A-Za-z0-9]*[A-Za-z0-9])?$/)
        .max(100)
        .optional(),
      seconds: z.number().min(0).max(3_600).optional(),
      delaySeconds: z.number().min(0).max(86_400).optional(),
      maxTries: attempts(),
      timeout: z.number().min(0).max(86_400).optional(),
      failAttempts: attempts(),
      crash: z.enum(['before-effect', 'after-effect']).optional(),
      crashAttempts: attempts(),
    })
    .default({}),
});
export type Lead = z.output<typeof Lead>;

/**
 * The job is queued before the row is committed: a platform that cannot queue takes no lead, and the sender sends it
 * again. Two requests with the same lead wait for one another at the row.
 */
export async function takeLead(
  pool: Pool,
  queue: QueueConnection,
  syncQueue: string,
  { lead_id, phone, work }: Lead,
): Promise<'created' | 'known'> {
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(
      'INSERT INTO leads (lead_id, phone) VALUES ($1, $2) ON CONFLICT (lead_id) DO NOTHING',
      [lead_id, phone],
    );
    if (rowCount === 0) return 'known';
    const { maxTries, timeout, delaySeconds = 0, queue: name = syncQueue } = work;
    const payload = payloadOf(pushLead(lead_id, work), Date.now(), { maxTries, timeout });
    if (delaySeconds > 0) await queue.later(name, delaySeconds, payload);
    else await queue.push(name, payload);
    return 'created';
  });
}
