/**
 * JSON Schema → the structural schema of a CRD. The API server takes no unions, no references and no
 * `additionalProperties: false`; and it knows no sentence for a pattern, so a pattern becomes a rule that has one.
 */
import type { JsonSchema } from './json-schema.ts';
import type { CelRule } from './schema/primitives.ts';

/** The schema says something that no CRD can say. A mistake of ours: found by a test, never at run time. */
export class NotStructuralError extends Error {
  override readonly name = 'NotStructuralError';
  constructor(path: string, what: string) {
    super(
      `${path}: ${what}, which a structural schema cannot say; express it with optional fields and a rule`,
    );
  }
}

/** Keywords that mean the same to the API server, in the order in which they are written. */
const KEPT = [
  'description',
  'type',
  'format',
  'enum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
] as const;

const HANDLED = new Set<string>([
  ...KEPT,
  'default',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'propertyNames',
  'pattern',
  'patternMessage',
  'x-kubernetes-validations',
  'x-kubernetes-int-or-string',
]);

/** Not ours: zod bounds every integer by what a double holds exactly. */
const isArtefact = (keyword: string, value: unknown) =>
  (keyword === 'minimum' || keyword === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;

const kept = (schema: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    KEPT.map((keyword) => [keyword, schema[keyword]]).filter(
      ([keyword, value]) => value !== undefined && !isArtefact(keyword as string, value),
    ),
  ) as JsonSchema;

/** CEL has raw strings, so that a pattern needs no second escaping. */
function celText(text: string, path: string): string {
  if (!text.includes("'")) return `r'${text}'`;
  if (!text.includes('"')) return `r"${text}"`;
  throw new NotStructuralError(path, 'a pattern with both kinds of quotes');
}

function rulesOf(schema: JsonSchema, path: string): readonly CelRule[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (schema.pattern === undefined || schema.patternMessage === undefined) return rules;
  const matches = `self.matches(${celText(schema.pattern, path)})`;
  return [{ rule: matches, message: schema.patternMessage }, ...rules];
}

/**
 * `number or string`, the one union that a structural schema has. Its string keeps a plain pattern: the API server takes
 * no bound on its length into account, so that a rule on it is too dear.
 */
function intOrString(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  const text = (anyOf as readonly JsonSchema[]).find(({ type }) => type === 'string');
  return text?.pattern === undefined ? rest : { ...rest, pattern: text.pattern };
}

export interface StructuralOptions {
  /** Paths whose default the API server writes into the object; every other default is the operator's own. */
  readonly keepDefaults: ReadonlySet<string>;
}

/** @throws NotStructuralError */
export function structural(given: JsonSchema, path: string, options: StructuralOptions): JsonSchema {
  const schema = given['x-kubernetes-int-or-string'] === true ? intOrString(given) : given;
  for (const keyword of Object.keys(schema)) {
    if (!HANDLED.has(keyword)) throw new NotStructuralError(path, `"${keyword}"`);
  }
  const node = kept(schema);
  if (schema['x-kubernetes-int-or-string'] === true) {
    node['x-kubernetes-int-or-string'] = true;
    node['anyOf'] = [{ type: 'integer' }, { type: 'string' }];
  } else if (node.type === undefined) {
    throw new NotStructuralError(path, 'a value without a type');
  }
  if (schema.default !== undefined && options.keepDefaults.has(path)) node.default = schema.default;
  if (schema.pattern !== undefined && schema.patternMessage === undefined) node.pattern = schema.pattern;
  const rules = rulesOf(schema, path);
  if (rules.length > 0) node['x-kubernetes-validations'] = rules;
  if (schema.required !== undefined) node.required = schema.required;
  if (schema.properties !== undefined) {
    node.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, child]) => [
        name,
        structural(child, path === '' ? name : `${path}.${name}`, options),
      ]),
    );
  }
  if (
    typeof schema.additionalProperties === 'object' &&
    Object.keys(schema.additionalProperties).length > 0
  ) {
    node.additionalProperties = structural(schema.additionalProperties, `${path}.*`, options);
  }
  if (schema.items !== undefined) node.items = structural(schema.items, `${path}[]`, options);
  return node;
}
