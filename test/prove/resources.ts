/**
 * No LeadPlatform takes the operator down, keeps it busy, is called Ready where it is not, or leaves anything behind:
 * a thousand of them, made from the schema of the CRD.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { buildOperator, startOperator } from '../../bench/operator.ts';
import { OPERATOR_USER, startWorld, type World } from '../../bench/world.ts';
import { SECRETS, type SecretObject } from '../../controller/leadplatform/kinds.ts';
import type { Proof, ProofContext, ProofResult } from '../../scripts/prove-contract.ts';
import { installEngines } from '../../testbed/engines.ts';
import { projectFolder } from '../../testbed/folders.ts';
import { kubectl } from '../../testbed/kubectl.ts';
import type { RunningOperator } from '../../testbed/operator-process.ts';
import { type Postgres, startPostgres } from '../../testbed/postgres.ts';
import { AuditTail } from './resources/audit-tail.ts';
import { type BatchResult, type Pace, runBatch, unique } from './resources/batch.ts';
import { type Case, casesOf } from './resources/cases.ts';
import { crashesIn, type Finding } from './resources/judge.ts';
import { pageOf, summaryOf } from './resources/page.ts';
import { PERMISSION_FLAGS } from './resources/permissions.ts';
import { specSchemaOf } from './resources/schema.ts';
import type { Stores } from './resources/specs.ts';

const PLATFORMS = 1_000;
const CRD = join(projectFolder, 'crds', 'leadplatform.io_leadplatforms.yaml');
const SECRET = 'postgres';
const TABLE = 'leads';
const PREFIX = 'fuzz-database-';
/** Over all platforms; of a single one a window of minutes can only tell one write from several. */
const MOST_WRITES = 0.1;

export interface FuzzOptions {
  readonly platforms: number;
  /** At once; progress is kept after each. */
  readonly batch: number;
  readonly pace: Pace;
}

const FULL: FuzzOptions = {
  platforms: PLATFORMS,
  batch: 200,
  pace: { quietMs: 15_000, settleMs: 120_000, restMs: 190_000, collectMs: 120_000 },
};

export const proof: Proof = {
  name: 'resources',
  what: `${PLATFORMS.toLocaleString('en')} LeadPlatforms made from the CRD's schema: no crash, no writes at rest, no wrong Ready, nothing behind.`,
  run: (context) => fuzz(context, FULL),
};

/** The proof with fewer platforms, or less patience: for trying. */
export async function fuzz(context: ProofContext, options: FuzzOptions): Promise<ProofResult> {
  const { seed, log, folder, signal, resume } = context;
  const progress = await Progress.open(join(folder, 'progress.json'), resume);
  await using stack = new AsyncDisposableStack();
  const world = await startWorld(stack, log);
  await installEngines(world.controlPlane);
  const postgres = await startPostgres({ log });
  stack.defer(() => postgres.stop());
  const stores = await prepareStores(world, postgres);
  const schema = specSchemaOf(await readFile(CRD, 'utf8'));
  const cases = casesOf(schema, stores, seed, options.platforms);
  await buildOperator(world);
  const operator = await startOperator(world, { flags: PERMISSION_FLAGS });
  stack.defer(operator.stop);
  const results: BatchResult[] = [];
  for (let from = 0; from < cases.length; from += options.batch) {
    signal.throwIfAborted();
    const batch = cases.slice(from, from + options.batch);
    const key = `${from}+${batch.length}`;
    const result =
      progress.of(key) ?? (await tryOut(world, postgres, operator, batch, from, context, options));
    results.push(result);
    await progress.note(key, result);
  }
  return resultOf(seed, cases, results);
}

function resultOf(seed: number, cases: readonly Case[], results: readonly BatchResult[]): ProofResult {
  // A line of the log is there after each batch.
  const findings = unique(results.flatMap((result) => result.findings));
  const { writesPerMinute } = summaryOf(results);
  return {
    passed: findings.length === 0 && writesPerMinute <= MOST_WRITES,
    markdown: pageOf(seed, cases, results, findings),
  };
}

async function tryOut(
  world: World,
  postgres: Postgres,
  operator: RunningOperator,
  cases: readonly Case[],
  from: number,
  { log, signal }: ProofContext,
  { pace }: FuzzOptions,
): Promise<BatchResult> {
  const namespace = `fuzz-${from}`;
  const { resources, controlPlane, auditLog } = world;
  await kubectl(controlPlane, ['create', 'namespace', namespace]);
  const secret: SecretObject & { stringData: object } = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, namespace },
    stringData: { username: postgres.user, password: postgres.password },
  };
  await resources.create(SECRETS, secret, { fieldManager: 'fuzz' });
  const say = (line: string) => log(`${from + 1}–${from + cases.length}: ${line}`);
  const tail = new AuditTail(auditLog, OPERATOR_USER);
  await tail.read();
  const result = await runBatch({ resources, tail, namespace, pace, signal, log: say }, cases);
  await kubectl(controlPlane, ['delete', 'namespace', namespace, '--wait=false']);
  const crashes = await crashesOf(operator);
  for (const { rule, name, says } of [...result.findings, ...crashes]) say(`${rule}: ${name}: ${says}`);
  return { ...result, findings: [...result.findings, ...crashes] };
}

/** Of the process and of its log. */
async function crashesOf(operator: RunningOperator): Promise<readonly Finding[]> {
  const end = operator.process.end();
  const ended = end === undefined ? [] : [`the process ended by itself (${end.code ?? end.signal})`];
  const logged = crashesIn(await readFile(operator.logFile, 'utf8'));
  return [...ended, ...logged].map((says) => ({ rule: 'no crash', name: '', says }));
}

/** A table of leads that neither age out of the last day nor come into the last minute while it runs. */
async function prepareStores(world: World, postgres: Postgres): Promise<Stores> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  try {
    await client.query(
      `CREATE TABLE ${TABLE} (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL, status text);
       INSERT INTO ${TABLE} (created_at) SELECT now() - interval '4 hours' + n * interval '1 minute' FROM generate_series(1, 50) n;
       CREATE INDEX ON ${TABLE} (created_at);
       ANALYZE ${TABLE}`,
    );
  } finally {
    await client.end();
  }
  // An application leaves keys, and a prefix without any would be taken for a wrong one.
  await world.redis.set(`${PREFIX}illuminate:queue:restart`, '0');
  const { host, port, database } = postgres;
  const { redisServer } = world;
  return {
    postgres: { host, port, database },
    redis: { host: redisServer.host, port: redisServer.port },
    secret: SECRET,
    table: TABLE,
    prefix: PREFIX,
  };
}

class Progress {
  readonly #path: string;
  readonly #batches: Record<string, BatchResult>;

  private constructor(path: string, batches: Record<string, BatchResult>) {
    this.#path = path;
    this.#batches = batches;
  }

  static async open(path: string, resume: boolean): Promise<Progress> {
    const text = resume ? await readFile(path, 'utf8').catch(() => '{}') : '{}';
    return new Progress(path, JSON.parse(text) as Record<string, BatchResult>);
  }

  of(batch: string): BatchResult | undefined {
    return this.#batches[batch];
  }

  async note(batch: string, result: BatchResult): Promise<void> {
    this.#batches[batch] = result;
    await writeFile(this.#path, JSON.stringify(this.#batches));
  }
}
