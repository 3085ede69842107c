/** Where a capability is put in place: all that it may look at. Data, and functions of that data. */
import type { CapabilityName } from '../api/names.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { Decision } from '../decide/types.ts';
import type { Observed } from '../plan/observed.ts';
import type { Course } from '../plan/transition.ts';
import type { ChildKind, KubeObject, PlatformIdentity } from '../plan/types.ts';
import type { Instant } from '../signals/reading.ts';
import type { Answer, Ask, FactsOf } from './asks.ts';
import type { EnvVar } from './contribution.ts';

export interface Site {
  readonly platform: PlatformIdentity;
  readonly spec: LeadPlatformSpec;
  readonly decision: Decision;
  readonly observed: Observed;
  readonly course: Course;
  readonly now: Instant;
  /** Called for, with consent, and not taken back. False: what is left of it is to go, in order. */
  readonly wanted: boolean;
  /** Where it holds data and is to go: somebody has confirmed that the data may go too. */
  readonly mayLoseData: boolean;
  /** Whether another capability is wanted. */
  readonly isWanted: (name: CapabilityName) => boolean;
  /** Whether a capability that comes earlier in the ladder is Ready or External. */
  readonly isInPlace: (name: CapabilityName) => boolean;
  /** Whether the cluster knows a kind of another operator, like `RabbitmqCluster`. */
  readonly serves: (kind: ChildKind) => boolean;
  /** An object of the platform's as it is now, what holds data included. */
  readonly live: (kind: ChildKind, name: string) => KubeObject | undefined;
  /** What the thing said when it was last asked; undefined until it has been. */
  readonly answer: <A extends Ask>(ask: A) => Answer<FactsOf<A>> | undefined;
}

/** The variables of `env` that `spec.env` sets itself, to something else: the user has the last word. */
export function overridden({ spec }: Site, env: readonly EnvVar[]): readonly string[] {
  const own = new Map((spec.env ?? []).map((entry) => [entry.name, entry]));
  return env
    .filter(({ name, value, secret }) => {
      const entry = own.get(name);
      if (entry === undefined) return false;
      const from = entry.valueFrom?.secretKeyRef;
      return secret === undefined
        ? entry.value !== value
        : from?.name !== secret.name || from.key !== secret.key;
    })
    .map(({ name }) => name);
}

interface ContainerEnv {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: string; readonly key?: string } };
}

interface PodTemplateFields {
  readonly template?: {
    readonly spec?: { readonly containers?: readonly { readonly env?: readonly ContainerEnv[] }[] };
  };
}

/** Whether every container of a Deployment is asked to run with these variables, or with none of their names. */
export function asksFor(deployment: KubeObject, env: readonly EnvVar[], present = true): boolean {
  const { template } = (deployment['spec'] ?? {}) as PodTemplateFields;
  const containers = template?.spec?.containers ?? [];
  return containers.every(({ env: given = [] }) =>
    env.every((variable) => given.some((entry) => isSame(entry, variable)) === present),
  );
}

const isSame = (entry: ContainerEnv, { name, value, secret }: EnvVar): boolean =>
  entry.name === name &&
  (secret === undefined
    ? (entry.value ?? '') === (value ?? '')
    : entry.valueFrom?.secretKeyRef?.name === secret.name && entry.valueFrom.secretKeyRef.key === secret.key);

/**
 * The parts whose pods do not all run with these variables yet (`present: false`: that still run with one of them). Empty
 * once the rolling update of every part is through and pods of the template before are gone.
 */
export function partsWithout(
  { course: { wanted }, spec }: Site,
  env: readonly EnvVar[],
  present = true,
): readonly string[] {
  const own = new Set((spec.env ?? []).map(({ name }) => name));
  return wanted
    .filter(({ part, live }) => {
      const due = env.filter(
        ({ name, parts }) => !own.has(name) && (parts === undefined || parts.includes(part.name)),
      );
      if (due.length === 0) return false;
      if (live === undefined) return true;
      const { current, exists, updated, terminating, asked, available } = live;
      const isRolledOut =
        current && exists === updated && terminating === 0 && available >= Math.min(1, asked);
      return !isRolledOut || !asksFor(live.object, due, present);
    })
    .map(({ part }) => part.name);
}
