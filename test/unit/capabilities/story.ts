/** One capability on a small platform: what is there of it, and what the status says. */
import type { CapabilityName } from '../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { Decision } from '../../../src/model/decision.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { Driver } from '../plan/driver.ts';
import { type DecisionInput, decisionOf, specOf } from '../plan/fixtures.ts';

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources?: object;
}

interface PodTemplate {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>> & { readonly containers: readonly Container[] };
}

export class Story {
  readonly driver: Driver;
  readonly #names: readonly CapabilityName[];
  #decision: DecisionInput;

  /** @param names those that are called for, with consent */
  constructor(
    names: readonly CapabilityName[],
    spec: Partial<LeadPlatformSpecInput> = {},
    decision: DecisionInput = { separate: true },
  ) {
    this.#names = names;
    this.#decision = decision;
    this.driver = new Driver(specOf(spec));
  }

  /** The spec is edited: it is of another generation in a cluster, but not here, where none counts on it. */
  edit(spec: Partial<LeadPlatformSpecInput>): void {
    this.driver.spec = specOf(spec);
  }

  /** From now on something else is decided: another tier, other sizes. */
  decide(decision: DecisionInput): this {
    this.#decision = { ...this.#decision, ...decision };
    return this;
  }

  decision(names = this.#names): Decision {
    return decisionOf({
      ...this.#decision,
      spec: this.driver.spec,
      capabilities: names.map((name) => ({ name, required: true, consent: 'Given' })),
    });
  }

  /** Passes with the cluster's turn between them, until nothing is written any more. */
  settle(names = this.#names): this {
    for (let count = 0; count < 20; count += 1) {
      const { actions } = this.driver.pass(this.decision(names));
      this.driver.world.step();
      if (actions.length === 0) {
        // What became of the last turn is told in one more.
        this.driver.pass(this.decision(names));
        return this;
      }
    }
    throw new Error(`not settled:\n${this.driver.log.join('\n')}`);
  }

  /** What its controller says of an object. */
  says(key: string, status: object): this {
    const object = this.find(key);
    this.driver.world.put({ ...object, status });
    return this;
  }

  has(key: string): boolean {
    return this.driver.world.find(key) !== undefined;
  }

  find(key: string): KubeObject {
    const found = this.driver.world.find(key);
    if (found === undefined) {
      const keys = this.driver.world.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      throw new Error(`no ${key} among ${keys.join(', ')}`);
    }
    return found;
  }

  report(name: CapabilityName) {
    return this.driver.status.capabilities?.find((one) => one.name === name);
  }

  spec(key: string): Readonly<Record<string, unknown>> {
    return this.find(key)['spec'] as Readonly<Record<string, unknown>>;
  }

  template(component: string): PodTemplate {
    return this.spec(`Deployment/brain-${component}`)['template'] as PodTemplate;
  }

  /** A variable of every container of a component. */
  env(component: string, name: string): readonly (string | undefined)[] {
    return this.template(component).spec.containers.map(
      ({ env = [] }) => env.find((entry) => entry.name === name)?.value,
    );
  }
}
