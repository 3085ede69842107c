/** The stores of a fleet: ten databases of one Postgres, each with a role of its own and a table of leads a platform. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { Postgres } from '../testbed/postgres.ts';

/**
 * Neither one database for all (which one pool would serve) nor one each (a thousand databases on one server is nobody's
 * fleet): ten customers with a hundred platforms each.
 */
export const DATABASES = 10;
const LEADS = 50;

export interface Credential {
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

export const tableOf = (platform: number): string => `leads_${String(platform).padStart(4, '0')}`;
export const databaseOf = (platform: number): number => platform % DATABASES;

export async function createDatabases(postgres: Postgres, platforms: number): Promise<Credential[]> {
  const credentials: Credential[] = [];
  await withClient(postgres, 'leads', async (client) => {
    for (let index = 0; index < DATABASES; index++) {
      const name = `brain_${index}`;
      const password = randomBytes(12).toString('hex');
      await client.query(`CREATE DATABASE ${name}`);
      await client.query(`CREATE ROLE measure_${index} LOGIN PASSWORD '${password}' IN ROLE pg_monitor`);
      credentials.push({ database: name, username: `measure_${index}`, password });
    }
  });
  for (const [index, { database, username }] of credentials.entries()) {
    await withClient(postgres, database, async (client) => {
      const statements: string[] = [];
      for (let platform = index; platform < platforms; platform += DATABASES) {
        const table = tableOf(platform);
        statements.push(
          `CREATE TABLE ${table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, created_at timestamptz NOT NULL)`,
          // Between four and two hours old: none leaves the last 24 hours, and none comes into the last minute.
          `INSERT INTO ${table} (created_at) SELECT now() - interval '4 hours' + n * interval '2 hours' / ${LEADS} FROM generate_series(1, ${LEADS}) n`,
          `CREATE INDEX ON ${table} (created_at)`,
        );
      }
      await client.query(statements.join(';'));
      await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${username}`);
      await client.query('ANALYZE');
    });
  }
  return credentials;
}

/** The most connections that one role holds to one database now. */
export async function mostConnections(client: Client): Promise<number> {
  const { rows } = await client.query<{ most: string | null }>(
    `SELECT max(held) AS most FROM (
       SELECT count(*) AS held FROM pg_stat_activity WHERE usename LIKE 'measure\\_%' GROUP BY datname, usename
     ) AS each`,
  );
  return Number(rows[0]?.most ?? 0);
}

async function withClient(postgres: Postgres, database: string, work: (client: Client) => Promise<void>) {
  const { host, port, user, password } = postgres;
  const client = new Client({ host, port, user, password, database });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
