/** The LeadPlatform of the demo: a manifest in `manifests/demo`, with the ports of this run. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { admit } from '../../src/api/admit.ts';
import { workerComponents, type WorkerComponent } from '../../src/api/components.ts';
import { parseDuration } from '../../src/api/quantity.ts';
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import { ladderOf } from '../../src/ladder/ladder.ts';
import { projectFolder } from '../folders.ts';

export const SAMPLE_FILE = 'manifests/demo/demo.yaml';

export interface Sample {
  /** As it is applied. */
  readonly manifest: Manifest;
  /** As the operator will understand it. */
  readonly spec: LeadPlatformSpec;
  readonly name: string;
  /** How long a day takes, in ms. */
  readonly dayMs: number;
  /** Names of the tiers, lowest first. */
  readonly ladder: readonly string[];
  readonly workers: readonly WorkerComponent[];
  /** The prefix of the keys of the queues. */
  readonly redisPrefix: string;
  /** The Secret with the credential that leads are counted with. */
  readonly postgresSecret: string;
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: { [field: string]: unknown };
}

/** What only this run knows. */
export interface Fitting {
  readonly namespace: string;
  readonly postgres: { readonly host: string; readonly port: number };
  readonly redis: { readonly host: string; readonly port: number };
  /** How many times faster than the file says the days go by. */
  readonly speed: number;
}

export async function readSample(fitting: Fitting): Promise<Sample> {
  return fitSample(parse(await readFile(join(projectFolder, SAMPLE_FILE), 'utf8')) as Manifest, fitting);
}

/** Everything that is measured in days, by its way into the manifest; the replicas live in real time. */
const IN_DAYS: readonly string[] = [
  'signals.leadsPerDay.postgres.window',
  'scaling.promote.sustainedFor',
  'scaling.demote.lookback',
  'scaling.demote.wait',
];

export function fitSample(file: Manifest, { namespace, postgres, redis, speed }: Fitting): Sample {
  const manifest = structuredClone(file);
  manifest.metadata.namespace = namespace;
  set(manifest.spec, 'stores.postgres', postgres);
  set(manifest.spec, 'stores.redis', redis);
  for (const path of IN_DAYS) {
    change(manifest.spec, path, (days) => `${Math.round(parseDuration(String(days)) / speed)}ms`);
  }
  // A minute holds as many more leads as the days are shorter.
  change(manifest.spec, 'components.ingest.capacity.leadsPerMinute', (leads) => Number(leads) * speed);
  change(manifest.spec, 'budgets.viciApiCallsPerHour', (calls) => Math.ceil(Number(calls) * speed));

  const admission = admit(manifest);
  if (!admission.ok) {
    throw new Error(`${SAMPLE_FILE}: ${admission.problems.map(({ message }) => message).join('; ')}`);
  }
  const { spec } = admission;
  const { window } = spec.signals.leadsPerDay.postgres ?? {};
  const secret = spec.stores.postgres?.secretRef?.name;
  if (window === undefined || secret === undefined) {
    throw new Error(`${SAMPLE_FILE} does not say how long a day is, or whose credential counts the leads`);
  }
  return {
    manifest,
    spec,
    name: manifest.metadata.name,
    dayMs: window,
    ladder: ladderOf(spec).tiers.map(({ name }) => name),
    workers: workerComponents(spec),
    redisPrefix: spec.signals.queueDepth.redis?.prefix ?? 'laravel-database-',
    postgresSecret: secret,
  };
}

type Tree = { [field: string]: unknown };

/** Sets some fields of the object at `path`, and leaves its others. */
function set(tree: Tree, path: string, fields: object): void {
  change(tree, path, (value) => ({ ...(value as object), ...fields }));
}

function change(tree: Tree, path: string, by: (value: unknown) => unknown): void {
  const fields = path.split('.');
  const last = fields.pop()!;
  let parent = tree;
  for (const field of fields) {
    const next = parent[field];
    if (typeof next !== 'object' || next === null) throw new Error(`${SAMPLE_FILE} has no spec.${path}`);
    parent = next as Tree;
  }
  if (parent[last] === undefined) throw new Error(`${SAMPLE_FILE} has no spec.${path}`);
  parent[last] = by(parent[last]);
}
