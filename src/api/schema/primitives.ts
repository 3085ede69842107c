/** The small words of the schema: strings and numbers with limits that make CEL rules affordable and messages exact. */
import * as z from 'zod';
import {
  BYTES_PATTERN,
  DURATION_PATTERN,
  PERCENT_PATTERN,
  parseBytes,
  parseDuration,
  parsePercent,
} from '../quantity.ts';

/** What the structural schema of a CRD may carry beside JSON Schema; the CRD generator passes it through. */
export type KubernetesMeta = {
  description?: string;
  'x-kubernetes-validations'?: readonly CelRule[];
  'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-int-or-string'?: boolean;
  maxProperties?: number;
};

export interface CelRule {
  rule: string;
  /** A sentence: what is wrong, and what would be right. */
  message: string;
  /** The field that it is about, like `.volumeMounts`; left out: the whole of what has the rule. */
  fieldPath?: string;
  reason?: string;
}

/**
 * Ten years. Whoever writes more means "for ever", and an instant so far away is none that could be written: dates end, and
 * Kubernetes counts seconds in 32 bits at places.
 */
const LONGEST_DURATION_MS = parseDuration('3650d');

/** A duration in the manifest, milliseconds in the code: at most ten years, which stand for anything longer. */
export const duration = () =>
  z
    .string()
    .min(2)
    .max(40)
    .regex(DURATION_PATTERN, 'must be a duration like 250ms, 90s, 1h30m or 7d')
    .transform((text) => Math.min(parseDuration(text), LONGEST_DURATION_MS));

/** A duration that counts as so many milliseconds at the least, whatever is written. */
export const durationFrom = (leastMs: number) => duration().transform((ms) => Math.max(leastMs, ms));

/** A size in the manifest, bytes in the code. */
export const bytes = () =>
  z
    .string()
    .min(1)
    .max(24)
    .regex(BYTES_PATTERN, 'must be a size like 12GB, 500MB or 10Gi')
    .transform(parseBytes);

/** A percentage in the manifest, 0–100 in the code. */
export const percent = () =>
  z
    .string()
    .min(2)
    .max(12)
    .regex(PERCENT_PATTERN, 'must be a percentage like 80%, from 0% to 100%')
    .transform(parsePercent);

/** A DNS label short enough that `<platform>-<name>` children still fit where Kubernetes allows 63 characters. */
export const shortName = () =>
  z
    .string()
    .min(1)
    .max(40)
    .regex(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      'must be lower-case letters, digits and dashes, like call-events',
    );

/** The name of another object of this namespace (a Secret, a ConfigMap, a Service): a DNS subdomain. */
export const objectName = () =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
      'must be the name of an object of this namespace',
    );

/** A key inside a Secret or ConfigMap. Kubernetes keeps names with two dots first for itself. */
export const dataKey = () =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(
      /^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$/,
      'must be a key: letters, digits, dashes, dots and underscores, without two dots first',
    );

/** The name of a queue as Laravel writes it. */
export const queueName = () =>
  z
    .string()
    .min(1)
    .max(100)
    .regex(
      /^[A-Za-z0-9]([-_.:A-Za-z0-9]*[A-Za-z0-9])?$/,
      'must be a queue name: letters, digits, and -_.: between them',
    );

/** A path of the application, as a probe or the dialer asks for it. */
export const urlPath = () =>
  z
    .string()
    .min(1)
    .max(500)
    .regex(/^\/\S*$/, 'must be a path that begins with a slash, like /up');

/** A count of things, 0 up to `max`. */
export const count = (max = 1_000_000_000) => z.int().min(0).max(max);

/** A positive rate or factor. */
export const positive = (max = 1_000_000) => z.number().gt(0).max(max);

/** A map of names to values, such as labels. It is bounded, because rules on its values are costed by its size. */
export function textMap<T extends z.ZodType>(key: z.ZodString, value: T, most: number, description: string) {
  return z
    .record(key, value)
    .refine((map) => Object.keys(map).length <= most, { message: `has more than ${most} entries` })
    .meta({ description, maxProperties: most } satisfies KubernetesMeta);
}

/** A list in which nothing stands twice. The API server refuses that in words of its own; offline this does. */
export const textSet = <T extends z.ZodType>(item: T, most: number) =>
  z
    .array(item)
    .max(most)
    .refine((entries) => new Set(entries).size === entries.length, {
      message: 'names the same twice; keep one of them',
    });

/**
 * A list merged by key under server-side apply. The API server refuses two entries with one key in words of its own;
 * offline `twice` does. An empty one leaves it to a rule that says more.
 */
export function listMap<T extends z.ZodType>(
  item: T,
  key: string,
  max: number,
  description: string,
  twice = `has two entries of the same ${key}; keep one of them`,
) {
  const keys = (entries: readonly unknown[]) =>
    new Set(entries.map((entry) => (entry as Readonly<Record<string, unknown>>)[key]));
  return z
    .array(item)
    .max(max)
    .refine((entries) => twice === '' || keys(entries).size === entries.length, { message: twice })
    .meta({
      description,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': [key],
    } satisfies KubernetesMeta);
}

/**
 * A rule that needs more than one field. The API server checks `rule` (CEL), everything offline checks `holds`; both say
 * the same `message`, a sentence with what is wrong and what would be right. Schema tests run both on the same cases.
 */
export interface Rule<T> extends CelRule {
  holds: (value: T) => boolean;
}

/** Adds a description and rules to a schema, for the API server and for offline validation at once. */
export function ruled<S extends z.ZodType>(
  schema: S,
  meta: KubernetesMeta,
  ...rules: readonly Rule<z.output<S>>[]
): S {
  let refined: S = schema;
  for (const { holds, message, fieldPath } of rules) {
    const path = fieldPath?.split('.').slice(1);
    refined = refined.refine((value) => holds(value), { message, ...(path !== undefined && { path }) });
  }
  const validations = rules.map(({ holds: _holds, ...celRule }) => celRule);
  return refined.meta(
    validations.length > 0 ? { ...meta, 'x-kubernetes-validations': validations } : { ...meta },
  );
}

/** A queue's name as part of an object's name: lower case, with dashes for what Kubernetes does not allow. */
export function queueSlug(queue: string): string {
  return queue.toLowerCase().replace(/[^a-z0-9-]/g, '-');
}
