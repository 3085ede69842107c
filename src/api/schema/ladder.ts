/** How far the platform may climb, how fast, and who is asked. */
import * as z from 'zod';
import { Cron } from 'croner';
import { CAPABILITY_NAMES, POLICIES } from '../names.ts';
import { Hooks } from './hooks.ts';
import { count, duration, listMap, percent, ruled, shortName } from './primitives.ts';

const tierBounds = (what: string) =>
  ruled(
    z.strictObject({
      min: count(10_000)
        .default(1)
        .meta({ description: `${what}: the fewest replicas on this tier. Default: 1.` }),
      max: count(10_000)
        .min(1)
        .default(1_000)
        .meta({ description: `${what}: the most replicas on this tier. Default: 1000.` }),
    }),
    { description: `${what}: floor and ceiling on this tier.` },
    {
      rule: '!has(self.min) || !has(self.max) || self.min <= self.max',
      message: 'a tier has min greater than max for a component; make min at most max',
      holds: ({ min, max }) => min <= max,
    },
  );

export const TierSpec = z
  .strictObject({
    name: shortName().meta({ description: 'The name of the tier.' }),
    fromLeadsPerDay: count(1_000_000_000).meta({
      description: 'The tier holds from this many leads a day on. The lowest tier starts at 0.',
    }),
    capabilities: z
      .array(z.enum(CAPABILITY_NAMES))
      .max(CAPABILITY_NAMES.length)
      .refine((names) => new Set(names).size === names.length, {
        message: 'names a capability twice; keep one of them',
      })
      .default([])
      .meta({
        description: 'What this tier adds to the ones below it. Default: nothing.',
        'x-kubernetes-list-type': 'set',
      }),
    components: z
      .strictObject({
        allInOne: tierBounds('The all-in-one pod').optional(),
        ingest: tierBounds('Ingest').optional(),
        sync: tierBounds('Sync').optional(),
        queue: tierBounds('The workers of one queue').optional(),
        workers: tierBounds('Workers over all queues together, sync included').optional(),
      })
      .prefault({})
      .meta({ description: 'Floors and ceilings of the components on this tier.' }),
  })
  .meta({ description: 'One tier of the ladder.' });
export type TierSpec = z.output<typeof TierSpec>;

export const Tiers = ruled(
  listMap(
    TierSpec,
    'name',
    20,
    'The ladder. Left out, it is the eight tiers of the documentation; given, it replaces them all.',
    '',
  ).min(1),
  {
    description:
      'The ladder. Left out, it is the eight tiers of the documentation; given, it replaces them all.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  },
  {
    rule: 'self.all(t, self.exists_one(other, other.name == t.name))',
    message: 'two tiers have the same name; give each a name of its own',
    holds: (tiers) => new Set(tiers.map(({ name }) => name)).size === tiers.length,
  },
  {
    rule: 'self.all(t, self.exists_one(other, other.fromLeadsPerDay == t.fromLeadsPerDay))',
    message: 'two tiers start at the same fromLeadsPerDay; give each its own load',
    holds: (tiers) => new Set(tiers.map(({ fromLeadsPerDay }) => fromLeadsPerDay)).size === tiers.length,
  },
  {
    rule: 'self.exists(t, t.fromLeadsPerDay == 0)',
    message:
      'no tier starts at fromLeadsPerDay 0; add one, for the platform must stand somewhere when it is idle',
    holds: (tiers) => tiers.some(({ fromLeadsPerDay }) => fromLeadsPerDay === 0),
  },
);

const instant = () =>
  z
    .string()
    .max(40)
    .regex(
      /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/,
      'must be an instant like 2026-12-24T08:00:00Z',
    )
    .refine((text) => !Number.isNaN(Date.parse(text)), {
      message: 'must be an instant like 2026-12-24T08:00:00Z',
    });

export const TierPin = z
  .strictObject({
    tier: shortName().meta({ description: 'The tier to hold.' }),
    until: instant().optional().meta({ description: 'When the pin ends by itself. Default: never.' }),
    reason: z.string().max(500).optional().meta({ description: 'Why; shown in status.' }),
  })
  .meta({ description: 'Holds the platform on one tier. Replicas still follow the load.' });
export type TierPin = z.output<typeof TierPin>;

export const ReplicasPin = z
  .strictObject({
    component: z
      .string()
      .min(1)
      .max(106)
      .meta({ description: 'The component as status names it: all-in-one, ingest, sync, or queue-<name>.' }),
    replicas: count(1_000).meta({ description: 'The number of replicas to hold.' }),
    until: instant().optional().meta({ description: 'When the pin ends by itself. Default: never.' }),
    reason: z.string().max(500).optional().meta({ description: 'Why; shown in status.' }),
  })
  .meta({ description: 'Holds the replicas of one component.' });
export type ReplicasPin = z.output<typeof ReplicasPin>;

/** Whether the runtime knows the IANA time zone. */
function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** Five fields have no year, so whether a schedule ever comes due does not hang on when one asks. */
const ANY_INSTANT = new Date(Date.UTC(2024, 0, 1));

/** Whether a five-field cron expression can be read, and comes due. */
function isSchedule(text: string): boolean {
  try {
    const cron = new Cron(text, { paused: true });
    return text.trim().split(/\s+/).length === 5 && cron.nextRun(ANY_INSTANT) !== null;
  } catch {
    return false;
  }
}

export const timeZone = () =>
  z
    .string()
    .min(1)
    .max(60)
    .regex(
      /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/,
      'must be a time zone like Europe/Berlin or UTC',
    )
    .refine(isTimeZone, { message: 'is not a time zone that is known; write one like Europe/Berlin or UTC' });

export const schedule = () =>
  z
    .string()
    .min(9)
    .max(100)
    .regex(/^\s*\S+(\s+\S+){4}\s*$/, 'must be five cron fields: minute hour day-of-month month day-of-week')
    .refine(isSchedule, {
      message: 'is not a cron schedule that ever comes due; write five fields like 0 2 * * *',
    });

export const Transitions = z
  .strictObject({
    windows: listMap(
      z.strictObject({
        name: shortName().meta({ description: 'The name of the window.' }),
        schedule: schedule().meta({ description: 'When it opens: five cron fields.' }),
        duration: duration().meta({ description: 'How long it stays open.' }),
        timeZone: timeZone()
          .default('UTC')
          .meta({ description: 'The time zone of the schedule. Default: UTC.' }),
      }),
      'name',
      20,
      'When the platform may change its tier. Replicas, and required capabilities without data, never wait. Default: at any time.',
    ).prefault([]),
    policies: listMap(
      z.strictObject({
        capability: z.enum(CAPABILITY_NAMES).meta({ description: 'The capability.' }),
        policy: z.enum(POLICIES).meta({
          description:
            'Auto: as soon as its tier is reached. Confirm: when the annotation leadplatform.io/confirm names it. Never: not by the operator.',
        }),
      }),
      'capability',
      CAPABILITY_NAMES.length,
      'Who decides, a capability at a time. Default: Confirm for what holds data, else Auto.',
    ).prefault([]),
    readyTimeout: duration().prefault('10m').meta({
      description:
        'A step of a transition that is not Ready after this long has failed: the platform is Stalled, the old side keeps serving, and onTimeout says what comes next. Default: 10m.',
    }),
    onTimeout: z.enum(['RollBack', 'Hold']).default('RollBack').meta({
      description:
        'RollBack: what was being made is taken away again, and the transition is tried again after retryAfter. Hold: it is left as it is, until it becomes Ready. Default: RollBack.',
    }),
    retryAfter: duration().prefault('10m').meta({
      description:
        'How long after a rollback the transition is tried again; twice as long after each further one, up to 6h. A changed spec is tried at once. Default: 10m.',
    }),
    hooks: Hooks.prefault([]),
    minReadyTime: duration().prefault('10s').meta({
      description:
        'How long a new replica must have been Ready without a break before the one that it replaces may go. Workers have no probe, so one that crashes looks Ready for a moment. Default: 10s.',
    }),
  })
  .meta({ description: 'When and with whose consent the platform changes its tier.' });
export type Transitions = z.output<typeof Transitions>;

export const Scaling = z
  .strictObject({
    promote: z
      .strictObject({
        sustainedFor: duration().prefault('48h').meta({
          description:
            'Leads/day must have stayed at a tier this long before the platform climbs to it. One large import stays in the trailing day for 24h, so less than that lets an import climb. Default: 48h.',
        }),
      })
      .prefault({})
      .meta({ description: 'Climbing.' }),
    demote: z
      .strictObject({
        lookback: duration().prefault('7d').meta({
          description:
            'The busiest day of this span decides a descent, so that a quiet weekend does not. Default: 7d.',
        }),
        margin: percent()
          .prefault('10%')
          .meta({ description: 'That day must be this far below the tier. Default: 10%.' }),
        wait: duration()
          .prefault('24h')
          .meta({ description: 'The least time between two tiers on the way down. Default: 24h.' }),
      })
      .prefault({})
      .meta({ description: 'Descending, one tier at a time.' }),
    health: z
      .strictObject({
        sustainedFor: duration().prefault('15m').meta({
          description: 'A signal must have been red this long before it raises the tier. Default: 15m.',
        }),
      })
      .prefault({})
      .meta({ description: 'What a red signal does.' }),
    floors: z.enum(['Prescribed', 'Measured']).default('Prescribed').meta({
      description:
        'Prescribed: a tier has at least the replicas that it names, also of all workers together. Measured: replicas follow the need; of a component there is at least one, or its replicas.min, which for workers may be 0, and two of the web side with multiple-app-servers. Default: Prescribed.',
    }),
    scaleDown: z
      .strictObject({
        window: duration().prefault('5m').meta({
          description:
            'Replicas of the web side go down to the most that was wanted in this span, once all of it has been seen. Workers by themselves follow their queue within 15s, or this span where it is shorter. Default: 5m.',
        }),
      })
      .prefault({})
      .meta({ description: 'Fewer replicas.' }),
  })
  .meta({ description: 'How fast the platform follows its load.' });
export type Scaling = z.output<typeof Scaling>;

export const Budgets = z
  .strictObject({
    viciApiCallsPerHour: count()
      .min(1)
      .default(1_000)
      .meta({ description: 'Calls to the API of Vici per hour that sync may make. Default: 1000.' }),
    databaseConnections: percent().prefault('80%').meta({
      description:
        'The share of the connections that the database allows which may be used, by everybody together. Default: 80%.',
    }),
  })
  .meta({ description: 'What the platform may take from its neighbours, however deep a queue is.' });
export type Budgets = z.output<typeof Budgets>;
