/**
 * Questions to the things themselves: a gate never opens on our word alone. A capability asks by giving the question;
 * the operator puts it at an interval and hands the answer to the next pass.
 */
import type { PostgresStore, RabbitmqStore, RedisStore } from '../api/schema/stores.ts';
import type { Instant } from '../model/reading.ts';

/** What a Redis says of itself, and of queues in it. */
export interface RedisFacts {
  readonly version: string;
  /** `maxmemory-policy`; undefined where the user may not ask. */
  readonly evictionPolicy?: string;
  /** Jobs outlive a restart: an append-only file, or snapshots. Undefined where the user may not ask. */
  readonly isPersistent?: boolean;
  /** By queue, all of it: `latest` is when the last delayed job comes due. */
  readonly queues: Readonly<
    Record<
      string,
      {
        readonly ready: number;
        readonly inFlight: number;
        readonly delayed: number;
        readonly latest?: Instant;
      }
    >
  >;
  /** Why empty queues cannot be believed, as a sentence: nothing shows that the prefix is that of the application. */
  readonly doubt?: string;
}

/** What a RabbitMQ has in queues. It does not tell when a job that waits comes due. */
export interface RabbitmqFacts {
  readonly queues: Readonly<
    Record<string, { readonly ready: number; readonly inFlight: number; readonly delayed: number }>
  >;
}

/** The rows of a query that reads catalogs alone. */
export interface PostgresFacts {
  readonly rows: readonly Readonly<Record<string, string | number | boolean | null>>[];
}

/** The answer of an HTTP endpoint that says JSON. `body` is left out where any answer will do. */
export interface HttpFacts {
  readonly status: number;
  readonly body?: unknown;
}

/** What Laravel Horizon measured. */
export interface HorizonFacts {
  /** There are keys of it. */
  readonly isFound: boolean;
  /** Figures are as old as that. */
  readonly lastSnapshotAt?: Instant;
  /** Of the queues that it has two snapshots of: jobs a minute, and how long one ran, in milliseconds, where there were any. */
  readonly queues: Readonly<Record<string, { readonly perMinute: number; readonly runtime?: number }>>;
}

interface ProbeBase {
  /** Names the question within the platform, like `redis-cache/server`; the answer has the same. */
  readonly id: string;
  /** Something hangs on the answer for as long as the platform runs: it is asked as often as while a step waits for it. */
  readonly isConstant?: boolean;
}

export interface RedisProbe extends ProbeBase {
  readonly kind: 'redis';
  readonly store: RedisStore;
  /** Where the spec names the store, for the sentences about it. Default: `spec.stores.redis`. */
  readonly field?: string;
  /** Queues to look into, under the prefix of the application. */
  readonly queues?: {
    readonly prefix: string;
    readonly clusterNames: boolean;
    readonly names: readonly string[];
  };
}

export interface RabbitmqProbe extends ProbeBase {
  readonly kind: 'rabbitmq';
  readonly store: RabbitmqStore;
  readonly queues: readonly string[];
}

export interface PostgresProbe extends ProbeBase {
  readonly kind: 'postgres';
  readonly store: PostgresStore;
  /** One statement, read-only, of few rows. Parameters as `$1`. */
  readonly query: string;
  readonly parameters?: readonly (string | number)[];
}

export interface HttpProbe extends ProbeBase {
  readonly kind: 'http';
  readonly url: string;
  /**
   * Whatever it says, also that it has no such page, is an answer; what it says is not read, and its certificate not
   * verified: those that browsers trust are not known here. An error of the server (5xx) is none.
   */
  readonly acceptsAnything?: boolean;
  /** HTTP basic authentication, from a Secret of the platform's namespace. */
  readonly basicAuth?: {
    readonly secret: string;
    readonly userKey?: string;
    readonly user?: string;
    readonly passwordKey: string;
  };
  /** The credential may go to an address without TLS, because the spec says so. */
  readonly mayBeInClear?: boolean;
  /** The CA that the server is verified against, from a Secret. */
  readonly ca?: { readonly secret: string; readonly key: string };
}

export interface HorizonProbe extends ProbeBase {
  readonly kind: 'horizon';
  readonly store: RedisStore;
  /** Left out: that of the store. */
  readonly database?: number;
  readonly prefix: string;
  readonly queues: readonly string[];
}

export type Probe = RedisProbe | RabbitmqProbe | PostgresProbe | HttpProbe | HorizonProbe;

interface FactsByKind {
  readonly redis: RedisFacts;
  readonly rabbitmq: RabbitmqFacts;
  readonly postgres: PostgresFacts;
  readonly http: HttpFacts;
  readonly horizon: HorizonFacts;
}

export type FactsOf<A extends Probe> = FactsByKind[A['kind']];

/** What came back, and when it did. */
export type ProbeResult<Facts = FactsByKind[keyof FactsByKind]> =
  | { readonly at: Instant; readonly facts: Facts }
  /** `message` is a sentence for a person and holds no secret. */
  | { readonly at: Instant; readonly unknown: string; readonly message: string };
