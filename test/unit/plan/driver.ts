/** Plans and carries out, pass after pass, and keeps a log that reads like a story. */
import type { Decision } from '../../../src/model/decision.ts';
import type { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import { plan } from '../../../src/plan/plan.ts';
import type { Action, Plan } from '../../../src/plan/types.ts';
import type { ForeignAutoscaler, Snapshot } from '../../../src/cluster/snapshot.ts';
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import { NOW, PLATFORM, snapshotOf } from './fixtures.ts';
import { FakeCluster } from './fake-cluster.ts';

/** What a Deployment or Service is written as; of others the name is enough. */
function detail(action: Action): string {
  const spec = (action.object as { spec?: { replicas?: number; selector?: Record<string, string> } }).spec;
  if (action.do === 'delete') return '';
  if (action.object.kind === 'Deployment') return ` replicas=${spec?.replicas ?? '-'}`;
  if (action.object.kind === 'Service')
    return ` to=${spec?.selector?.['app.kubernetes.io/component'] ?? '-'}`;
  return '';
}

/** Like ` 2/6`: which of the steps is under way. */
function placeOf({ transition }: LeadPlatformStatus): string {
  const { step, steps = [] } = transition ?? {};
  const place = steps.findIndex(({ name, state }) => name === step && state === 'Active');
  return ` ${place + 1}/${steps.length}`;
}

export class Driver {
  readonly world = new FakeCluster();
  readonly log: string[] = [];
  spec: LeadPlatformSpec;
  status: LeadPlatformStatus = {};
  autoscalers: readonly ForeignAutoscaler[] = [];
  troubles: Snapshot['troubles'] = {};
  serves: Snapshot['serves'] = new Set();
  probeResults: Snapshot['probeResults'] = {};
  annotations: Readonly<Record<string, string>> = {};
  /** What the spec names and somebody else has made, by `Kind/name`. */
  others: readonly string[] = [];
  budgets: Snapshot['budgets'] = [];
  failures: Snapshot['failures'] = [];
  headroom: Snapshot['headroom'];
  now = NOW;

  constructor(spec: LeadPlatformSpec) {
    this.spec = spec;
  }

  plan(decision: Decision): Plan {
    const { spec, status, autoscalers, troubles, serves, probeResults, budgets, failures } = this;
    const children = this.world.children();
    const platform = { ...PLATFORM, annotations: this.annotations };
    const others = this.others.flatMap((key) => this.world.find(key) ?? []);
    const seen = { platform, spec, status, children, others, autoscalers, troubles, serves, probeResults };
    const snapshot = snapshotOf({ ...seen, budgets, failures, headroom: this.headroom });
    return plan({ snapshot, decision, now: this.now });
  }

  /** One pass; the cluster stands still. */
  pass(decision: Decision): Plan {
    const planned = this.plan(decision);
    this.world.carryOut(planned.actions);
    this.status = planned.status;
    this.#tell(planned);
    this.now += 1_000;
    return planned;
  }

  /** Passes with the cluster's turn between them, until there is nothing to do and nothing moves. */
  converge(decision: Decision, most = 30): void {
    for (let count = 0; count < most; count += 1) {
      const { actions, status } = this.pass(decision);
      this.world.step();
      const moving = status.conditions?.find(({ type }) => type === 'Reconciling')?.status === 'True';
      if (actions.length === 0 && !moving) return;
    }
    throw new Error(`not converged after ${most} passes:\n${this.log.join('\n')}`);
  }

  #tell({ actions, status, events }: Plan): void {
    const seconds = (this.now - NOW) / 1_000;
    const components = status.components?.map(
      ({ name, desiredReplicas, readyReplicas }) => `${name} ${readyReplicas}/${desiredReplicas}`,
    );
    const step = status.transition
      ? ` ${status.transition.step}${placeOf(status)} (${status.transition.message})`
      : '';
    this.log.push(`+${seconds}s ${status.tier}${step}: ${components?.join(', ')}`);
    for (const action of actions) {
      this.log.push(
        `    ${action.do} ${action.object.kind}/${action.object.metadata.name}${detail(action)} (${action.why})`,
      );
    }
    for (const { reason, message } of events) this.log.push(`    event ${reason}: ${message}`);
  }
}
