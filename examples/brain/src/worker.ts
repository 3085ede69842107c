/**
 * `php artisan queue:work`: takes one job after the other until it is told to stop, and then ends with the job at hand.
 *
 * Where it differs from Laravel's on purpose: while Postgres is away it takes no job and waits, where Laravel's ends and is
 * started again; and a job is not given up for good before that is written down.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isLostConnection, untilReachable } from './database.ts';
import { die } from './die.ts';
import { runJob } from './jobs.ts';
import { log, said } from './log.ts';
import type { QueueConnection, ReservedJob } from './queue/queue.ts';

export interface WorkerOptions {
  /** In order: the second is looked into when the first is empty. */
  readonly queues: readonly string[];
  /** Seconds a job may take, unless it says so itself; 0: any. */
  readonly timeout: number;
  /** Attempts a job has, unless it says so itself; 0: any number. */
  readonly tries: number;
  /** Seconds to wait when there is no job. */
  readonly sleep: number;
  /** Seconds before a job that failed is tried again. */
  readonly backoff: number;
  /** Ends after so many seconds, or so many jobs; 0: never. */
  readonly maxTime: number;
  readonly maxJobs: number;
  readonly stopWhenEmpty: boolean;
}

export interface WorkerDeps {
  readonly queue: QueueConnection;
  readonly pool: Pool;
  readonly defaultSeconds: number;
  /** Aborted when the worker is to stop. */
  readonly quit: AbortSignal;
}

const OUTAGE_PAUSE_MS = 1_000;
/** How long a worker that is to stop waits for a queue that does not answer. */
const LAST_POP_MS = 2_000;

/** Works until it is to stop. Rejects with what no worker can go on with. */
export function work(options: WorkerOptions, deps: WorkerDeps): Promise<void> {
  const state = { holdsJob: false };
  return Promise.race([workLoop(options, deps, state), stuck(deps.quit, state)]);
}

async function workLoop(
  options: WorkerOptions,
  deps: WorkerDeps,
  state: { holdsJob: boolean },
): Promise<void> {
  const { quit } = deps;
  const end = options.maxTime > 0 ? Date.now() + 1_000 * options.maxTime : Infinity;
  let done = 0;
  while (!quit.aborted && Date.now() < end) {
    const job = await nextJob(options.queues, deps);
    if (job === undefined) {
      if (options.stopWhenEmpty) return;
      await pause(1_000 * options.sleep, quit);
      continue;
    }
    state.holdsJob = true;
    await processJob(job, options, deps);
    state.holdsJob = false;
    done += 1;
    if (done === options.maxJobs) return;
  }
}

/** A queue that is away does not keep a worker that is to stop: settles where it holds no job some time after. */
function stuck(quit: AbortSignal, state: { readonly holdsJob: boolean }): Promise<void> {
  return new Promise((resolve) => {
    quit.addEventListener(
      'abort',
      () =>
        setTimeout(() => {
          if (!state.holdsJob) resolve();
        }, LAST_POP_MS).unref(),
      { once: true },
    );
  });
}

function pause(ms: number, quit: AbortSignal): Promise<unknown> {
  return delay(ms, undefined, { signal: quit }).catch(() => undefined);
}

/** The next job; none where there is none, or where the queue does not answer. */
async function nextJob(
  queues: readonly string[],
  { queue, quit }: WorkerDeps,
): Promise<ReservedJob | undefined> {
  for (const name of queues) {
    try {
      const job = await queue.pop(name);
      if (job !== undefined) return job;
    } catch (error) {
      log('warning', 'Taking no job, for the queue does not answer', { queue: name, ...said(error) });
      await pause(OUTAGE_PAUSE_MS, quit);
    }
  }
  return undefined;
}

async function processJob(job: ReservedJob, options: WorkerOptions, deps: WorkerDeps): Promise<void> {
  const { pool, defaultSeconds } = deps;
  const { queue, payload, attempts } = job;
  const about = { job: payload.displayName, uuid: payload.uuid, queue, attempts };
  const tries = payload.maxTries ?? options.tries;
  const timeout = payload.timeout ?? options.timeout;
  // A worker that died with the job on its last attempt could not say that it failed.
  if (tries > 0 && attempts > tries) {
    await fail(job, 'has been attempted too many times', deps);
    log('error', 'Giving up a job', about);
    return;
  }
  const timer =
    timeout > 0 ? setTimeout(() => void timedOut(job, tries, timeout, deps), 1_000 * timeout) : undefined;
  const since = performance.now();
  try {
    await runJob({ pool, queue, payload, attempts, defaultSeconds });
    clearTimeout(timer);
    await job.delete();
    log('info', 'Done with a job', { ...about, ms: Math.round(performance.now() - since) });
  } catch (error) {
    clearTimeout(timer);
    await afterFailure(job, error, tries, options.backoff, deps);
    log('warning', 'Failing at a job', { ...about, ...said(error) });
  }
}

async function afterFailure(
  job: ReservedJob,
  error: unknown,
  tries: number,
  backoff: number,
  deps: WorkerDeps,
): Promise<void> {
  // Nobody could write down that the job failed, and it was not the job's fault: it is held until Postgres is back.
  if (isLostConnection(error)) await untilReachable(deps.pool, deps.quit);
  else if (tries > 0 && job.attempts >= tries) return fail(job, said(error).error, deps);
  await job.release(backoff);
}

/** Laravel's worker cannot end a job that hangs, so it ends itself; the job is taken again when its time is over. */
async function timedOut(job: ReservedJob, tries: number, seconds: number, deps: WorkerDeps): Promise<void> {
  log('error', 'Ending with a job that takes too long', { uuid: job.payload.uuid, seconds });
  if (tries > 0 && job.attempts >= tries) {
    await fail(job, `has timed out after ${seconds} s`, deps).catch(() => undefined);
  }
  die(1);
}

async function fail(job: ReservedJob, why: string, { pool, queue }: WorkerDeps): Promise<void> {
  await pool.query(
    `INSERT INTO failed_jobs (uuid, connection, queue, payload, exception) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (uuid) DO NOTHING`,
    [job.payload.uuid, queue.name, job.queue, job.text, `${job.payload.displayName} ${why}`],
  );
  await job.delete();
}
