/**
 * What the dialer calls as calls start and end: by GET, with the variables in the query, and by POST as a form or JSON. It
 * does not ask again, so the answer is quick: the event is queued, and nothing else happens here.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CallEvent } from '../jobs.ts';

/** The dialer's variables: `lead_id=--A--lead_id--B--&uniqueid=--A--uniqueid--B--&status=--A--dispo--B--`, and more. */
const text = () => z.string().max(200).optional();
const Event = z
  .object({ lead_id: text(), uniqueid: text(), call_id: text(), status: text(), dispo: text() })
  .refine((event) => Object.values(event).some((value) => value !== undefined && value !== ''));

/** The event; nothing where a request names neither lead nor call. @param now Milliseconds since the epoch. */
export function callEvent(query: unknown, body: unknown, now: number): CallEvent | undefined {
  const { success, data } = Event.safeParse({ ...record(query), ...record(body) });
  if (!success) return undefined;
  const { lead_id, uniqueid, call_id, status, dispo } = data;
  const given = uniqueid ?? call_id;
  if ((given ?? lead_id ?? '') === '') return undefined;
  const calledAt = new Date(now).toISOString();
  return {
    // Without an id of the call, the same lead and status within a minute is the same call.
    callId: given ?? hash(`${lead_id} ${status ?? dispo} ${Math.floor(now / 60_000)}`),
    leadId: lead_id ?? null,
    status: status ?? dispo ?? null,
    calledAt,
  };
}

const hash = (value: string) => createHash('sha256').update(value).digest('hex').slice(0, 20);

const record = (value: unknown): object => (value !== null && typeof value === 'object' ? value : {});
