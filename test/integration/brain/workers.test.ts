import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { payloadOf } from '../../../examples/brain/src/queue/payload.ts';
import { startRedis } from '../../../testbed/redis.ts';
import { describeWith, testbed } from '../support.ts';
import { eventually, isRunning } from '../processes.ts';
import { parse, sourceDeps, sourceOf } from '../sources/fixture.ts';
import { ownBrain, postLead, request } from './fixture.ts';

const QUEUE = 'vici-updates';

describeWith(['postgres', 'redis'], 'the workers of the stand-in', () => {
  const brain = ownBrain();
  const keys = () => {
    const list = `${brain.prefix}queues:${QUEUE}`;
    return { list, delayed: `${list}:delayed`, reserved: `${list}:reserved`, notify: `${list}:notify` };
  };

  interface Run {
    starts: number;
    runs: number;
  }
  const runsOf = async (leadId: string) =>
    (await brain.sql<Run>('SELECT starts, runs FROM job_runs WHERE lead_id = $1', [leadId]))[0];
  const hasStarted =
    (leadId: string, times = 1) =>
    async () =>
      (await runsOf(leadId))?.starts === times;
  const hasRun =
    (leadId: string, times = 1) =>
    async () =>
      (await runsOf(leadId))?.runs === times;
  const effects = async () =>
    (await brain.sql<{ lead_id: string }>('SELECT lead_id FROM lead_effects ORDER BY lead_id')).map(
      ({ lead_id }) => lead_id,
    );

  /** What the operator's own source reads. */
  const seen = async () => {
    const { host, port } = testbed().redis;
    const spec = parse({
      stores: { redis: { host, port } },
      signals: { queueDepth: { redis: { prefix: brain.prefix } } },
    });
    const { queues } = await sourceOf(spec, sourceDeps(), 'redis:queues').read();
    const reading = queues?.[QUEUE];
    if (reading === undefined || !('value' in reading)) throw new Error(JSON.stringify(queues));
    return reading.value;
  };

  it('leave queues that the operator reads: ready, held and later jobs, and how long the oldest waits', async () => {
    const { url } = await brain.web();
    await postLead(url, 'held', { seconds: 60 });
    await brain.worker(`--queue=${QUEUE}`);
    await eventually('the job is held', hasStarted('held'));
    for (const lead of ['a', 'b', 'c']) await postLead(url, lead);
    await postLead(url, 'later', { delaySeconds: 600 });
    // The worker is busy with the first, so these stay where they are.
    const reading = await seen();
    expect(reading).toMatchObject({ ready: 3, inFlight: 1, delayed: 1 });
    expect(reading.oldestAgeSeconds).toBeGreaterThan(0);
    expect(reading.oldestAgeSeconds).toBeLessThan(30);
  });

  it('finish the job at hand on SIGTERM, take no other, and end with 0', async () => {
    const { url } = await brain.web();
    await postLead(url, 'first');
    await postLead(url, 'second');
    const letGo = await brain.holdEffect('first');
    const worker = await brain.worker(`--queue=${QUEUE}`);
    await eventually('the job is held', hasStarted('first'));
    worker.signal('SIGTERM');
    await eventually('it was told', async () => (await worker.logTail()).includes('Stopping after'));
    await letGo();
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(await runsOf('first')).toEqual({ starts: 1, runs: 1 });
    expect(await effects()).toEqual(['first']);
    expect(await seen()).toMatchObject({ ready: 1, inFlight: 0 });
  });

  it('stop as the preStop hook of the operator asks, while idle', async () => {
    const worker = await brain.worker('--sleep=600');
    await eventually('it works', async () => (await worker.logTail()).includes('Working'));
    const hook = await brain.run('-r', `posix_kill(${worker.pid}, 15);`);
    expect(hook).toEqual({ code: 0, output: '' });
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });

  it.each(['before-effect', 'after-effect'] as const)(
    'leave a job that killed them (%s) to another, and its effect is there once',
    async (crash) => {
      brain.env['REDIS_QUEUE_RETRY_AFTER'] = '2';
      const { url } = await brain.web();
      await postLead(url, 'lead', { crash });
      const first = await brain.worker(`--queue=${QUEUE}`);
      expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
      expect(await effects()).toEqual(crash === 'before-effect' ? [] : ['lead']);
      expect(await seen()).toMatchObject({ delayed: 0 });

      await brain.worker(`--queue=${QUEUE}`);
      const runs = crash === 'before-effect' ? 1 : 2;
      await eventually('it ran again', hasRun('lead', runs));
      await eventually('nothing is left', async () => (await seen()).inFlight === 0);
      expect(await runsOf('lead')).toEqual({ starts: 2, runs });
      expect(await effects()).toEqual(['lead']);
    },
  );

  it('leave the job of a worker that was killed from outside to another', async () => {
    brain.env['REDIS_QUEUE_RETRY_AFTER'] = '2';
    const { url } = await brain.web();
    await postLead(url, 'lead');
    const letGo = await brain.holdEffect('lead');
    const first = await brain.worker(`--queue=${QUEUE}`);
    await eventually('the job is held', hasStarted('lead'));
    first.signal('SIGKILL');
    await first.exited;
    // What it had asked of the database ends with its connection, at the latest when it is its turn.
    await brain.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'brain' AND query ~ 'lead_effects'",
    );
    await letGo();
    await brain.worker(`--queue=${QUEUE}`);
    await eventually('it ran', hasRun('lead'));
    expect(await runsOf('lead')).toEqual({ starts: 2, runs: 1 });
    expect(await effects()).toEqual(['lead']);
  });

  it('do a job for later when it is due, and not before', async () => {
    const { url } = await brain.web();
    await postLead(url, 'soon', { delaySeconds: 3 });
    await postLead(url, 'now');
    const [, due] = await brain.redis().zrange(keys().delayed, 0, '-1', 'WITHSCORES');
    await brain.worker(`--queue=${QUEUE}`);
    await eventually('both ran', async () => (await effects()).length === 2);
    const [{ at } = { at: 0 }] = await brain.sql<{ at: number }>(
      "SELECT extract(epoch FROM first_started_at)::float8 AS at FROM job_runs WHERE lead_id = 'soon'",
    );
    expect(at).toBeGreaterThanOrEqual(Number(due));
  });

  it('try a job that fails as often as they are told, then keep it in the table of failed jobs', async () => {
    const { url } = await brain.web();
    await postLead(url, 'twice', { failAttempts: 2 });
    await postLead(url, 'always', { failAttempts: 100 });
    await postLead(url, 'once', { failAttempts: 1, maxTries: 1 });
    await brain.worker(`--queue=${QUEUE}`, '--backoff=0');
    await eventually('one ran at last', hasRun('twice'));
    const failed = () =>
      brain.sql<{ lead: string; attempts: number }>(
        `SELECT r.lead_id AS lead, (f.payload::json ->> 'attempts')::int AS attempts
         FROM failed_jobs f JOIN job_runs r ON r.job_uuid = f.uuid ORDER BY 1`,
      );
    await eventually('two are given up', async () => (await failed()).length === 2);
    expect(await failed()).toEqual([
      { lead: 'always', attempts: 3 },
      { lead: 'once', attempts: 1 },
    ]);
    expect(await effects()).toEqual(['twice']);
    await eventually(
      'nothing is left',
      async () => (await brain.redis().exists(...Object.values(keys()))) === 0,
    );
  });

  it('end with a job that takes longer than it may, which is tried again and then given up', async () => {
    brain.env['REDIS_QUEUE_RETRY_AFTER'] = '2';
    const { url } = await brain.web();
    await postLead(url, 'slow', { seconds: 60 });
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const worker = await brain.worker(`--queue=${QUEUE}`, '--timeout=1', '--tries=2');
      expect(await worker.exited).toEqual({ code: null, signal: 'SIGKILL' });
    }
    expect(await brain.sql('SELECT exception FROM failed_jobs')).toEqual([
      { exception: expect.stringContaining('timed out after 1 s') as string },
    ]);
    expect(await runsOf('slow')).toEqual({ starts: 2, runs: 0 });
    expect(await seen()).toMatchObject({ ready: 0, inFlight: 0 });
  });

  it('take the first queue that has a job, in their order', async () => {
    const { url } = await brain.web();
    await postLead(url, 'low', { queue: 'low' });
    await postLead(url, 'high', { queue: 'high' });
    await postLead(url, 'other', { queue: 'other' });
    const worker = await brain.worker('--queue=high,low', '--stop-when-empty');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    const order = await brain.sql('SELECT lead_id FROM job_runs ORDER BY last_finished_at');
    expect(order).toEqual([{ lead_id: 'high' }, { lead_id: 'low' }]);
  });

  it('end with 0 when their time is over', async () => {
    const worker = await brain.worker('--max-time=1');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });

  it('wait while Redis is away rather than end, and stop when they are told all the same', async () => {
    brain.env['REDIS_PORT'] = '1';
    const worker = await brain.worker();
    await eventually('it misses Redis', async () => (await worker.logTail()).includes('Losing Redis'));
    expect(await isRunning(worker.pid)).toBe(true);
    worker.signal('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });

  it('work on jobs that another program pushed in the same layout, and end none for one that they do not know', async () => {
    const { list, notify } = keys();
    const known = {
      className: 'App\\Jobs\\PushLeadToVici',
      properties: { leadId: 'from PHP: é"{}', seconds: 0, crash: null, crashAttempts: 0, failAttempts: 0 },
    };
    const foreign = { className: 'App\\Jobs\\Unheard', properties: {} };
    const now = Date.now();
    await brain.redis().rpush(list, payloadOf(foreign, now, { maxTries: 1 }), payloadOf(known, now));
    await brain.redis().rpush(notify, 1, 1);
    const worker = await brain.worker(`--queue=${QUEUE}`, '--stop-when-empty');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(await effects()).toEqual(['from PHP: é"{}']);
    expect(await brain.sql('SELECT exception FROM failed_jobs')).toEqual([
      { exception: expect.stringContaining('there is no job App\\Jobs\\Unheard') as string },
    ]);
  });

  it('do the same on a table of the database, before there is a Redis', async () => {
    brain.env['QUEUE_CONNECTION'] = 'database';
    brain.env['DB_QUEUE_RETRY_AFTER'] = '2';
    brain.env['REDIS_PORT'] = '1';
    brain.env['CACHE_STORE'] = 'database';
    const { url } = await brain.web();
    await postLead(url, 'crash', { crash: 'after-effect' });
    await postLead(url, 'later', { delaySeconds: 1 });
    await postLead(url, 'fails', { failAttempts: 100 });
    const args = ['artisan', 'queue:work', 'database', `--queue=${QUEUE}`, '--sleep=0.1', '--tries=2'];
    const first = await brain.php(...args);
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const second = await brain.php(...args);
    await eventually('all are done', async () => (await brain.sql('SELECT 1 FROM jobs')).length === 0);
    second.signal('SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect(await runsOf('crash')).toEqual({ starts: 2, runs: 2 });
    expect(await effects()).toEqual(['crash', 'later']);
    expect(await brain.sql('SELECT connection, queue FROM failed_jobs')).toEqual([
      { connection: 'database', queue: QUEUE },
    ]);
  });

  it('do the same on a Redis of its own for queues, while the cache stays where it was', async () => {
    const second = await startRedis({ password: 'of-the-queues' });
    const client = new Redis({ host: second.host, port: second.port, password: 'of-the-queues' });
    onTestFinished(async () => {
      client.disconnect();
      await second.stop();
    });
    Object.assign(brain.env, {
      REDIS_QUEUE_HOST: second.host,
      REDIS_QUEUE_PORT: String(second.port),
      REDIS_QUEUE_PASSWORD: 'of-the-queues',
      REDIS_QUEUE_DB: '3',
    });
    const { url } = await brain.web();
    for (const id of ['a', 'b']) expect((await postLead(url, id)).status).toBe(201);
    expect((await postLead(url, 'later', { delaySeconds: 1 })).status).toBe(201);
    await client.select(3);
    expect((await client.keys('*')).toSorted()).toEqual(
      [keys().list, keys().delayed, keys().notify].toSorted(),
    );
    expect(await brain.redis().keys(`${brain.prefix}queues:*`)).toEqual([]);
    await brain.php('artisan', 'queue:work', `--queue=${QUEUE}`, '--sleep=0.1');
    await eventually('all are done', async () => (await effects()).length === 3);
    await eventually('nothing is left', async () => (await client.keys('*')).length === 0);
    const { body } = await request(`${url}/api/health`);
    expect(body).toMatchObject({
      queue_depth: 0,
      api_response_time: expect.any(Number) as number,
      settings: {
        queue_connection: 'redis',
        redis: { port: testbed().redis.port },
        redis_queue: { host: second.host, port: second.port },
      },
    });
    expect(JSON.stringify(body)).not.toContain('of-the-queues');
  });
});
