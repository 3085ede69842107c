/** Values that a field takes: the smallest one that is right, and ones drawn at random, most of them right. */
import { TIER_NAMES } from '../../../src/api/names.ts';
import { shortestText, someText } from './pattern.ts';
import { choiceOf, patternOf, type Schema } from './schema.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonMap = { readonly [key: string]: Json };

export const isMap = (value: Json | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the schema does not tell: words that mean something, by the name of the field. None leads out of the machine. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  schedule: ['*/5 * * * *', '0 2 * * *', '30 3 * * 1-5', '0 0 29 2 *'],
  cron: ['0 8 * * 1-5', '30 2 * * *', '0 0 29 2 *'],
  timeZone: ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Manila'],
  until: ['2090-12-01T06:00:00Z', '2020-01-01T00:00:00Z'],
  tier: TIER_NAMES,
  minTier: TIER_NAMES,
  maxTier: TIER_NAMES,
  component: ['all-in-one', 'ingest', 'sync', 'queue-default'],
  components: ['all-in-one', 'ingest', 'sync', 'queue-default'],
  host: ['127.0.0.1', 'nothing.invalid'],
  hosts: ['leads.invalid', '*.leads.invalid'],
  hostnames: ['leads.invalid', '*.leads.invalid'],
  url: ['http://127.0.0.1:9/metrics', 'https://nothing.invalid/health'],
  assetUrl: ['https://cdn.invalid/app'],
  sizeLimit: ['64Mi', '1Gi'],
  cpu: ['100m', '0.5', '1'],
  memory: ['64Mi', '128Mi', '1Gi'],
  table: ['leads', 'public.leads'],
  column: ['created_at'],
  version: ['8.19.0', '9.1.2'],
  image: ['registry.example/brain:1.4.0', 'registry.example/brain:1.5.0'],
};
/** Keys of a map, by its name; of others any word. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  requests: ['cpu', 'memory'],
  limits: ['cpu', 'memory'],
  nodeSelector: ['kubernetes.io/os', 'kubernetes.io/hostname'],
};
const NODE_LABELS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/os': ['linux'],
  'kubernetes.io/hostname': ['kwok-0'],
};
/** More than a request, whichever was drawn. */
const LIMITS: Readonly<Record<string, readonly string[]>> = { cpu: ['1', '2'], memory: ['1Gi', '2Gi'] };
/** Good as the value of a label, as the name of a variable, and as a word for a person. */
const PLAIN = ['a', 'Web', 'X1', 'leads', 'QUEUE_2'];

/** Which optional fields are given: more of them near the root. */
const OPTIONAL = [0.22, 0.4, 0.4, 0.35];

const nameOf = (path: readonly string[]): string => path.findLast((step) => /^\w/.test(step)) ?? '';

/** The least that this field takes: what is required, and nothing else. */
export function least(schema: Schema, path: readonly string[]): Json {
  if (schema.type === 'object') return leastMap(schema, path);
  if (schema.type === 'array') {
    const { items } = schema;
    const count = items === undefined ? 0 : (schema.minItems ?? 0);
    return items === undefined ? [] : entries(schema, count, () => least(items, [...path, '[]']));
  }
  return scalar(schema, path, () => 0);
}

function leastMap(schema: Schema, path: readonly string[]): JsonMap {
  const { properties = {}, required = [] } = schema;
  const choice = choiceOf(schema);
  const [first] = choice?.isNeeded === true ? choice.names : [];
  const names = [...required, ...(first === undefined ? [] : [first])];
  return Object.fromEntries(
    names.flatMap((name) => {
      const child = properties[name];
      return child === undefined ? [] : [[name, least(child, [...path, name])]];
    }),
  );
}

/** Drawn at random. Rules of more than one field are kept where the schema says them in a way that is known. */
export function some(schema: Schema, path: readonly string[], random: () => number): Json {
  if (schema.type === 'object') return someMap(schema, path, random);
  if (schema.type === 'array') {
    const { items } = schema;
    if (items === undefined) return [];
    const [low, high] = [schema.minItems ?? 0, Math.min(schema.maxItems ?? 4, 4)];
    const count = low + Math.floor(random() * (high - low + 1));
    return entries(schema, count, () => some(items, [...path, '[]'], random));
  }
  return scalar(schema, path, random);
}

function someMap(schema: Schema, path: readonly string[], random: () => number): JsonMap {
  const { properties, required = [], additionalProperties } = schema;
  if (properties === undefined) {
    const keys = KEYS[nameOf(path)] ?? PLAIN;
    return Object.fromEntries(
      keys
        .filter(() => additionalProperties !== undefined && random() < 0.5)
        .map((key) => [key, some(additionalProperties ?? {}, [...path, key], random)]),
    );
  }
  const choice = choiceOf(schema);
  const chosen = choice?.names[Math.floor(random() * choice.names.length)];
  const chance = OPTIONAL[Math.min(path.length, OPTIONAL.length - 1)] ?? 0;
  const isGiven = (name: string): boolean => {
    if (choice?.names.includes(name) === true) {
      return name === chosen && (choice.isNeeded || random() < 0.5);
    }
    return required.includes(name) || random() < chance;
  };
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => isGiven(name))
      .map(([name, child]) => [name, some(child, [...path, name], random)]),
  );
}

/** A list keeps one entry a key, where keys or entries must differ. */
export function entries(schema: Schema, count: number, entry: (index: number) => Json): readonly Json[] {
  const made = Array.from({ length: count }, (_, index) => entry(index));
  const [key] = schema['x-kubernetes-list-map-keys'] ?? [];
  const isSet = schema['x-kubernetes-list-type'] === 'set';
  if (key === undefined && !isSet) return made;
  const seen = new Set<string>();
  return made.filter((one) => {
    const text = JSON.stringify(key !== undefined && isMap(one) ? one[key] : one);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

function scalar(schema: Schema, path: readonly string[], random: () => number): Json {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  if (schema.enum !== undefined) return pick(schema.enum);
  switch (schema.type) {
    case 'boolean':
      return random() < 0.5;
    case 'integer':
    case 'number':
      return someNumber(schema, random);
    default:
      return someString(schema, path, random, pick);
  }
}

function someString(
  schema: Schema,
  path: readonly string[],
  random: () => number,
  pick: <T>(values: readonly T[]) => T,
): string {
  const name = nameOf(path);
  const parent = path.at(-2) ?? '';
  const known = (parent === 'limits' ? LIMITS[name] : undefined) ?? NODE_LABELS[name] ?? WORDS[name];
  const { minLength = 0, maxLength = Infinity } = schema;
  const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength;
  const pattern = patternOf(schema);
  const matches = (text: string): boolean => pattern === undefined || new RegExp(pattern).test(text);
  const right = (known ?? []).filter((text) => fits(text) && matches(text));
  if (right.length > 0) return pick(right);
  if (pattern === undefined) return pick(PLAIN).padEnd(minLength, 'x').slice(0, maxLength);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const text = someText(pattern, random);
    if (fits(text)) return text;
  }
  return shortestText(pattern);
}

/** Near the lower border most of the time: what is far from it is drawn by the fields at their borders. */
function someNumber(schema: Schema, random: () => number): number {
  const { minimum = 0, exclusiveMinimum = false, maximum = Infinity, type } = schema;
  const above = random() < 0.1 ? 30 : 4;
  const drawn = minimum + random() * above;
  const whole = type === 'integer' ? Math.floor(drawn) : Math.round(drawn * 100) / 100;
  return Math.min(maximum, exclusiveMinimum && whole <= minimum ? minimum + 1 : whole);
}
