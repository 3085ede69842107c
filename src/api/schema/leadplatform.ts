/** The resource as a person writes it. The only source of the TypeScript type, the defaults, the CRD and the reference. */
import * as z from 'zod';
import { TIER_NAMES } from '../names.ts';
import { CapabilitySettings } from './capabilities/index.ts';
import { CallLogSync } from './call-log-sync.ts';
import { Components, Env, EnvFrom } from './components.ts';
import { Budgets, ReplicasPin, Scaling, TierPin, Tiers, Transitions } from './ladder.ts';
import { image } from './kubernetes.ts';
import { listMap, objectName, ruled, shortName } from './primitives.ts';
import { PodTemplate } from './pod-template.ts';
import { Limits, Signals } from './signals.ts';
import { Stores } from './stores.ts';

const Spec = z.strictObject({
  mode: z.enum(['Auto', 'Recommend', 'Paused']).default('Auto').meta({
    description:
      'Auto: decides and acts. Recommend: decides and reports, changes nothing. Paused: only measures. Default: Auto.',
  }),
  image: image().meta({ description: 'The image of the application; every component runs it.' }),
  imagePullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .optional()
    .meta({ description: "When the image is pulled. Default: Kubernetes' own." }),
  imagePullSecrets: listMap(
    z.strictObject({ name: objectName().meta({ description: 'The name of the Secret.' }) }),
    'name',
    10,
    'Secrets with which the image is pulled.',
  ).optional(),
  env: Env.optional(),
  envFrom: EnvFrom.optional(),
  podTemplate: PodTemplate.prefault({}),
  components: Components.prefault({}),
  callLogSync: CallLogSync.prefault({}),
  stores: Stores.prefault({}),
  signals: Signals.prefault({}),
  limits: Limits.prefault({}),
  budgets: Budgets.prefault({}),
  transitions: Transitions.prefault({}),
  scaling: Scaling.prefault({}),
  capabilities: CapabilitySettings.prefault({}),
  tiers: Tiers.optional(),
  minTier: shortName().optional().meta({ description: 'Never below this tier.' }),
  maxTier: shortName().optional().meta({ description: 'Never above this tier.' }),
  tierPin: TierPin.optional(),
  replicasPin: listMap(
    ReplicasPin,
    'component',
    30,
    'Holds the replicas of single components. Default: none is held.',
  ).prefault([]),
  deletionPolicy: z.enum(['Retain', 'Delete']).default('Retain').meta({
    description:
      'What happens to what holds data when the LeadPlatform is deleted. Deployments and Services go either way. Default: Retain.',
  }),
});

type Spec = z.output<typeof Spec>;

const defaultNames = `[${TIER_NAMES.map((name) => `'${name}'`).join(', ')}]`;

/** A map and not a list: the API server counts a search through a list of literals as dear as one through any list. */
const defaultRanks = `{${TIER_NAMES.map((name, rank) => `'${name}': ${rank}`).join(', ')}}`;

/** `field` names a tier of the ladder in force. */
function namesATier(field: string, of: (spec: Spec) => string | undefined) {
  const path = `self.${field}`;
  const given = field.includes('.') ? `has(self.${field.split('.')[0]})` : `has(${path})`;
  return {
    rule: `!${given} || (has(self.tiers) ? self.tiers.exists(t, t.name == ${path}) : ${path} in ${defaultNames})`,
    message: `${field} names no tier of the ladder; write one of spec.tiers, or of ${TIER_NAMES.join(', ')}`,
    holds: (spec: Spec) => {
      const name = of(spec);
      const names: readonly string[] = spec.tiers?.map((tier) => tier.name) ?? TIER_NAMES;
      return name === undefined || names.includes(name);
    },
  };
}

function loadOf(spec: Spec, name: string): number {
  return (
    spec.tiers?.find((tier) => tier.name === name)?.fromLeadsPerDay ??
    (TIER_NAMES as readonly string[]).indexOf(name)
  );
}

export const LeadPlatformSpec = ruled(
  Spec,
  { description: 'What the platform runs, where its signals come from, and how far it may grow.' },
  namesATier('minTier', ({ minTier }) => minTier),
  namesATier('maxTier', ({ maxTier }) => maxTier),
  namesATier('tierPin.tier', ({ tierPin }) => tierPin?.tier),
  {
    rule: `!has(self.transitions) || !has(self.transitions.hooks) || self.transitions.hooks.all(h, has(self.tiers) ? self.tiers.exists(t, t.name == h.tier) : h.tier in ${defaultRanks})`,
    message: `a hook of transitions.hooks names no tier of the ladder; write one of spec.tiers, or of ${TIER_NAMES.join(', ')}`,
    holds: ({ transitions, tiers }: Spec) => {
      const names: readonly string[] = tiers?.map(({ name }) => name) ?? TIER_NAMES;
      return transitions.hooks.every(({ tier }) => names.includes(tier));
    },
  },
  {
    rule: `!has(self.minTier) || !has(self.maxTier) || (has(self.tiers) ? self.tiers.all(low, low.name != self.minTier || self.tiers.all(high, high.name != self.maxTier || low.fromLeadsPerDay <= high.fromLeadsPerDay)) : !(self.minTier in ${defaultRanks}) || !(self.maxTier in ${defaultRanks}) || ${defaultRanks}[self.minTier] <= ${defaultRanks}[self.maxTier])`,
    message: 'minTier is above maxTier; make minTier the same tier or a lower one',
    holds: (spec: Spec) =>
      spec.minTier === undefined ||
      spec.maxTier === undefined ||
      loadOf(spec, spec.minTier) <= loadOf(spec, spec.maxTier),
  },
);
export type LeadPlatformSpec = Spec;
/** The spec before defaults: what stands in a manifest. */
export type LeadPlatformSpecInput = z.input<typeof Spec>;
