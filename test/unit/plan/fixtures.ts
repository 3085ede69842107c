/** Specs, decisions and snapshots, small enough to read in a test. */
import { emptyHistory } from '../../../src/model/history.ts';
import { LeadPlatformSpec, type LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { componentsOf } from '../../../src/api/components.ts';
import type { Decision, ComponentDecision } from '../../../src/model/decision.ts';
import type { KubeObject, PlatformIdentity } from '../../../src/kube/object.ts';
import type { PodDiagnosis } from '../../../src/kube/pod-diagnosis.ts';
import { NOTHING_AROUND, type ObservedChild, type Snapshot } from '../../../src/cluster/snapshot.ts';

export const NOW = Date.parse('2026-03-02T09:00:00Z');

export const PLATFORM: PlatformIdentity = {
  name: 'brain',
  namespace: 'leads',
  uid: 'uid-of-brain',
  generation: 3,
  annotations: {},
};

export function specOf(input: Partial<LeadPlatformSpecInput> = {}): LeadPlatformSpec {
  return LeadPlatformSpec.parse({ image: 'registry.example/brain:1.4.0', ...input });
}

export interface DecisionInput extends Partial<Omit<Decision, 'parts' | 'tier'>> {
  readonly spec?: LeadPlatformSpec;
  readonly tier?: Partial<Decision['tier']>;
  /** Replicas by component; one of each where nothing is said. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly rules?: Readonly<Record<string, ComponentDecision['rule']>>;
}

export function decisionOf({
  spec = specOf(),
  tier,
  sizes = {},
  rules = {},
  separate = false,
  ...rest
}: DecisionInput = {}): Decision {
  const to = tier?.to ?? (separate ? 'separated' : 'single-server');
  return {
    at: NOW,
    tier: { from: tier?.from ?? to, to, target: tier?.target ?? to, rule: tier?.rule ?? 'AtTarget' },
    separate,
    capabilities: [],
    components: componentsOf(spec, separate).map(({ name }) => ({
      name,
      replicas: sizes[name] ?? 1,
      wanted: sizes[name] ?? 1,
      rule: rules[name] ?? 'Steady',
      clamps: [],
      reason: 'As the test says.',
      standing: 'As the test says.',
    })),
    signals: [],
    reasons: ['As the test says.'],
    clamps: [],
    history: emptyHistory(),
    ...rest,
  };
}

export function snapshotOf({ spec = specOf(), ...rest }: Partial<Snapshot> = {}): Snapshot {
  return { platform: PLATFORM, spec, status: {}, children: [], ...NOTHING_AROUND, ...rest };
}

/** What the pods of a component say that no node takes. */
export const UNSCHEDULABLE: PodDiagnosis = {
  reason: 'Unschedulable',
  subject: '',
  message: 'no node takes the pod',
  isExplained: false,
  since: NOW,
};

export const observed = (object: KubeObject, replicasOwnedByOther = false): ObservedChild => ({
  object,
  replicasOwnedByOther,
});
