/** What a single field takes at its borders, and what lies just outside of them. */
import { longestText, shortestText } from './pattern.ts';
import { choiceOf, type Field, patternOf, type Schema } from './schema.ts';
import { entries, isMap, type Json, least } from './values.ts';

export interface Border {
  /** `longest`, `an empty map`: what is so about the value. */
  readonly what: string;
  readonly value: Json;
}

/** Longer lists and texts show nothing that these do not, and fill the logs. */
const MOST_CHARACTERS = 40_000;

export function bordersOf(field: Field): readonly Border[] {
  return [{ what: 'null', value: null }, ...ofItsType(field), ...ofOtherTypes(field.schema)];
}

function ofItsType({ path, schema }: Field): readonly Border[] {
  switch (schema.type) {
    case 'object':
      return schema.properties === undefined ? mapBorders(schema, path) : objectBorders(schema, path);
    case 'array':
      return arrayBorders(schema, path);
    case 'string':
      return textBorders(schema);
    case 'integer':
    case 'number':
      return numberBorders(schema);
    case 'boolean':
      return [
        { what: 'true', value: true },
        { what: 'false', value: false },
      ];
    default:
      // int-or-string: a quantity.
      return ['0', '1', 0, 1, '9999999999E', '-1', -1, 'much', ''].map((value) => ({
        what: `quantity ${JSON.stringify(value)}`,
        value,
      }));
  }
}

function ofOtherTypes({ type }: Schema): readonly Border[] {
  const others: readonly Border[] = [
    { what: 'a map in its place', value: {} },
    { what: 'a list in its place', value: [] },
    { what: 'a list of a map in its place', value: [{}] },
    { what: 'a text in its place', value: 'x' },
    { what: 'a number in its place', value: 1 },
    { what: 'a truth in its place', value: true },
  ];
  const typeOf = (value: Json): Schema['type'] =>
    Array.isArray(value) ? 'array' : (typeof value as Schema['type']);
  const own = type === 'integer' ? 'number' : type;
  return others.filter(({ value }) => type !== undefined && typeOf(value) !== own);
}

function textBorders(schema: Schema): readonly Border[] {
  if (schema.enum !== undefined) {
    const words = schema.enum.map((value) => ({ what: `the word ${value}`, value }));
    return [...words, { what: 'another word', value: 'Other' }, { what: 'empty', value: '' }];
  }
  const { minLength = 0, maxLength = MOST_CHARACTERS } = schema;
  const pattern = patternOf(schema);
  const most = Math.min(maxLength, MOST_CHARACTERS);
  const longest = pattern === undefined ? 'x'.repeat(most) : longestText(pattern, most);
  const shortest = pattern === undefined ? 'x'.repeat(minLength) : shortestText(pattern);
  return [
    { what: 'empty', value: '' },
    { what: 'shortest', value: shortest },
    { what: 'longest', value: longest },
    { what: 'too long', value: longest.padEnd(most + 1, longest.at(-1) ?? 'x') },
    { what: 'a space', value: ' ' },
    { what: 'letters of other scripts', value: 'Приём-リード' },
    { what: 'a line break and a zero', value: 'a\nb\u0000' },
  ];
}

function numberBorders(schema: Schema): readonly Border[] {
  const { minimum, maximum, exclusiveMinimum = false, type } = schema;
  const borders: Border[] = [{ what: 'zero', value: 0 }];
  if (minimum !== undefined) {
    borders.push({ what: 'least', value: minimum }, { what: 'below the least', value: minimum - 1 });
    borders.push({ what: 'above the least', value: minimum + (exclusiveMinimum ? 1e-6 : 1) });
  }
  if (maximum !== undefined) {
    borders.push({ what: 'most', value: maximum }, { what: 'above the most', value: maximum + 1 });
  }
  if (type === 'integer') borders.push({ what: 'a fraction', value: 1.5 });
  return borders;
}

function objectBorders(schema: Schema, path: readonly string[]): readonly Border[] {
  const { properties = {} } = schema;
  const every = Object.fromEntries(
    Object.entries(properties).map(([name, child]) => [name, least(child, [...path, name])]),
  );
  const empty = Object.fromEntries(
    Object.entries(properties).map(([name, child]) => [name, child.type === 'object' ? {} : null]),
  );
  const smallest = least(schema, path);
  const names = choiceOf(schema)?.names ?? [];
  return [
    { what: 'an empty map', value: {} },
    { what: 'what is required', value: smallest },
    { what: 'everything at once', value: every },
    { what: 'everything empty', value: empty },
    { what: 'an unknown field', value: { ...(isMap(smallest) ? smallest : {}), nosuch: 1 } },
    ...names.map((name) => ({
      what: `${name} and nothing of the others`,
      value: { ...(isMap(smallest) ? without(smallest, names) : {}), [name]: every[name] ?? null },
    })),
  ];
}

const without = (map: Readonly<Record<string, Json>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(map).filter(([name]) => !names.includes(name)));

function mapBorders(schema: Schema, path: readonly string[]): readonly Border[] {
  const { maxProperties = 10, additionalProperties } = schema;
  const value = additionalProperties === undefined ? 'x' : least(additionalProperties, [...path, '{}']);
  const ofSize = (size: number) =>
    Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, value]));
  return [
    { what: 'an empty map', value: {} },
    { what: 'a key', value: { a: value } },
    { what: 'an empty key', value: { '': value } },
    { what: 'a key with a blank', value: { 'a b': value } },
    { what: 'a long key', value: { ['k'.repeat(400)]: value } },
    { what: 'a key that every object has', value: { constructor: value, toString: value } },
    { what: 'a key without a value', value: { a: null } },
    { what: 'as many keys as may be', value: ofSize(maxProperties) },
    { what: 'a key too many', value: ofSize(maxProperties + 1) },
  ];
}

function arrayBorders(schema: Schema, path: readonly string[]): readonly Border[] {
  const { items = {}, maxItems = 20 } = schema;
  const entry = least(items, [...path, '[]']);
  const ofSize = (size: number) => entries(schema, size, (index) => distinct(schema, items, entry, index));
  return [
    { what: 'an empty list', value: [] },
    { what: 'one', value: [entry] },
    { what: 'an entry that is empty', value: [items.type === 'object' ? {} : ''] },
    { what: 'an entry that is null', value: [null] },
    { what: 'one twice', value: [entry, entry] },
    { what: 'as many as may be', value: ofSize(maxItems) },
    { what: 'one too many', value: ofSize(maxItems + 1) },
  ];
}

/** The entry under a key of its own, where the list has keys. */
function distinct(list: Schema, items: Schema, entry: Json, index: number): Json {
  const [key] = list['x-kubernetes-list-map-keys'] ?? [];
  if (key !== undefined && isMap(entry)) {
    const schema = items.properties?.[key];
    return { ...entry, [key]: nth(schema ?? {}, index), ...(key === 'name' && loadOf(items, index)) };
  }
  return list['x-kubernetes-list-type'] === 'set' ? nth(items, index) : entry;
}

/** Tiers of one ladder begin at loads of their own. */
const loadOf = ({ properties = {} }: Schema, index: number) =>
  properties['fromLeadsPerDay'] === undefined ? {} : { fromLeadsPerDay: index };

function nth(schema: Schema, index: number): string {
  if (schema.enum !== undefined) return schema.enum[index % schema.enum.length] ?? '';
  const pattern = patternOf(schema);
  const plain = `k${index}`;
  return pattern === undefined || new RegExp(pattern).test(plain) ? plain : `/k${index}`;
}
