/** Where each signal comes from. A signal without a source is absent, never zero. */
import * as z from 'zod';
import { formatBytes, formatDuration } from '../quantity.ts';
import {
  type BandFacts,
  eachBanded,
  QUEUE_DEPTH_BAND,
  SCALAR_NAMES,
  SCALAR_SIGNALS,
  type ScalarName,
  type SignalUnit,
} from '../signals.ts';
import { timeZone } from './ladder.ts';
import { bytes, duration, durationFrom, percent, ruled, type Rule } from './primitives.ts';

const identifier = (fallback: string, what: string) =>
  z
    .string()
    .min(1)
    .max(127)
    .regex(
      /^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/,
      'must be a plain SQL identifier, optionally schema.name',
    )
    .default(fallback)
    .meta({ description: `${what} Default: ${fallback}.` });

const url = () =>
  z
    .string()
    .min(8)
    .max(2_000)
    .regex(/^https?:\/\/[^\s@]+$/, 'must be an http:// or https:// address without a user or password in it');

const unit = (allowed: readonly [string, ...string[]], fallback: string) =>
  z
    .enum(allowed)
    .default(fallback)
    .meta({ description: `The unit of the number that is read. Default: ${fallback}.` });

const every = (fallback: string) =>
  duration()
    .prefault(fallback)
    .meta({ description: `How often to read. Default: ${fallback}.` });

function http(units: readonly [string, ...string[]], fallback: string) {
  return z
    .strictObject({
      url: url().meta({ description: 'The address that answers with JSON. Redirects are not followed.' }),
      path: z
        .string()
        .min(1)
        .max(500)
        .regex(
          /^[^.\s]+(\.[^.\s]+)*$/,
          'must be names and list positions joined by dots, like data.queue_depth or items.0.value',
        )
        .meta({
          description:
            'The way to the number: names and list positions joined by dots, like data.queue_depth.',
        }),
      unit: unit(units, fallback),
      of: z.number().gt(0).max(1e15).optional().meta({
        description: 'What the number is a part of, to make it a percentage: MB of memory, number of cores.',
      }),
      interval: every('15s'),
    })
    .meta({
      description:
        'A number in the JSON answer of an HTTP endpoint, such as the health endpoint of the platform.',
    });
}

function prometheus(units: readonly [string, ...string[]], fallback: string) {
  return z
    .strictObject({
      url: url().meta({ description: 'The address of Prometheus, or of anything that speaks its HTTP API.' }),
      query: z.string().min(1).max(4_000).meta({
        description: 'A PromQL query that gives one number (a scalar, or a vector of one element).',
      }),
      unit: unit(units, fallback),
      interval: every('15s'),
    })
    .meta({ description: 'The result of a PromQL query. An empty result is unknown, not zero.' });
}

/** A signal has one source: its variants are optional siblings, at most one given. */
function oneOf<T extends Record<string, unknown>>(variants: readonly (keyof T & string)[]): Rule<T> {
  const given = variants.map((variant) => `(has(self.${variant}) ? 1 : 0)`).join(' + ');
  return {
    rule: `${given} <= 1`,
    message: `a signal has more than one source; keep one of ${variants.join(', ')}`,
    holds: (value) => variants.filter((variant) => value[variant] !== undefined).length <= 1,
  };
}

const TIME = ['ms', 's'] as const;

/** The units in which the outside may tell a signal, by its own; and which is meant where none is said. */
const OUTSIDE: Readonly<
  Record<
    SignalUnit,
    {
      readonly units: readonly [string, ...string[]];
      readonly prometheus: string;
      readonly http: string;
    }
  >
> = {
  count: { units: ['count'], prometheus: 'count', http: 'count' },
  ms: { units: TIME, prometheus: 's', http: 'ms' },
  B: { units: ['B', 'kB', 'MB', 'GB'], prometheus: 'B', http: 'B' },
  '%': { units: ['percent', 'ratio', 'MB', 'cores', 'B'], prometheus: 'percent', http: 'percent' },
};

/** The sources that every scalar signal may have. */
function outside(name: ScalarName) {
  const { units, ...fallback } = OUTSIDE[SCALAR_SIGNALS[name].unit];
  return {
    prometheus: prometheus(units, fallback.prometheus).optional(),
    http: http(units, fallback.http).optional(),
  };
}

const described = (name: ScalarName) => ({ description: SCALAR_SIGNALS[name].description });

/** How leads are counted in Postgres; shared by every signal that counts them. */
const LeadsTable = z.strictObject({
  table: identifier('leads', 'The table of leads, schema-qualified where needed.'),
  column: identifier(
    'created_at',
    'The column with the instant at which a lead was created, of type timestamptz or timestamp.',
  ),
  timeZone: timeZone().default('UTC').meta({
    description:
      'The time zone in which the application writes a column of type timestamp, like America/New_York: app.timezone of Laravel. A timestamptz needs none. Default: UTC.',
  }),
});

/** A signal that is told from outside alone. */
const External = (name: ScalarName) =>
  ruled(z.strictObject(outside(name)), described(name), oneOf(['prometheus', 'http'])).prefault({});

export const LeadsPerDay = ruled(
  z.strictObject({
    postgres: LeadsTable.extend({
      window: duration().prefault('24h').meta({
        description:
          'The length of a day. The number of leads in the last such window is taken as leads/day as it stands; shorter than 24h only to rehearse in compressed time. Default: 24h.',
      }),
      interval: duration().prefault('5m').meta({
        description:
          'How often the exact, bounded count runs; between two counts the cheap insert rate is added. Default: 5m.',
      }),
      rateInterval: duration()
        .prefault('15s')
        .meta({ description: 'How often the cheap insert rate is read from the statistics. Default: 15s.' }),
      statementTimeout: duration()
        .prefault('5s')
        .meta({ description: 'After this long the server ends a query. Default: 5s.' }),
    })
      .optional()
      .meta({
        description:
          'Count the leads in the Postgres of the platform. Default where stores.postgres is given and no other source is.',
      }),
    ...outside('leadsPerDay'),
  }),
  described('leadsPerDay'),
  oneOf(['postgres', 'prometheus', 'http']),
);

const LeadsPerMinute = ruled(
  z.strictObject({
    postgres: LeadsTable.extend({ interval: every('15s') })
      .optional()
      .meta({
        description:
          'Count the leads of the last minute. Default where stores.postgres is given and no other source is.',
      }),
    ...outside('leadsPerMinute'),
  }),
  described('leadsPerMinute'),
  oneOf(['postgres', 'prometheus', 'http']),
);

const LeadsTotal = ruled(
  z.strictObject({
    postgres: z
      .strictObject({ table: identifier('leads', 'The table of leads.'), interval: every('15m') })
      .optional()
      .meta({
        description:
          "Read the planner's estimate of the table's rows, which visits none of them. Default where stores.postgres is given.",
      }),
    ...outside('leadsTotal'),
  }),
  described('leadsTotal'),
  oneOf(['postgres', 'prometheus', 'http']),
);

const ActiveLeads = ruled(
  z.strictObject({
    postgres: z
      .strictObject({
        table: identifier('leads', 'The table of leads.'),
        condition: z.string().min(1).max(1_000).meta({
          description:
            "The SQL condition that makes a lead active, like status = 'active'. It runs read-only, with a time-out, and only as a role that may do nothing but read: no superuser, and none that may write into the table. Give it an index.",
        }),
        interval: every('15m'),
      })
      .optional()
      .meta({ description: 'Count the rows for which a condition holds.' }),
    ...outside('activeLeads'),
  }),
  described('activeLeads'),
  oneOf(['postgres', 'prometheus', 'http']),
);

const DatabaseSize = ruled(
  z.strictObject({
    postgres: z
      .strictObject({ interval: every('15m') })
      .optional()
      .meta({ description: 'Ask pg_database_size. Default where stores.postgres is given.' }),
    ...outside('databaseSize'),
  }),
  described('databaseSize'),
  oneOf(['postgres', 'prometheus', 'http']),
);

const DatabaseConnections = ruled(
  z.strictObject({
    postgres: z
      .strictObject({ interval: every('15s') })
      .optional()
      .meta({
        description:
          'Count the client connections, and read how many the server allows. Default where stores.postgres is given.',
      }),
  }),
  { description: 'Connections used and allowed: the budget that bounds every component.' },
);

export const QueueDepth = z
  .strictObject({
    redis: z
      .strictObject({
        prefix: z.string().max(200).default('laravel-database-').meta({
          description:
            "The key prefix of the application's Redis connection (laravel_database_ up to skeleton 12.0). Default: laravel-database-.",
        }),
        clusterNames: z.boolean().default(false).meta({
          description:
            'Queue names are written in braces, as Laravel does on a Redis Cluster; workers are started with them, too. Default: false.',
        }),
        interval: every('1s'),
      })
      .optional()
      .meta({
        description:
          "Read Laravel's queues from Redis: ready, in flight, delayed, and the age of the oldest job. Default where stores.redis is given.",
      }),
    rabbitmq: z
      .strictObject({ interval: every('2s') })
      .optional()
      .meta({
        description:
          'Read the queues from RabbitMQ, at stores.rabbitmq, instead of from Redis. Default once message-queue has moved them there.',
      }),
  })
  .meta({ description: 'The depth of every queue of components.' });

const ResponseTime = ruled(
  z.strictObject({
    redis: z
      .strictObject({
        key: z
          .string()
          .min(1)
          .max(200)
          .default('last_api_response_time')
          .meta({ description: 'The cache key. Default: last_api_response_time.' }),
        prefix: z.string().max(200).default('laravel-database-laravel-cache-').meta({
          description: 'Redis prefix and cache prefix, joined. Default: laravel-database-laravel-cache-.',
        }),
        database: z
          .int()
          .min(0)
          .max(15)
          .default(1)
          .meta({ description: 'The database number of the cache. Default: 1.' }),
        unit: unit(TIME, 'ms'),
        interval: every('5s'),
      })
      .optional()
      .meta({
        description:
          'Read the cache key in which the application leaves its last response time, stored raw or PHP-serialised.',
      }),
    ...outside('responseTime'),
  }),
  described('responseTime'),
  oneOf(['redis', 'prometheus', 'http']),
);

const usage = (field: 'cpu' | 'memory') =>
  ruled(
    z.strictObject({
      kubernetes: z
        .strictObject({ interval: every('30s') })
        .optional()
        .meta({
          description: `Ask the metrics API for the platform's own pods: per cent of the ${field} limit, else of the request. Default.`,
        }),
      ...outside(field),
    }),
    described(field),
    oneOf(['kubernetes', 'prometheus', 'http']),
  );

/** Those that have a source of their own. */
const OWN = {
  leadsPerDay: LeadsPerDay.prefault({}),
  leadsPerMinute: LeadsPerMinute.prefault({}),
  leadsTotal: LeadsTotal.prefault({}),
  activeLeads: ActiveLeads.prefault({}),
  databaseSize: DatabaseSize.prefault({}),
  databaseConnections: DatabaseConnections.prefault({}),
  queueDepth: QueueDepth.prefault({}),
  responseTime: ResponseTime.prefault({}),
  cpu: usage('cpu').prefault({}),
  memory: usage('memory').prefault({}),
};
const EXTERNAL = Object.fromEntries(
  SCALAR_NAMES.filter((name) => !Object.hasOwn(OWN, name)).map((name) => [name, External(name)]),
) as Readonly<Record<Exclude<ScalarName, keyof typeof OWN>, ReturnType<typeof External>>>;

/** A poll takes its time: with less, each reading would be unknown for a moment before the next one. */
const LEAST_STALE_AFTER_MS = 1_000;

export const Signals = z
  .strictObject({
    ...OWN,
    ...EXTERNAL,
    staleAfter: durationFrom(LEAST_STALE_AFTER_MS).prefault('2m').meta({
      description:
        'A reading older than this, beyond one and a half intervals of its source, is unknown. At least a second. Default: 2m.',
    }),
  })
  .meta({
    description: 'Where each signal comes from. With stores given, all that can be read from them is read.',
  });
export type Signals = z.output<typeof Signals>;

/** How a value of a band is given, and how its default is written. */
const BAND_VALUES: Readonly<
  Record<SignalUnit, { readonly value: () => z.ZodType<number>; readonly write: (value: number) => string }>
> = {
  count: { value: () => z.number().min(0).max(1e15), write: String },
  B: { value: bytes, write: (value) => formatBytes(value).replace(' ', '') },
  ms: { value: duration, write: formatDuration },
  '%': { value: percent, write: (value) => `${value}%` },
};

function band({ yellow, red, description }: BandFacts, unit: SignalUnit) {
  const { value, write } = BAND_VALUES[unit];
  return (
    z
      .strictObject({
        yellow: value().meta({
          description: `From here on the signal is yellow. Default: ${write(yellow)}.`,
        }),
        red: value().meta({
          description: `Beyond this the signal is red; the border itself is still yellow. Default: ${write(red)}.`,
        }),
      })
      // Durations and sizes are text to the API server, so this rule is checked by the operator and by `plan` alone.
      .refine((limit) => limit.yellow <= limit.red, {
        message: 'yellow is above red; make yellow at most red',
      })
      .optional()
      .meta({ description })
  );
}

const { leadsPerDay, apiCallsPerHour, databaseSize, ...others } = eachBanded(band);

/** The health bands, overridden one signal at a time. Defaults are the ladder's. */
export const Limits = z
  .strictObject({
    // What comes in and lies there, then how well it is done.
    ...{ leadsPerDay, apiCallsPerHour, databaseSize },
    queueDepth: band(QUEUE_DEPTH_BAND, 'count'),
    ...others,
  })
  .meta({ description: 'The health bands: green below yellow, red above red. A band is given whole.' });
export type Limits = z.output<typeof Limits>;
