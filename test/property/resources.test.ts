/** What holds of the plan of any platform that the CRD's schema lets through, without a cluster. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { admit } from '../../src/api/admit.ts';
import { PERMISSIONS } from '../prove/resources/permissions.ts';
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import { LeadPlatformStatus } from '../../src/api/schema/status.ts';
import { carryOut } from '../../src/cli/carry-out.ts';
import { readingsOf } from '../../src/cli/signal-values.ts';
import { decide, emptyHistory } from '../../src/decide/decide.ts';
import { dataLockOf, holdOf, plan } from '../../src/plan/plan.ts';
import { statusNeedsWrite } from '../../src/plan/status/status-writes.ts';
import { childKey, type KubeObject } from '../../src/kube/object.ts';
import { NOTHING_AROUND, type ObservedChild } from '../../src/cluster/snapshot.ts';
import { casesOf } from '../prove/resources/cases.ts';
import { asksForAttempts } from '../prove/resources/judge.ts';
import { specSchemaOf } from '../prove/resources/schema.ts';

const CRD = join(import.meta.dirname, '../../crds/leadplatform.io_leadplatforms.yaml');
const NOW = Date.UTC(2026, 5, 15, 12);
const SEED = 3;
const PLATFORMS = 150;
/** Passes, a second apart. */
const PASSES = 60;
const RESTS_FROM = 40;
/** At most of one who asks for attempts. */
const WRITES_OF_ATTEMPTS = 6;

const stores = {
  postgres: { host: '127.0.0.1', port: 5432, database: 'leads' },
  redis: { host: '127.0.0.1', port: 6379 },
  secret: 'postgres',
  table: 'leads',
  prefix: 'fuzz-',
};

/** As if every pod became Ready at once, and every Job succeeded. */
function alive(object: KubeObject): KubeObject {
  if (object.kind === 'Job') {
    return { ...object, status: { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] } };
  }
  if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') return object;
  const { replicas = 1 } = (object['spec'] ?? {}) as { replicas?: number };
  const status = {
    ...{ observedGeneration: 1, replicas, readyReplicas: replicas },
    ...{ updatedReplicas: replicas, availableReplicas: replicas },
  };
  return { ...object, metadata: { ...object.metadata, generation: 1 }, status };
}

interface Life {
  /** What the API server would refuse of a status. */
  readonly refused: readonly string[];
  /** What is written after everything should rest. */
  readonly late: readonly string[];
  readonly names: readonly string[];
}

/** A platform of which nothing is known, over some passes. */
function lifeOf(name: string, spec: LeadPlatformSpec, input: unknown): Life {
  const children = new Map<string, ObservedChild>();
  const [refused, late]: [string[], string[]] = [[], []];
  let status: LeadPlatformStatus = {};
  let history = emptyHistory();
  const readings = readingsOf({ scalars: new Map(), depths: new Map(), ages: new Map() }, spec, NOW);
  for (let pass = 0; pass < PASSES; pass++) {
    const now = NOW + pass * 1_000;
    const platform = { name, namespace: 'leads', uid: 'u', generation: 1, annotations: {} };
    const snapshot = { platform, spec, status, children: [...children.values()], ...NOTHING_AROUND };
    const hold = holdOf(status, 1, now) ?? dataLockOf(snapshot);
    const components = (status.components ?? []).map(({ name: component, desiredReplicas }) => ({
      ...{ name: component, desiredReplicas, readyReplicas: desiredReplicas },
    }));
    const decision = decide({ spec, readings, components, confirmed: new Set(), hold }, history, now);
    ({ history } = decision);
    const { status: next, actions } = plan({ snapshot, decision, now });
    const parsed = LeadPlatformStatus.safeParse(next);
    if (!parsed.success) refused.push(parsed.error.message);
    if (pass >= RESTS_FROM) {
      late.push(...actions.map((action) => `${action.do} ${childKey(action.object)}`));
      if (statusNeedsWrite(status, next, { writtenAt: now }, now)) late.push('status');
    }
    status = next;
    for (const action of actions) carryOut(children, action, alive);
  }
  const isAsked = asksForAttempts(input) && late.length <= WRITES_OF_ATTEMPTS;
  return {
    refused,
    late: isAsked ? [] : late,
    names: [...children.values()].map(({ object }) => object.metadata.name),
  };
}

describe('platforms that the schema lets through', { timeout: 300_000 }, () => {
  const cases = casesOf(specSchemaOf(readFileSync(CRD, 'utf8')), stores, SEED, PLATFORMS);
  const admitted = cases.flatMap(({ name, what, specs }) =>
    specs.slice(0, 2).flatMap((input) => {
      const admission = admit({ metadata: { name }, spec: input }, PERMISSIONS);
      return admission.ok ? [{ name, what, input, spec: admission.spec }] : [];
    }),
  );
  let lives: readonly (Life & { readonly of: string })[] = [];

  it('are planned, pass after pass, without an error', () => {
    expect(admitted.length).toBeGreaterThan(PLATFORMS / 2);
    lives = admitted.map(({ name, what, input, spec }) => ({
      ...lifeOf(name, spec, input),
      of: `${what}: ${JSON.stringify(input)}`,
    }));
  });

  it.each<[string, (life: Life) => readonly string[]]>([
    ['have a status that can be written', ({ refused }) => refused],
    ['come to rest', ({ late }) => late],
    [
      'have children with names',
      ({ names }) => names.filter((one) => !/^[a-z][-a-z0-9.]*[a-z0-9]$/.test(one)),
    ],
  ])('%s', (_, problems) => {
    expect(lives.length).toBe(admitted.length);
    expect(
      lives.filter((life) => problems(life).length > 0).map((life) => [life.of, problems(life)]),
    ).toEqual([]);
  });
});
