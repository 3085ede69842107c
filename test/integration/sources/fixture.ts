import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { LeadPlatformSpec, type LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { createSources, Pools, type SourceDeps } from '../../../src/sources/index.ts';
import type { Observation, Source } from '../../../src/sources/port.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
import { testbed } from '../support.ts';

export const DAY = 86_400_000;
export const never = new AbortController().signal;

export type Secrets = Record<string, Record<string, string>>;

/** What sources need, with Secrets that a test may change under way. Closed when the test ends. */
export function sourceDeps(secrets: Secrets = {}, pools = new Pools({ addresses: LOOPBACK })): SourceDeps {
  onTestFinished(() => pools.close());
  return { pools, readSecret: async (name) => secrets[name], readUsage: async () => ({ value: [] }) };
}

export function parse(input: Partial<LeadPlatformSpecInput>): LeadPlatformSpec {
  return LeadPlatformSpec.parse({ image: 'brain:1', ...input });
}

/** One source of a spec by its name, and a poll of it. */
export function sourceOf(spec: LeadPlatformSpec, deps: SourceDeps, name: string) {
  const all = createSources(spec, deps);
  const source = all.find((each) => each.name === name);
  for (const other of all) if (other !== source) other.close?.();
  if (source === undefined) throw new Error(`the spec asks for no ${name}`);
  onTestFinished(() => source.close?.());
  const read = (now = Date.now()): Promise<Observation> => source.poll(now, never);
  return Object.assign<Source, { read: typeof read }>(source, { read });
}

/** A database of this file's own, a superuser's connection to it, and a role that may read what that one makes in it. */
export function ownDatabase() {
  const database = `sources_${randomBytes(4).toString('hex')}`;
  const reader = `${database}_reader`;
  let client: pg.Client | undefined;
  beforeAll(async () => {
    const { host, port, user, password } = testbed().postgres;
    const admin = new pg.Client({ host, port, user, password, database: 'postgres' });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${database}`);
    await admin.end();
    client = new pg.Client({ host, port, user, password, database });
    await client.connect();
    await client.query(`CREATE ROLE ${reader} LOGIN PASSWORD '${reader}'; GRANT pg_monitor TO ${reader};
      ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${reader}`);
  });
  afterAll(async () => {
    await client?.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
      [database],
    );
    await client?.end();
    const { host, port, user, password } = testbed().postgres;
    const admin = new pg.Client({ host, port, user, password, database: 'postgres' });
    await admin.connect();
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.query(`DROP ROLE ${reader}`);
    await admin.end();
  });
  return {
    run: async (sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => {
      if (client === undefined) throw new Error('not connected yet');
      return (await client.query<Record<string, unknown>>(sql, values)).rows;
    },
    store: () => {
      const { host, port } = testbed().postgres;
      return { host, port, database, secretRef: { name: 'postgres' }, tls: { mode: 'Disable' as const } };
    },
    secrets: (): Secrets => {
      const { user, password } = testbed().postgres;
      return { postgres: { username: user, password } };
    },
    /** Its password is its name. */
    reader,
    readerSecrets: (): Secrets => ({ postgres: { username: reader, password: reader } }),
  };
}

/** A connection to the shared Redis, and a prefix that no other test has. */
export function ownRedis(database = 0) {
  let client: Redis | undefined;
  const prefix = `t-${randomBytes(4).toString('hex')}-`;
  beforeAll(() => {
    const { host, port } = testbed().redis;
    client = new Redis({ host, port, db: database, protocol: 2 });
  });
  afterAll(async () => {
    const keys = await client?.keys(`${prefix}*`);
    if (keys?.length) await client?.del(...keys);
    await client?.quit();
  });
  return {
    prefix,
    client: () => {
      if (client === undefined) throw new Error('not connected yet');
      return client;
    },
    store: () => {
      const { host, port } = testbed().redis;
      return { host, port, database };
    },
  };
}

/** Looks again until it holds, or throws what it threw last. */
export async function eventually<T>(look: () => Promise<T>, ms = 10_000): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
