/** The stand-in as processes, with a database and a Redis prefix of its own. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { projectFolder, temporaryFolder, type TemporaryFolder } from '../../../testbed/folders.ts';
import { freePort } from '../../../testbed/ports.ts';
import { startProcess, waitUntilReady, type ManagedProcess } from '../../../testbed/processes.ts';
import { testbed } from '../support.ts';

const PROGRAM = join(projectFolder, 'examples', 'brain', 'src', 'php.ts');

export interface Brain {
  /** The environment of its processes; a test may add to it before it starts one. */
  readonly env: Record<string, string>;
  readonly prefix: string;
  /** `php ARGS`. */
  php(...args: string[]): Promise<ManagedProcess>;
  /** `php ARGS` to its end. */
  run(...args: string[]): Promise<{ code: number | null; output: string }>;
  worker(...args: string[]): Promise<ManagedProcess>;
  /** The web side, back when it answers. */
  web(): Promise<{ url: string; process: ManagedProcess }>;
  /** Keeps the job of a lead from its end, however slow this machine is, until it is let go. */
  holdEffect(leadId: string): Promise<() => Promise<void>>;
  sql<T extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]>;
  pool(): pg.Pool;
  redis(): Redis;
}

/** A stand-in for the tests of a suite; every test has a prefix of its own and empty tables. */
export function ownBrain(): Brain {
  const database = `brain_${randomBytes(4).toString('hex')}`;
  const env: Record<string, string> = {};
  const state: { prefix: string; pool?: pg.Pool; redis?: Redis; cache?: Redis; folder?: TemporaryFolder } = {
    prefix: '',
  };
  const processes: ManagedProcess[] = [];
  let started = 0;

  const admin = async (text: string) => {
    const { host, port, user, password } = testbed().postgres;
    const client = new pg.Client({ host, port, user, password, database: 'postgres' });
    await client.connect();
    await client.query(text);
    await client.end();
  };

  beforeAll(async () => {
    await admin(`CREATE DATABASE ${database}`);
    const { host, port, user, password } = testbed().postgres;
    state.pool = new pg.Pool({ host, port, user, password, database });
    state.pool.on('error', () => undefined);
    state.redis = new Redis({ ...address(testbed().redis), protocol: 2 });
    state.cache = new Redis({ ...address(testbed().redis), db: 1, protocol: 2 });
    state.folder = await temporaryFolder('brain');
    resetEnv();
    const { code, output } = await brain.run('artisan', 'migrate');
    if (code !== 0) throw new Error(output);
  });
  beforeEach(async () => {
    resetEnv();
    await state.pool?.query(
      'TRUNCATE leads, job_runs, lead_effects, call_logs, vicidial_log, jobs, failed_jobs',
    );
    // An application leaves keys beside its queues. With none, an empty queue in a Redis of others looks like a wrong prefix.
    await state.redis?.set(`${state.prefix}beside`, '0');
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((process) => process.stop(100)));
    for (const redis of [state.redis, state.cache]) {
      const keys = (await redis?.keys(`${state.prefix}*`)) ?? [];
      if (keys.length > 0) await redis?.del(...keys);
    }
  });
  afterAll(async () => {
    state.redis?.disconnect();
    state.cache?.disconnect();
    await state.pool?.end();
    await state.folder?.remove();
    await admin(`DROP DATABASE ${database} WITH (FORCE)`);
  });

  function resetEnv(): void {
    const { postgres, redis } = testbed();
    for (const name of Object.keys(env)) delete env[name];
    state.prefix = `brain-${randomBytes(4).toString('hex')}-`;
    Object.assign(env, {
      PATH: process.env['PATH'] ?? '',
      NODE_NO_WARNINGS: '1',
      DB_HOST: postgres.host,
      DB_PORT: String(postgres.port),
      DB_DATABASE: database,
      DB_USERNAME: postgres.user,
      DB_PASSWORD: postgres.password,
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      REDIS_PREFIX: state.prefix,
      QUEUE_CONNECTION: 'redis',
      CACHE_STORE: 'redis',
      BRAIN_JOB_SECONDS: '0',
    });
  }

  const brain: Brain = {
    env,
    get prefix() {
      return state.prefix;
    },
    php: async (...args) => {
      started += 1;
      const child = await startProcess({
        name: `php ${args.join(' ')}`,
        command: process.execPath,
        args: [PROGRAM, ...args],
        logFile: join(state.folder?.path ?? '', `${started}.log`),
        env: { ...env },
      });
      processes.push(child);
      return child;
    },
    run: async (...args) => {
      const child = await brain.php(...args);
      const { code } = await child.exited;
      return { code, output: await child.logTail(100) };
    },
    worker: (...args) => brain.php('artisan', 'queue:work', 'redis', '--sleep=0.1', '--tries=3', ...args),
    web: async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const child = await brain.php('artisan', 'serve', '--host=127.0.0.1', `--port=${port}`);
      await waitUntilReady('the web side answers', [child], async () => (await fetch(`${url}/up`)).ok);
      return { url, process: child };
    },
    holdEffect: async (leadId) => {
      const client = await brain.pool().connect();
      await client.query('BEGIN');
      await client.query("INSERT INTO lead_effects (lead_id, job_uuid) VALUES ($1, 'held')", [leadId]);
      let held = true;
      const letGo = async () => {
        if (!held) return;
        held = false;
        await client.query('ROLLBACK');
        client.release();
      };
      // Or a test that fails here would keep the next one from beginning.
      onTestFinished(letGo);
      return letGo;
    },
    sql: async <T extends object>(text: string, values: unknown[] = []) =>
      (await brain.pool().query<T>(text, values)).rows,
    pool: () => state.pool ?? missing(),
    redis: () => state.redis ?? missing(),
  };
  return brain;
}

const address = ({ host, port }: { host: string; port: number }) => ({ host, port });

function missing(): never {
  throw new Error('not connected yet');
}

/** `POST /api/leads`. */
export function postLead(
  url: string,
  leadId: string,
  work?: object,
): Promise<{ status: number; body: unknown; headers: Headers }> {
  return request(`${url}/api/leads`, { lead_id: leadId, phone: '+15550001', ...(work && { work }) });
}

export async function request(url: string, json?: unknown) {
  const response = await fetch(url, {
    ...(json !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    body: isJson ? (JSON.parse(text) as unknown) : text,
    headers: response.headers,
  };
}
