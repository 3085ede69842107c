import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { type Rabbitmq, startRabbitmq } from '../../../testbed/rabbitmq.ts';
import { RabbitmqQueue } from '../../../examples/brain/src/queue/rabbitmq.ts';
import { eventually } from '../processes.ts';
import { parse, sourceDeps, sourceOf } from '../sources/fixture.ts';
import { describeWith } from '../support.ts';
import { ownBrain, postLead, request } from './fixture.ts';

const QUEUE = 'vici-updates';
/** Of workers that come and go: one alone is lucky most of the time. */
const ROUNDS = 20;

describeWith(['postgres', 'redis', 'rabbitmq'], 'the stand-in on RabbitMQ', () => {
  const brain = ownBrain();
  let rabbitmq: Rabbitmq;
  beforeAll(async () => {
    rabbitmq = await startRabbitmq();
  }, 120_000);
  afterAll(() => rabbitmq?.stop());
  afterEach(() => rabbitmq.ctl('purge_queue', QUEUE).catch(() => undefined));
  // After the fixture has made the environment anew.
  beforeEach(() => {
    Object.assign(brain.env, {
      QUEUE_CONNECTION: 'rabbitmq',
      RABBITMQ_HOST: rabbitmq.host,
      RABBITMQ_PORT: String(rabbitmq.port),
      RABBITMQ_USER: rabbitmq.user,
      RABBITMQ_PASSWORD: rabbitmq.password,
    });
  });

  /** Without a name: the connection of the environment. */
  const worker = (...args: string[]) =>
    brain.php('artisan', 'queue:work', `--queue=${QUEUE}`, '--sleep=0.1', '--tries=3', ...args);
  const runs = () =>
    brain.sql<{ lead_id: string; starts: number; runs: number }>(
      'SELECT lead_id, starts, runs FROM job_runs ORDER BY lead_id',
    );

  /** What the operator's own source reads. */
  const source = () => {
    const { host, managementPort, user, password } = rabbitmq;
    const spec = parse({
      stores: {
        rabbitmq: { host, managementPort, secretRef: { name: 'rabbitmq' }, tls: { mode: 'Disable' } },
      },
      signals: { queueDepth: { rabbitmq: {} } },
    });
    const deps = sourceDeps({ rabbitmq: { username: user, password } });
    const queues = sourceOf(spec, deps, 'rabbitmq:queues');
    return async () => (await queues.read()).queues?.[QUEUE];
  };

  it('does every job once, those for later too, and leaves nothing; the operator sees them meanwhile', async () => {
    const { url } = await brain.web();
    const seen = source();
    const ids = Array.from({ length: 20 }, (_, index) => `a-${String(index).padStart(2, '0')}`);
    for (const id of ids) expect((await postLead(url, id)).status).toBe(201);
    for (const id of ['later-1', 'later-2']) await postLead(url, id, { delaySeconds: 2 });
    await eventually('the source counts them', async () => {
      const reading = await seen();
      expect(reading).toMatchObject({ value: { ready: 20, inFlight: 0, delayed: 2 } });
      return true;
    });
    await Promise.all([worker(), worker()]);
    const ended = async () => (await runs()).filter(({ runs: times }) => times > 0);
    await eventually('every job has run', async () => (await ended()).length === 22);
    expect(new Set((await runs()).map(({ starts, runs: times }) => `${starts}/${times}`))).toEqual(
      new Set(['1/1']),
    );
    await eventually('nothing is left', async () => {
      const reading = await seen();
      expect(reading).toMatchObject({ value: { ready: 0, inFlight: 0, delayed: 0 } });
      return true;
    });
    const { body } = await request(`${url}/api/health`);
    expect(body).toMatchObject({
      queue_depth: 0,
      settings: { queue_connection: 'rabbitmq', rabbitmq: { port: rabbitmq.port } },
    });
  });

  it('lets the job at hand end when a worker is told to stop, and takes no other', async () => {
    const { url } = await brain.web();
    await postLead(url, 'long', { seconds: 1 });
    await postLead(url, 'next');
    const process = await worker();
    await eventually('the job has begun', async () => (await runs()).some(({ starts }) => starts === 1));
    process.signal('SIGTERM');
    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect(await runs()).toMatchObject([{ lead_id: 'long', starts: 1, runs: 1 }]);
    await worker('--stop-when-empty');
    await eventually('the other one has run', async () => (await runs()).length === 2);
  });

  it('gives nobody a job that was acknowledged just before a goodbye', async () => {
    const { host, port, user: username, password } = rabbitmq;
    const open = () => new RabbitmqQueue({ host, port, username, password, vhost: '/' }, 'jobs', 3_000);
    const jobs = open();
    for (let round = 0; round < ROUNDS; round += 1)
      await jobs.push(QUEUE, JSON.stringify({ uuid: String(round), attempts: 0 }));
    await jobs.close();
    for (let round = 0; round < ROUNDS; round += 1) {
      const worker = open();
      const job = await worker.pop(QUEUE);
      await job?.delete();
      await worker.close();
    }
    const left = open();
    expect(await left.size(QUEUE)).toBe(0);
    await left.close();
  });

  it('gives a job whose worker was killed to the next one, and one that failed another try', async () => {
    const { url } = await brain.web();
    await postLead(url, 'killed', { crash: 'before-effect', crashAttempts: 1 });
    await postLead(url, 'fails', { failAttempts: 1 });
    const first = await worker();
    expect((await first.exited).signal ?? (await first.exited).code).not.toBe(0);
    await worker();
    await eventually('both have run', async () => {
      const all = await runs();
      return all.length === 2 && all.every(({ runs: ended }) => ended === 1);
    });
    expect(await runs()).toMatchObject([
      { lead_id: 'fails', starts: 2, runs: 1 },
      { lead_id: 'killed', starts: 2, runs: 1 },
    ]);
  });

  it('works on when its connection is cut in the middle of a job, which then runs again, and has its effect once', async () => {
    const { url } = await brain.web();
    const letGo = await brain.holdEffect('cut');
    const process = await worker();
    await postLead(url, 'cut');
    await eventually('the job is held', async () => (await runs()).some(({ starts }) => starts === 1));
    await rabbitmq.ctl('close_all_connections', 'as a test wants it');
    await letGo();
    await eventually('another is taken in', async () => (await postLead(url, 'after')).status < 300);
    await eventually(
      'both have run',
      async () => (await brain.sql('SELECT 1 FROM lead_effects')).length === 2,
    );
    const seen = source();
    await eventually('nothing is left', async () => {
      const reading = await seen();
      return (
        reading !== undefined && 'value' in reading && reading.value.ready + reading.value.inFlight === 0
      );
    });
    expect(process.end()).toBeUndefined();
    // The one that was done when nobody could be told ran a second time, and no copy of it a third.
    expect(await runs()).toMatchObject([
      { lead_id: 'after', runs: 1 },
      { lead_id: 'cut', runs: 2 },
    ]);
  });

  it('takes no lead whose job would go nowhere, and makes a queue anew that somebody deleted', async () => {
    const { url } = await brain.web();
    expect((await postLead(url, 'first')).status).toBe(201);
    await rabbitmq.ctl('delete_queue', QUEUE);
    expect((await postLead(url, 'second')).status).toBe(503);
    expect((await postLead(url, 'second')).status).toBe(201);
    expect(await brain.sql("SELECT 1 FROM leads WHERE lead_id = 'second'")).toHaveLength(1);
    await worker('--stop-when-empty');
    await eventually('it has run', async () => (await runs()).some(({ runs: ended }) => ended === 1));
    expect(await runs()).toMatchObject([{ lead_id: 'second' }]);
  });

  it('refuses leads soon while RabbitMQ hangs, ends when told to, and goes on when it is back', async () => {
    const web = await brain.web();
    expect((await postLead(web.url, 'before')).status).toBe(201);
    const idle = await brain.php('artisan', 'queue:work', '--queue=other', '--sleep=0.1');
    await eventually('it asks for jobs', async () =>
      (await rabbitmq.ctl('list_queues', '--quiet')).includes('other'),
    );
    rabbitmq.pause();
    onTestFinished(() => rabbitmq.resume());
    expect((await postLead(web.url, 'refused')).status).toBe(503);
    expect((await request(`${web.url}/api/health`)).body).toMatchObject({ queue_depth: null });
    for (const process of [idle, web.process]) {
      process.signal('SIGTERM');
      expect(await process.exited).toEqual({ code: 0, signal: null });
    }
    rabbitmq.resume();
    const { url } = await brain.web();
    await eventually('it takes leads', async () => (await postLead(url, 'refused')).status < 300);
    await worker();
    await eventually(
      'none is lost',
      async () => (await brain.sql('SELECT 1 FROM lead_effects')).length === 2,
    );
  });
});
