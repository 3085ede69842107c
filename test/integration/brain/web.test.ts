import { createConnection, type Socket } from 'node:net';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeWith, testbed } from '../support.ts';
import { eventually } from '../processes.ts';
import { parse, sourceDeps, sourceOf } from '../sources/fixture.ts';
import { ownBrain, postLead, request } from './fixture.ts';

const QUEUE = 'vici-updates';

describeWith(['postgres', 'redis'], 'the web side of the stand-in', () => {
  const brain = ownBrain();
  const list = () => `${brain.prefix}queues:${QUEUE}`;
  const jobs = async () =>
    (await brain.redis().lrange(list(), 0, -1)).map((text) => JSON.parse(text) as Record<string, unknown>);
  const leads = () => brain.sql('SELECT lead_id, phone FROM leads ORDER BY id');

  it('makes a lead a row and a job in the payload of Laravel, once however often it is sent', async () => {
    const { url } = await brain.web();
    expect(await postLead(url, 'lead-1')).toMatchObject({ status: 201, body: { outcome: 'created' } });
    const again = await Promise.all(Array.from({ length: 10 }, () => postLead(url, 'lead-1')));
    expect(again.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(await leads()).toEqual([{ lead_id: 'lead-1', phone: '+15550001' }]);
    const [job, ...others] = await jobs();
    expect(others).toEqual([]);
    const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    expect(job).toMatchObject({
      uuid,
      displayName: 'App\\Jobs\\PushLeadToVici',
      job: 'Illuminate\\Queue\\CallQueuedHandler@call',
      maxTries: null,
      timeout: null,
      data: {
        commandName: 'App\\Jobs\\PushLeadToVici',
        command: expect.stringContaining('s:6:"leadId";s:6:"lead-1";') as string,
      },
      id: uuid,
      attempts: 0,
      pushedAt: expect.stringMatching(/^\d{10}\.\d{4}$/) as string,
    });
    expect(await brain.redis().llen(`${list()}:notify`)).toBe(1);
  });

  it('takes the first lead of a new database, whoever makes the tables', async () => {
    await brain.sql('DROP SCHEMA public CASCADE');
    await brain.sql('CREATE SCHEMA public');
    const [{ url }] = await Promise.all([brain.web(), brain.web(), brain.worker(`--queue=${QUEUE}`)]);
    expect(await postLead(url, 'lead-1')).toMatchObject({ status: 201 });
    await eventually('its job ran', async () => (await brain.sql('SELECT 1 FROM lead_effects')).length === 1);
  });

  it('takes the same lead once when ten requests bring it at once', async () => {
    const { url } = await brain.web();
    const all = await Promise.all(Array.from({ length: 10 }, () => postLead(url, 'same')));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(9);
    expect(await jobs()).toHaveLength(1);
  });

  it('takes in no lead that is not one, and says so', async () => {
    const { url } = await brain.web();
    const wrong = [
      { json: {}, status: 422 },
      { json: { lead_id: '', phone: '1' }, status: 422 },
      { json: { lead_id: 'a', phone: '1', work: { seconds: -1 } }, status: 422 },
      { json: { lead_id: 'a', phone: '1', work: { secondes: 1 } }, status: 422 },
      { json: { lead_id: 'a', phone: '1', padding: 'x'.repeat(100_000) }, status: 413 },
    ];
    for (const { json, status } of wrong) {
      const answer = await request(`${url}/api/leads`, json);
      expect(answer).toMatchObject({ status, body: { message: expect.any(String) as string } });
    }
    expect(await leads()).toEqual([]);
  });

  it('takes in no lead that it cannot queue, and still answers its probe', async () => {
    brain.env['REDIS_PORT'] = '1';
    const { url } = await brain.web();
    const { status, headers } = await postLead(url, 'lead-1');
    expect({ status, retry: headers.get('retry-after') }).toEqual({ status: 503, retry: '1' });
    expect(await leads()).toEqual([]);
    expect(await request(`${url}/up`)).toMatchObject({ status: 200 });
  });

  it('answers the webhook by GET, and by POST as form and as JSON, and keeps each call once', async () => {
    const { url } = await brain.web();
    const hook = `${url}/webhook/vici/call-event`;
    const get = await request(`${hook}?lead_id=7&uniqueid=170.1&dispo=SALE`);
    const form = await fetch(hook, {
      method: 'POST',
      body: new URLSearchParams({ lead_id: '8', uniqueid: '170.2', status: 'NA' }),
    });
    const json = await request(hook, { lead_id: '9', call_id: '170.3', status: 'B' });
    const twice = await request(`${hook}?lead_id=7&uniqueid=170.1&dispo=SALE`);
    expect([get.status, form.status, json.status, twice.status]).toEqual([200, 200, 200, 200]);
    expect(await request(hook)).toMatchObject({ status: 422 });
    expect((await jobs()).map(({ displayName }) => displayName)).toEqual(
      Array.from({ length: 4 }, () => 'App\\Jobs\\RecordCallEvent'),
    );
    const worker = await brain.worker(`--queue=${QUEUE}`, '--stop-when-empty');
    await worker.exited;
    expect(await brain.sql('SELECT call_id, lead_id, status, source FROM call_logs ORDER BY 1')).toEqual([
      { call_id: '170.1', lead_id: '7', status: 'SALE', source: 'webhook' },
      { call_id: '170.2', lead_id: '8', status: 'NA', source: 'webhook' },
      { call_id: '170.3', lead_id: '9', status: 'B', source: 'webhook' },
    ]);
  });

  it('takes the path of the webhook and the queue from the settings of the operator', async () => {
    brain.env['LEADPLATFORM_WEBHOOK_PATH'] = '/hooks/calls:all(1)';
    brain.env['LEADPLATFORM_SYNC_QUEUE'] = 'sync';
    const { url } = await brain.web();
    expect(await request(`${url}/hooks/calls:all(1)?lead_id=7`)).toMatchObject({ status: 200 });
    expect(await request(`${url}/webhook/vici/call-event?lead_id=7`)).toMatchObject({ status: 404 });
    await postLead(url, 'lead-1');
    expect(await brain.redis().llen(`${brain.prefix}queues:sync`)).toBe(2);
  });

  it('fills in the calls that the webhook missed, by the commands of the CronJobs', async () => {
    await brain.sql(`INSERT INTO vicidial_log (uniqueid, lead_id, status, call_date) VALUES
      ('new', '1', 'SALE', now()), ('old', '2', 'NA', now() - interval '3 hours')`);
    const calls = async () =>
      (await brain.sql<{ call_id: string }>('SELECT call_id FROM call_logs ORDER BY 1')).map(
        ({ call_id }) => call_id,
      );
    expect((await brain.run('artisan', 'vici:sync-call-logs', '--last-hour')).code).toBe(0);
    expect(await calls()).toEqual(['new']);
    expect((await brain.run('artisan', 'vici:reconcile-all-calls')).code).toBe(0);
    expect((await brain.run('artisan', 'vici:reconcile-all-calls')).code).toBe(0);
    expect(await calls()).toEqual(['new', 'old']);
    expect(await brain.sql('SELECT command, looked_at, added FROM call_log_passes ORDER BY id')).toEqual([
      { command: 'vici:sync-call-logs', looked_at: '1', added: '1' },
      { command: 'vici:reconcile-all-calls', looked_at: '2', added: '1' },
      { command: 'vici:reconcile-all-calls', looked_at: '2', added: '0' },
    ]);
  });

  it('tells its health in numbers that the operator reads', async () => {
    const { url } = await brain.web();
    for (const lead of ['a', 'b', 'c']) await postLead(url, lead);
    await eventually('the response time is there', async () => {
      const { body } = await request(`${url}/api/health`);
      return (body as { api_response_time: number | null }).api_response_time !== null;
    });
    const health = `${url}/api/health`;
    const spec = parse({
      signals: {
        leadsPerMinute: { http: { url: health, path: 'leads_per_minute' } },
        responseTime: { http: { url: health, path: 'api_response_time', unit: 'ms' } },
        memory: { http: { url: health, path: 'memory_usage', unit: 'MB', of: 10_000 } },
        cpu: { http: { url: health, path: 'cpu_load', unit: 'cores', of: 10_000 } },
      },
    });
    const read = async (signal: 'leadsPerMinute' | 'responseTime' | 'memory' | 'cpu') =>
      (await sourceOf(spec, sourceDeps(), `http:${signal}`).read())[signal];
    const known = { value: expect.any(Number) as number };
    expect(await read('leadsPerMinute')).toMatchObject({ value: 3 });
    expect(await read('responseTime')).toMatchObject(known);
    expect(await read('memory')).toMatchObject(known);
    expect(await read('cpu')).toMatchObject(known);
    expect((await request(health)).body).toMatchObject({ queue_depth: 3, db_connections: 'healthy' });
  });

  it('leaves its response time in the cache, where the operator finds it', async () => {
    const { url } = await brain.web();
    const { host, port } = testbed().redis;
    const spec = parse({
      stores: { redis: { host, port } },
      signals: { responseTime: { redis: { prefix: `${brain.prefix}laravel-cache-` } } },
    });
    await eventually('it is there', async () => {
      // Requests go on: a first time that is one digit, such as 8 ms, is believed after a longer one alone.
      await postLead(url, 'a');
      const { responseTime } = await sourceOf(spec, sourceDeps(), 'redis:responseTime').read();
      return responseTime !== undefined && 'value' in responseTime;
    });
  });

  it('says null for what it cannot tell, and which settings are in effect, but no secret', async () => {
    Object.assign(brain.env, { REDIS_PORT: '1', REDIS_PASSWORD: 'sesame', REDIS_QUEUE_HOST: '127.0.0.9' });
    const { url } = await brain.web();
    const { body } = await request(`${url}/api/health`);
    expect(body).toMatchObject({
      queue_depth: null,
      api_response_time: null,
      settings: {
        queue_connection: 'redis',
        cache_store: 'redis',
        redis: { host: '127.0.0.1', port: 1 },
        redis_queue: { host: '127.0.0.9', port: 1 },
        redis_prefix: brain.prefix,
      },
    });
    expect(JSON.stringify(body)).not.toMatch(/sesame|password/i);
  });

  it('goes by a configuration that was cached, whatever the environment says since', async () => {
    brain.env['APP_CONFIG_CACHE'] = `${process.cwd()}/.tmp/config-${brain.prefix}.json`;
    try {
      expect((await brain.run('artisan', 'optimize')).code).toBe(0);
      brain.env['QUEUE_CONNECTION'] = 'database';
      const { url } = await brain.web();
      expect((await request(`${url}/api/health`)).body).toMatchObject({
        settings: { queue_connection: 'redis' },
      });
    } finally {
      await rm(brain.env['APP_CONFIG_CACHE'], { force: true });
    }
  });

  it('on SIGTERM ends what is under way, takes leave on connections that are kept, and ends with 0', async () => {
    const { url, process } = await brain.web();
    const port = Number(new URL(url).port);
    const kept = createConnection({ host: '127.0.0.1', port });
    expect(await exchange(kept)).not.toMatch(/connection: close/i);
    process.signal('SIGTERM');
    await eventually('it drains', async () => (await process.logTail()).includes('Draining'));
    // The client did not know, and its request is answered.
    const ended = once(kept, 'close');
    expect(await exchange(kept)).toMatch(/^HTTP\/1.1 200 [\s\S]*connection: close/i);
    await ended;
    expect(await process.exited).toEqual({ code: 0, signal: null });
  });

  it('on SIGTERM answers a request that is under way, and says that its connection ends', async () => {
    const { url, process } = await brain.web();
    const other = await brain.pool().connect();
    try {
      // The lead of another request that is not committed yet: ours waits for it.
      await other.query('BEGIN');
      await other.query("INSERT INTO leads (lead_id, phone) VALUES ('slow', '1')");
      const answer = postLead(url, 'slow');
      await eventually('it waits', async () => {
        const waiting = await brain.sql(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        return waiting.length === 1;
      });
      process.signal('SIGTERM');
      await eventually('it drains', async () => (await process.logTail()).includes('Draining'));
      await other.query('ROLLBACK');
      const { status, headers } = await answer;
      expect({ status, connection: headers.get('connection') }).toEqual({ status: 201, connection: 'close' });
    } finally {
      // Closed, which ends its transaction wherever the test got to.
      other.release(true);
    }
    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect(await leads()).toEqual([{ lead_id: 'slow', phone: '+15550001' }]);
  });

  /** One request on a connection that is kept. */
  async function exchange(socket: Socket): Promise<string> {
    socket.write('GET /up HTTP/1.1\r\nhost: brain\r\n\r\n');
    let answer = '';
    while (!answer.includes('Application up')) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      answer += chunk.toString();
    }
    return answer;
  }
});
