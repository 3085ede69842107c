/** The platforms of a run: single fields at their borders, random whole ones, and ones that are right, wrong and right again. */
import { admit } from '../../../src/api/admit.ts';
import { uniform } from '../../../src/simulate/random.ts';
import { bordersOf } from './borders.ts';
import { KNOWN } from './known.ts';
import { PERMISSIONS } from './permissions.ts';
import { fieldsOf, pathText, type Schema } from './schema.ts';
import { base, randomSpec, type Stores, withField } from './specs.ts';
import type { Json, JsonMap } from './values.ts';

export type CaseKind = 'known' | 'field' | 'whole' | 'sequence';

export interface Case {
  /** Of the platform; no other begins with it. */
  readonly name: string;
  readonly kind: CaseKind;
  /** The field and what is so about its value. */
  readonly what: string;
  /** One spec; or one that works, a bad one, and the one that works again. */
  readonly specs: readonly [JsonMap] | readonly [JsonMap, JsonMap, JsonMap];
}

/** Of single fields: what is right by our own word. The others are refused, mostly by the API server, and show less. */
const ADMITTED = 0.7;

/** The mix of a run: what is known to have been wrong comes first, whatever the seed. */
export function casesOf(schema: Schema, stores: Stores, seed: number, count: number): readonly Case[] {
  const random = uniform(seed);
  const settings = settingsOf(schema, random);
  const known = KNOWN.slice(0, Math.floor(count / 4)).map(({ path, value, what }) => ({
    kind: 'known' as const,
    what: `${path.join('.')}: ${what}`,
    specs: [withField(schema, base(stores, random), path, value)] as const,
  }));
  const rest = count - known.length;
  const sequences = Math.round(rest * 0.16);
  const wholes = Math.round(rest * 0.28);
  const drawn = [
    ...known,
    ...fieldCases(schema, stores, random, settings, rest - sequences - wholes),
    ...Array.from({ length: wholes }, () => ({
      kind: 'whole' as const,
      what: 'drawn at random',
      specs: [randomSpec(schema, stores, random)] as const,
    })),
    ...sequencesOf(schema, stores, random, settings, sequences),
  ];
  return shuffled(drawn, random).map((one, index) => ({ ...one, name: nameOf(index) }));
}

/** Every twentieth as long as a name may be. */
function nameOf(index: number): string {
  const name = `f${String(index).padStart(4, '0')}x`;
  return index % 20 === 7 ? name.padEnd(34, 'y') : name;
}

type Unnamed = Omit<Case, 'name'>;

/** A field and a value of it. */
interface Setting {
  readonly path: readonly string[];
  readonly value: Json;
  readonly what: string;
}

/** Every field at every border, in an order of chance in which a field comes again only after most others. */
function settingsOf(schema: Schema, random: () => number): readonly Setting[] {
  const byField = fieldsOf(schema).map((field) =>
    shuffled(
      bordersOf(field).map(({ what, value }) => ({ path: field.path, what, value })),
      random,
    ),
  );
  const rounds = Math.max(...byField.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    shuffled(
      byField.flatMap((borders) => borders[round] ?? []),
      random,
    ),
  ).flat();
}

/** A ladder of one's own does not know the tiers of the other. */
function baseFor(path: readonly string[], stores: Stores, random: () => number): JsonMap {
  const { minTier, ...rest } = base(stores, random);
  return path[0] === 'tiers' || minTier === undefined ? rest : { ...rest, minTier };
}

/** The first of each sort, in the order in which they come. */
function fieldCases(
  schema: Schema,
  stores: Stores,
  random: () => number,
  settings: readonly Setting[],
  count: number,
): readonly Unnamed[] {
  const admitted = Math.round(count * ADMITTED);
  const taken = { admitted: 0, others: 0 };
  const cases: Unnamed[] = [];
  for (const { path, value, what } of settings) {
    if (cases.length >= count) break;
    const spec = bounded(withField(schema, baseFor(path, stores, random), path, value), path, value);
    const sort = admit({ spec }, PERMISSIONS).ok ? 'admitted' : 'others';
    if (taken[sort] >= (sort === 'admitted' ? admitted : count - admitted)) continue;
    taken[sort] += 1;
    cases.push({ kind: 'field', what: `${pathText(path)}: ${what}`, specs: [spec] });
  }
  return cases;
}

/** So many pods are work for a cluster and for minutes: what asks for thousands is decided about, and not made. */
const MOST_PODS = 300;
const isSize = (path: readonly string[]): boolean => /(?:^|\.)(?:min|replicas)$/.test(path.join('.'));

function bounded(spec: JsonMap, path: readonly string[], value: Json): JsonMap {
  const isHuge = isSize(path) && typeof value === 'number' && value > MOST_PODS;
  return isHuge ? { ...spec, mode: 'Recommend' } : spec;
}

/** What is wrong in a way that no rule of the CRD can see, beside what fields give at their borders. */
const UNSEEN: readonly (readonly [path: readonly string[], value: Json])[] = [
  [['callLogSync', 'hourly', 'schedule'], '0 0 30 2 *'],
  [['callLogSync', 'timeZone'], 'Mars/Olympus'],
  [['transitions', 'windows', '[]', 'timeZone'], 'Mars/Olympus'],
  [['limits', 'queueDepth'], { yellow: 2, red: 1 }],
  [['limits', 'cpu'], { yellow: '90%', red: '80%' }],
  [['tierPin'], { tier: 'cached', until: '2026-99-99T00:00:00Z' }],
  [['capabilities', 'environment'], { QUEUE_CONNECTION: 'no variable' }],
  [['podTemplate', 'containerSecurityContext'], { privileged: true }],
  [['podTemplate', 'serviceAccountName'], 'admin'],
];

function sequencesOf(
  schema: Schema,
  stores: Stores,
  random: () => number,
  settings: readonly Setting[],
  count: number,
): readonly Unnamed[] {
  const byKind = [
    () => UNSEEN[Math.floor(random() * UNSEEN.length)],
    () => {
      const known = KNOWN[Math.floor(random() * KNOWN.length)];
      return known === undefined ? undefined : ([known.path, known.value] as const);
    },
    () => {
      const setting = settings[Math.floor(random() * settings.length)];
      return setting === undefined ? undefined : ([setting.path, setting.value] as const);
    },
  ];
  return Array.from({ length: count }, (_, index) => {
    const [path, value] = byKind[index % byKind.length]?.() ?? [['image'], ''];
    // The same on both sides of it, or what comes back could not be told from what never went.
    const right = index % 4 === 3 ? randomSpec(schema, stores, random) : base(stores, random);
    const bad = bounded(withField(schema, right, path, value), path, value);
    return {
      kind: 'sequence',
      what: `${pathText(path)} = ${JSON.stringify(value)?.slice(0, 60)}, and back`,
      specs: [right, bad, right],
    };
  });
}

function shuffled<T>(all: readonly T[], random: () => number): readonly T[] {
  return all
    .map((one) => ({ one, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
