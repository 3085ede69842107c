/** What the operator says back. Written by the operator alone; numbers are as of the last write, times never ages. */
import * as z from 'zod';
import type { KubernetesMeta } from './primitives.ts';

const text = (max: number, description: string) => z.string().max(max).meta({ description });
const time = (description: string) => z.string().max(40).meta({ format: 'date-time', description });
/**
 * The operator writes these whole. A list with keys would have the API server keep a line of managed fields for each
 * field of each entry, which is half of the object, and is decoded and encoded with it at every write.
 */
const whole = (description: string): KubernetesMeta => ({
  description,
  'x-kubernetes-list-type': 'atomic',
});
/** Others may add conditions of their own. */
const mapBy = (key: string, description: string): KubernetesMeta => ({
  description,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': [key],
});

/** The longest key of `status.notified`, in characters. */
export const MOST_KEY = 300;
/** The most keys: what is beyond is in the conditions alone, and in no Event. */
export const MOST_NOTIFIED = 100;

export const CAPABILITY_STATES = [
  'Ready',
  'Progressing',
  'External',
  'Blocked',
  'AwaitingConsent',
  'Declined',
  'Leaving',
] as const;

export const HOOK_STATES = ['Waiting', 'Running', 'Succeeded', 'Failed'] as const;

export const STEP_STATES = ['Done', 'Active', 'Pending'] as const;

export const BANDS = ['green', 'yellow', 'red'] as const;

export const Condition = z
  .object({
    type: text(316, 'The condition.'),
    status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether it holds.' }),
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'The generation of the spec that was looked at.' }),
    lastTransitionTime: time('When status last flipped.'),
    reason: text(1_024, 'A constant, for programs.'),
    message: text(32_768, 'A sentence, for people.'),
  })
  .meta({ description: 'One condition.' });
export type Condition = z.output<typeof Condition>;

const ComponentStatus = z.object({
  name: text(106, 'all-in-one, ingest, sync, or queue-<name>.'),
  desiredReplicas: z.int().min(0).meta({ description: 'Replicas that the last decision asks for.' }),
  replicas: z.int().min(0).meta({ description: 'Replicas that exist.' }),
  readyReplicas: z.int().min(0).meta({ description: 'Replicas that are ready.' }),
  reason: text(2_000, 'Why this many.').optional(),
  wantedReplicas: z.int().min(0).optional().meta({
    description:
      'Replicas that its signals or a schedule ask for, where something is in the way of as many; see the condition ScalingLimited.',
  }),
  limitedBy: text(
    100,
    'What is in the way: TierMaximum, ReplicasMaximum, ScheduleMaximum, TierWorkersMaximum, ViciBudget, DatabaseConnections, WorkersStalled or Pinned.',
  ).optional(),
});

const CapabilityStatus = z.object({
  name: text(63, 'The capability.'),
  state: z.enum(CAPABILITY_STATES).meta({ description: 'How far it is.' }),
  required: z.boolean().meta({ description: 'The load breaks the platform without it.' }),
  reason: text(1_024, 'A constant, for programs.'),
  message: text(2_000, 'What it is waiting for, and what to do.').optional(),
  step: text(200, 'The step under way.').optional(),
  since: time('Since when this step is under way.').optional(),
  attempts: z.int().min(1).optional().meta({ description: 'Attempts in a row that were rolled back.' }),
  generation: z.int().min(0).optional().meta({ description: 'The generation of the spec that was tried.' }),
  retryAt: time('When it is tried again.').optional(),
  inPlaceSince: time('When it was in place first.').optional(),
});

const SignalStatus = z.object({
  name: text(200, 'The signal.'),
  value: z.number().optional().meta({ description: 'The value, in its unit; absent when unknown.' }),
  unit: text(20, 'count, ms, s, B, or %.').optional(),
  band: z
    .enum(BANDS)
    .optional()
    .meta({ description: 'The health band, where the signal has limits and a value.' }),
  at: time('When the value was observed.').optional(),
  reason: text(200, 'Why it is unknown.').optional(),
  message: text(1_000, 'More about it: what failed, or where it is heading.').optional(),
});

const HookStatus = z.object({
  name: text(63, 'The hook.'),
  when: z.enum(['Before', 'After']).meta({ description: 'Before or after its tier.' }),
  state: z.enum(HOOK_STATES).meta({ description: 'How far its last run is.' }),
  job: text(63, 'Its Job; removed an hour after it is done.'),
  passage: text(63, 'What the run belongs to: it is another one at the next change of tier.'),
  attempts: z.int().min(1).meta({ description: 'Which attempt it is.' }),
  generation: z.int().min(0).optional().meta({ description: 'The generation of the spec that failed.' }),
  retryAt: time('When it is tried again.').optional(),
  message: text(1_000, 'Why it failed.').optional(),
});

const StepStatus = z.object({
  name: text(200, 'The step; of a capability as <capability>/<step>.'),
  state: z.enum(STEP_STATES).meta({ description: 'Whether it is behind, under way, or to come.' }),
  gate: text(
    1_000,
    'What has to be so before it is done. A step of a capability says it while it is under way.',
  ).optional(),
});

const OperatorPod = z.object({
  namespace: text(63, 'Its namespace.'),
  pod: text(253, 'Its name.'),
  uid: text(63, 'Its UID: another Pod of this name is another one.'),
});
/** A Pod of the operator, by which live numbers are found. */
export type OperatorPod = z.output<typeof OperatorPod>;

const LastDecision = z.object({
  at: time('When it was made.'),
  rule: text(200, 'The rule that won.'),
  from: text(63, 'The tier before.'),
  to: text(63, 'The tier after.'),
  inputs: z
    .array(
      z.object({
        name: text(200, 'The signal.'),
        value: z.number().optional().meta({ description: 'Its value; absent when unknown.' }),
        at: time('When it was observed.').optional(),
      }),
    )
    .max(200)
    .meta({ description: 'What was known.', 'x-kubernetes-list-type': 'atomic' }),
  clamps: z
    .array(z.string().max(1_000))
    .max(100)
    .meta({ description: 'What bounded it.', 'x-kubernetes-list-type': 'atomic' }),
  reasons: z
    .array(z.string().max(2_000))
    .max(100)
    .meta({ description: 'Why, in sentences.', 'x-kubernetes-list-type': 'atomic' }),
});

export const LeadPlatformStatus = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'The generation of the spec that this status is about.' }),
    tier: text(63, 'The tier that the platform stands on.').optional(),
    tierSince: time('Since when.').optional(),
    targetTier: text(63, 'The tier that it is going to.').optional(),
    leadsPerDay: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Leads in the last 24 hours, as of the last write.' }),
    queueDepth: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Jobs in all queues together, as of the last write.' }),
    components: z
      .array(ComponentStatus)
      .max(60)
      .optional()
      .meta(whole('The Deployments and their replicas.')),
    capabilities: z
      .array(CapabilityStatus)
      .max(60)
      .optional()
      .meta(whole('The capabilities of the tier, and how far each is.')),
    signals: z.array(SignalStatus).max(200).optional().meta(whole('What was measured.')),
    conditions: z
      .array(Condition)
      .max(20)
      .optional()
      .meta(
        mapBy(
          'type',
          'Ready, Reconciling, Stalled, SignalsFresh, ScalingActive, ScalingLimited, CapabilitiesMet; and JobsMayRunTwice where it is so.',
        ),
      ),
    lastDecision: LastDecision.optional().meta({
      description: 'The last decision that changed something: inputs, rule, clamps and reasons.',
    }),
    transition: z
      .object({
        from: text(63, 'The tier before.'),
        to: text(63, 'The tier after.'),
        step: text(200, 'The step under way.'),
        since: time('Since when this step is under way.'),
        message: text(1_000, 'What it waits for.'),
        steps: z
          .array(StepStatus)
          .max(200)
          .optional()
          .meta(whole('All steps of it in their order: those that are behind, under way, and to come.')),
      })
      .optional()
      .meta({ description: 'The change that is under way.' }),
    hooks: z.array(HookStatus).max(10).optional().meta(whole('The last run of each hook.')),
    rollback: z
      .object({
        from: text(63, 'The tier that the platform went back to.'),
        to: text(63, 'The tier that it was going to.'),
        separate: z
          .boolean()
          .meta({ description: 'Whether queue workers run apart from the web side meanwhile.' }),
        generation: z.int().min(0).meta({ description: 'The generation of the spec that was tried.' }),
        attempts: z.int().min(1).meta({ description: 'Attempts in a row that failed.' }),
        at: time('When it was rolled back.'),
        retryAt: time('When it is tried again.'),
        message: text(1_000, 'What did not become Ready, and why.'),
      })
      .optional()
      .meta({ description: 'The last transition that was rolled back, until it succeeds.' }),
    operator: OperatorPod.optional().meta({
      description:
        'The Pod of the operator that leads, which `leadplatform status` asks for live numbers. Absent where the operator runs outside of a cluster.',
    }),
    notified: z
      .array(text(MOST_KEY, 'A key: the reason of the Event, and what it is about.'))
      .max(MOST_NOTIFIED)
      .optional()
      .meta(
        whole(
          'What holds now and was told in an Event, as keys like ComponentNotReady/ingest/ImagePullBackOff. A key leaves the list when it no longer holds; what comes back is told again.',
        ),
      ),
  })
  .meta({ description: 'What the operator last saw and decided.' });
export type LeadPlatformStatus = z.output<typeof LeadPlatformStatus>;
