/** A capability of the database on a small platform: answers, annotations and objects of others are what a test says. */
import type { CapabilityName } from '../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { PostgresFacts } from '../../../src/probes/probe.ts';
import type { Decision } from '../../../src/model/decision.ts';
import { plan } from '../../../src/plan/plan.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { Plan } from '../../../src/plan/types.ts';
import type { Snapshot } from '../../../src/cluster/snapshot.ts';
import { Driver } from '../plan/driver.ts';
import { decisionOf, PLATFORM, snapshotOf, specOf } from '../plan/fixtures.ts';

type Rows = PostgresFacts['rows'];

export class DatabaseStory extends Driver {
  readonly capability: CapabilityName;
  /** Everything else that the operator sees. */
  more: Partial<Snapshot> = {};
  wanted = true;
  /** Where it is not wanted: by a policy of Never, and not because the load has fallen. */
  isDeclined = false;
  last: Plan | undefined;

  constructor(capability: CapabilityName, spec: Partial<LeadPlatformSpecInput> = {}) {
    super(specOf(spec));
    this.capability = capability;
  }

  get decision(): Decision {
    const { capability, spec, wanted, isDeclined } = this;
    return decisionOf({
      spec,
      separate: true,
      capabilities:
        wanted || isDeclined
          ? [{ name: capability, required: false, consent: wanted ? 'Given' : 'Declined' }]
          : [],
    });
  }

  override plan(decision: Decision): Plan {
    const { spec, status, probeResults, serves, annotations, more, now } = this;
    const children = this.world.children();
    const platform = { ...PLATFORM, annotations };
    const snapshot = snapshotOf({ spec, status, children, probeResults, serves, platform, ...more });
    this.last = plan({ snapshot, decision, now });
    return this.last;
  }

  /** Passes with the cluster's turn between them, until nothing is written any more. Each begins with what is there alone. */
  settle(): this {
    for (let count = 0; count < 20; count += 1) {
      const { actions } = this.pass(this.decision);
      this.world.step();
      if (actions.length === 0) {
        this.pass(this.decision);
        return this;
      }
    }
    throw new Error(`not settled:\n${this.log.join('\n')}`);
  }

  /** What the database answers from now on. */
  answer(id: string, rows: Rows | 'unknown'): this {
    const answer =
      rows === 'unknown'
        ? { at: this.now, unknown: 'SourceUnreachable', message: 'the database is away' }
        : { at: this.now, facts: { rows } };
    this.probeResults = { ...this.probeResults, [id]: answer };
    return this;
  }

  get report() {
    return this.status.capabilities?.find(({ name }) => name === this.capability);
  }

  named(kind: string): readonly string[] {
    return this.world.objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);
  }

  /** What its controller says of an object. */
  says(key: string, status: object): this {
    this.world.put({ ...this.find(key), status });
    return this;
  }

  find(key: string): KubeObject {
    const found = this.world.find(key);
    if (found === undefined) throw new Error(`there is no ${key}`);
    return found;
  }

  /** The variables of a part's first container that begin with `DB_` (but that of every worker, `DB_QUEUE_RETRY_AFTER`), as `NAME=value` or `NAME<secret/key`. */
  env(component: string): readonly string[] {
    const { template } = this.find(`Deployment/brain-${component}`)['spec'] as {
      template: { spec: { containers: { env?: EnvEntry[] }[] } };
    };
    return (template.spec.containers[0]?.env ?? [])
      .filter(({ name }) => name.startsWith('DB_') && name !== 'DB_QUEUE_RETRY_AFTER')
      .map(({ name, value, valueFrom }) =>
        valueFrom === undefined
          ? `${name}=${value ?? ''}`
          : `${name}<${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}`,
      )
      .toSorted();
  }
}

interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}
