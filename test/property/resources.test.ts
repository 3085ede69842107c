/** What holds of the plan of any platform that the CRD's schema lets through, without a cluster. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { admit } from '../../src/api/admit.ts';
import { NOTHING_MORE } from '../../src/api/permissions.ts';
import { LeadPlatformStatus } from '../../src/api/schema/status.ts';
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import { readingsOf } from '../../src/cli/signal-values.ts';
import { decide, emptyHistory } from '../../src/decide/decide.ts';
import { dataHoldOf, holdOf, plan } from '../../src/plan/plan.ts';
import { statusNeedsWrite } from '../../src/plan/status-writes.ts';
import { type Action, childKey, type KubeObject, type ObservedChild } from '../../src/plan/types.ts';
import { type Case, casesOf } from '../prove/resources/cases.ts';
import { specSchemaOf } from '../prove/resources/schema.ts';

const CRD = join(import.meta.dirname, '../../crds/leadplatform.io_leadplatforms.yaml');
const NOW = Date.UTC(2026, 5, 15, 12);
const MOST_PASSES = 60;
const RESTS_FROM = 45;

const cases = casesOf(
  specSchemaOf(readFileSync(CRD, 'utf8')),
  {
    postgres: { host: '127.0.0.1', port: 5432, database: 'leads' },
    redis: { host: '127.0.0.1', port: 6379 },
    secret: 'postgres',
    table: 'leads',
    prefix: 'fuzz-',
  },
  Number(process.env['SEED'] ?? 3),
  Number(process.env['COUNT'] ?? 300),
);
const admitted = cases.flatMap(({ name, what, specs }: Case) =>
  specs.slice(0, 2).flatMap((input) => {
    const admission = admit({ metadata: { name }, spec: input }, NOTHING_MORE);
    return admission.ok ? [{ name, what, spec: admission.spec, input }] : [];
  }),
);

function alive(object: KubeObject): KubeObject {
  if (object.kind === 'Job')
    return { ...object, status: { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] } };
  if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') return object;
  const { replicas = 1 } = (object['spec'] ?? {}) as { replicas?: number };
  const status = {
    ...{ observedGeneration: 1, replicas, readyReplicas: replicas },
    ...{ updatedReplicas: replicas, availableReplicas: replicas },
  };
  return { ...object, metadata: { ...object.metadata, generation: 1 }, status };
}

function carryOut(children: Map<string, ObservedChild>, action: Action): void {
  if (action.do === 'adjust') return;
  const key = childKey(action.object);
  if (action.do === 'delete') children.delete(key);
  else {
    const metadata = { ...action.object.metadata, uid: `uid-${key}` };
    children.set(key, { object: alive({ ...action.object, metadata }), replicasOwnedByOther: false });
  }
}

/** Passes until there is nothing left to do, where every pod becomes Ready at once. */
function lifeOf(name: string, spec: LeadPlatformSpec) {
  const children = new Map<string, ObservedChild>();
  let status: LeadPlatformStatus = {};
  let history = emptyHistory();
  const problems: string[] = [];
  const readings = readingsOf({ scalars: new Map(), depths: new Map(), ages: new Map() }, spec, NOW);
  let left: string[] = [];
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const now = NOW + pass * 1_000;
    const platform = { name, namespace: 'leads', uid: 'u', generation: 1, annotations: {} };
    const snapshot = { platform, spec, status, children: [...children.values()], autoscalers: [] };
    const hold = holdOf(status, 1, now) ?? dataHoldOf(snapshot);
    const parts = (status.components ?? []).map(({ name: part, desiredReplicas }) => ({
      name: part,
      desiredReplicas,
      readyReplicas: desiredReplicas,
    }));
    const decision = decide({ spec, readings, parts, confirmed: new Set(), hold }, history, now);
    ({ history } = decision);
    const planned = plan({ snapshot, decision, now });
    const parsed = LeadPlatformStatus.safeParse(planned.status);
    if (!parsed.success) problems.push(parsed.error.message);
    const isNews = statusNeedsWrite(status, planned.status, now, now);
    if (pass >= RESTS_FROM)
      left.push(
        ...planned.actions.map((action) => `${action.do} ${childKey(action.object)}`),
        ...(isNews ? ['status'] : []),
      );
    ({ status } = planned);
    for (const action of planned.actions) carryOut(children, action);
  }
  return { problems, left, children: [...children.values()].map(({ object }) => object), status };
}

describe('a platform that the schema lets through', () => {
  it.each(admitted)(
    'is planned to its end, with a status that can be written: $name $what',
    ({ name, spec }) => {
      const { problems, left, children } = lifeOf(name, spec);
      expect(problems).toEqual([]);
      expect(left).toEqual([]);
      const bad = children
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
        .filter((key) => !/^\w+\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(key));
      expect(bad).toEqual([]);
    },
  );
});
