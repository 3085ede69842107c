/** Whole specs: a base that works, one field of it set to a value, and ones drawn at random. */
import { admit } from '../../../src/api/admit.ts';
import { PERMISSIONS } from './permissions.ts';
import { choiceOf, type Schema } from './schema.ts';
import { isMap, type Json, type JsonMap, least, some } from './values.ts';

/** Where the stores of most platforms are. */
export interface Stores {
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string };
  readonly redis: { readonly host: string; readonly port: number };
  /** The Secret with the user and the password of Postgres. */
  readonly secret: string;
  readonly table: string;
  readonly prefix: string;
}

export const IMAGE = 'registry.example/brain:1.4.0';

/** Nobody listens there. */
const NOWHERE = { host: '127.0.0.1', port: 9 } as const;

/** Tiers that a base stands on: fields of queues, workers and capabilities mean nothing below them. */
const TIERS = [undefined, undefined, 'separated', 'balanced', 'full-microservices'] as const;

/** A spec that works. The stores of one in ten answer nothing, and one in twenty has none. */
export function base(stores: Stores, random: () => number): JsonMap {
  const minTier = TIERS[Math.floor(random() * TIERS.length)];
  const drawn = random();
  const { postgres, redis, secret, table, prefix } = stores;
  const isSilent = drawn < 0.1;
  return {
    image: IMAGE,
    ...(minTier !== undefined && { minTier }),
    ...(drawn >= 0.05 && {
      stores: {
        postgres: {
          ...postgres,
          secretRef: { name: secret },
          tls: { mode: 'Disable' },
          ...(isSilent && NOWHERE),
        },
        redis: { ...redis, ...(isSilent && NOWHERE) },
      },
    }),
    signals: { leadsPerDay: { postgres: { table } }, queueDepth: { redis: { prefix } } },
    transitions: { minReadyTime: '1s' },
  };
}

/** The base with one field set: what encloses it has what it requires, and no alternative to it. */
export function withField(schema: Schema, spec: JsonMap, path: readonly string[], value: Json): JsonMap {
  const placed = placedAt(schema, [], path, value, spec);
  return isMap(placed) ? placed : spec;
}

function placedAt(
  schema: Schema,
  at: readonly string[],
  rest: readonly string[],
  value: Json,
  before: Json | undefined,
): Json {
  const [step, ...further] = rest;
  if (step === undefined) return value;
  const here = [...at, step];
  const within = (child: Schema, old: Json | undefined): Json => placedAt(child, here, further, value, old);
  if (step === '[]') return [within(schema.items ?? {}, undefined)];
  if (step === '{}') return { a: within(schema.additionalProperties ?? {}, undefined) };
  const { properties = {} } = schema;
  const alternatives = choiceOf(schema)?.names ?? [];
  const required = least(schema, at);
  const kept = Object.entries({ ...(isMap(required) && required), ...(isMap(before) && before) }).filter(
    ([name]) => !(alternatives.includes(step) && alternatives.includes(name)),
  );
  const old = isMap(before) ? before[step] : undefined;
  return { ...Object.fromEntries(kept), [step]: within(properties[step] ?? {}, old) };
}

/**
 * Drawn at random over the whole schema, above a base. What `admit` finds wrong is left out again, nine times of ten, so that
 * most of them are right.
 */
export function randomSpec(schema: Schema, stores: Stores, random: () => number): JsonMap {
  const drawn = some(schema, [], random);
  const merged = merge(schema, base(stores, random), isMap(drawn) ? drawn : {});
  const spec = ordered(merged);
  return random() < 0.9 ? repaired(spec) : spec;
}

/** What was drawn over the base; the stores of the base win, or hardly any platform would be measured. */
function merge(schema: Schema, under: JsonMap, over: JsonMap): JsonMap {
  const alternatives = choiceOf(schema)?.names ?? [];
  const isDropped = (name: string) =>
    alternatives.includes(name) &&
    Object.keys(under).some((given) => given !== name && alternatives.includes(given));
  const kept = Object.entries(over).filter(([name]) => !isDropped(name));
  const merged = kept.map(([name, value]): [string, Json] => {
    const below = under[name];
    const child = schema.properties?.[name] ?? {};
    return [
      name,
      below === undefined ? value : isMap(below) && isMap(value) ? merge(child, below, value) : below,
    ];
  });
  return { ...under, ...Object.fromEntries(merged) };
}

/** The lowest tier of a ladder starts at 0, each at a load of its own; a tier that is named is one of it. */
function ordered(spec: JsonMap): JsonMap {
  const { tiers } = spec;
  if (!Array.isArray(tiers)) return spec;
  const named = (tiers as readonly Json[]).map((tier, index) => ({
    ...(isMap(tier) ? tier : {}),
    name: `tier-${index}`,
    fromLeadsPerDay: index * 1_000,
  }));
  const highest = `tier-${named.length - 1}`;
  return {
    ...spec,
    tiers: named,
    ...(spec['minTier'] !== undefined && { minTier: highest }),
    ...(spec['maxTier'] !== undefined && { maxTier: highest }),
    ...(isMap(spec['tierPin']) && { tierPin: { ...spec['tierPin'], tier: 'tier-0' } }),
  };
}

/** Whatever a problem names is left out: the field, and where it is required what holds it. */
function repaired(spec: JsonMap): JsonMap {
  let current: JsonMap = spec;
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const admission = admit({ spec: current }, PERMISSIONS);
    if (admission.ok) return current;
    const [problem] = admission.problems;
    const steps = (problem?.path ?? '').split(/[.[\]]+/).filter((step) => step !== '' && step !== 'spec');
    // A rule about the spec as a whole names no field: those of tiers are what it is about.
    if (steps.length === 0) {
      const { minTier: _, maxTier: __, tierPin: ___, ...rest } = current;
      current = rest;
      continue;
    }
    // Half of the way up at the third try: what is missing inside goes with what it is missing in.
    const depth = Math.max(1, steps.length - Math.floor(attempt / 3));
    current = leftOut(current, steps.slice(0, depth)) as JsonMap;
  }
  return current;
}

function leftOut(value: Json, [step, ...rest]: readonly string[]): Json {
  if (step === undefined) return value;
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    return rest.length === 0
      ? list.filter((_, index) => index !== Number(step))
      : list.map((one, index) => (index === Number(step) ? leftOut(one, rest) : one));
  }
  if (!isMap(value)) return value;
  if (rest.length === 0) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== step));
  const child = value[step];
  return child === undefined ? value : { ...value, [step]: leftOut(child, rest) };
}
