/** The jobs of the platform: what they carry, and what running one does. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { die } from './die.ts';
import { jobIn, type Payload } from './queue/payload.ts';
import type { PhpObject } from './queue/php-object.ts';

/** What a lead may ask of its own job, so that a test can have a busy worker, a late one, and one that dies. */
export interface Work {
  /** How long the job takes. */
  readonly seconds?: number | undefined;
  /** When the worker is killed in the middle of it: before the job has its effect, or after, with the job not deleted. */
  readonly crash?: 'before-effect' | 'after-effect' | undefined;
  /** On how many attempts it is; 1 when left out. */
  readonly crashAttempts?: number | undefined;
  /** On how many attempts the job throws. */
  readonly failAttempts?: number | undefined;
}

export interface CallEvent {
  readonly callId: string;
  readonly leadId: string | null;
  readonly status: string | null;
  readonly calledAt: string;
}

const PUSH_LEAD = 'App\\Jobs\\PushLeadToVici';
const RECORD_CALL = 'App\\Jobs\\RecordCallEvent';

export function pushLead(leadId: string, work: Work): PhpObject {
  return {
    className: PUSH_LEAD,
    properties: {
      leadId,
      seconds: work.seconds ?? null,
      crash: work.crash ?? null,
      crashAttempts: work.crashAttempts ?? 1,
      failAttempts: work.failAttempts ?? 0,
    },
  };
}

export function recordCall(event: CallEvent): PhpObject {
  return { className: RECORD_CALL, properties: { ...event } };
}

/** What the job did wrong, as a lead asked it to. */
export class JobFailed extends Error {
  override readonly name = 'JobFailed';
}

export interface JobContext {
  readonly pool: Pool;
  readonly queue: string;
  readonly payload: Payload;
  readonly attempts: number;
  /** How long a job takes that does not say so itself. */
  readonly defaultSeconds: number;
}

/** Runs the job to its end; throws what it throws. */
export async function runJob(context: JobContext): Promise<void> {
  const { className, properties } = jobIn(context.payload);
  if (className === RECORD_CALL) {
    await recordEvent(context.pool, properties as unknown as CallEvent);
    return;
  }
  if (className !== PUSH_LEAD) throw new JobFailed(`there is no job ${className}`);
  await runPushLead(context, properties);
}

async function runPushLead(context: JobContext, properties: PhpObject['properties']): Promise<void> {
  const { pool, queue, payload, attempts, defaultSeconds } = context;
  const { leadId, seconds, crash, crashAttempts, failAttempts } = properties;
  await pool.query(
    `INSERT INTO job_runs (job_uuid, lead_id, queue, starts) VALUES ($1, $2, $3, 1)
     ON CONFLICT (job_uuid) DO UPDATE SET starts = job_runs.starts + 1`,
    [payload.uuid, leadId, queue],
  );
  await delay(1_000 * Number(seconds ?? defaultSeconds));
  const crashes = attempts <= Number(crashAttempts);
  if (crash === 'before-effect' && crashes) die(137);
  if (attempts <= Number(failAttempts)) throw new JobFailed(`attempt ${attempts} fails, as the lead asked`);
  // One statement: a run is never counted without its effect, and the effect of a lead is there once.
  await pool.query(
    `WITH run AS (
       UPDATE job_runs SET runs = runs + 1, last_finished_at = now() WHERE job_uuid = $1)
     INSERT INTO lead_effects (lead_id, job_uuid) VALUES ($2, $1) ON CONFLICT (lead_id) DO NOTHING`,
    [payload.uuid, leadId],
  );
  if (crash === 'after-effect' && crashes) die(137);
}

/** Keeps a call once, however often it is reported. */
async function recordEvent(pool: Pool, { callId, leadId, status, calledAt }: CallEvent): Promise<void> {
  await pool.query(
    `INSERT INTO call_logs (call_id, lead_id, status, source, called_at) VALUES ($1, $2, $3, 'webhook', $4)
     ON CONFLICT (call_id) DO NOTHING`,
    [callId, leadId, status, calledAt],
  );
}
