/** What the catalogs of a Postgres say: one statement, read-only, with a time-out, of few rows. */
import type { PostgresProbe } from '../../probes/probe.ts';
import type { SourceDeps } from '../deps.ts';
import { postgresAccess } from '../postgres/access.ts';
import type { OpenProbe } from './open-probe.ts';

const MOST_ROWS = 500;
const TIMEOUT_MS = 5_000;

export function probePostgres({ store, query, parameters = [] }: PostgresProbe, deps: SourceDeps): OpenProbe {
  const access = postgresAccess(store, deps);
  return {
    put: async () => {
      const rows = await access.with((pool) => pool.query(query, parameters, TIMEOUT_MS));
      return { rows: rows.slice(0, MOST_ROWS).map(plain) };
    },
    close: access.join(),
  };
}

type Plain = string | number | boolean | null;

function plain(row: Readonly<Record<string, unknown>>): Record<string, Plain> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}
