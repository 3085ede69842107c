/** The spec of a LeadPlatform as the API server has it, read from the generated CRD: what the generators walk. */
import { parse } from 'yaml';

/** As far as a structural schema of ours goes; `test/unit/prove/resources.test.ts` fails at a word that is not here. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
}

/** One node of the schema below `spec`. `[]` in its path is an entry of a list, `{}` one of a map. */
export interface Field {
  readonly path: readonly string[];
  readonly schema: Schema;
}

export function specSchemaOf(crd: string): Schema {
  const { spec } = parse(crd) as {
    spec: { versions: readonly [{ schema: { openAPIV3Schema: Schema } }] };
  };
  const found = spec.versions[0].schema.openAPIV3Schema.properties?.['spec'];
  if (found === undefined) throw new Error('the CRD has no schema of spec');
  return found;
}

/** Every node below the root, parents first. */
export function fieldsOf(schema: Schema, path: readonly string[] = []): readonly Field[] {
  return childrenOf(schema).flatMap(([step, child]) => {
    const at = [...path, step];
    return [{ path: at, schema: child }, ...fieldsOf(child, at)];
  });
}

function childrenOf({ properties = {}, items, additionalProperties }: Schema): readonly [string, Schema][] {
  return [
    ...Object.entries(properties),
    ...(items === undefined ? [] : [['[]', items] as [string, Schema]]),
    ...(additionalProperties === undefined ? [] : [['{}', additionalProperties] as [string, Schema]]),
  ];
}

/** `components.queues[].name` */
export const pathText = (path: readonly string[]): string =>
  path.reduce((text, step) => `${text}${/^\W/.test(step) || text === '' ? '' : '.'}${step}`, '');

/** The regular expression that a text must match, from its CEL rule. */
export function patternOf(schema: Schema): string | undefined {
  const rules = (schema['x-kubernetes-validations'] ?? []).map(({ rule }) => rule);
  const matches = rules.map((rule) => /^self\.matches\(r'(.*)'\)$/s.exec(rule)?.[1]);
  return matches.find((pattern) => pattern !== undefined) ?? schema.pattern;
}

/** Properties of which at most one may be given, or exactly one where `isNeeded`. */
export interface Choice {
  readonly names: readonly string[];
  readonly isNeeded: boolean;
}

const ONE_OF: readonly (readonly [form: RegExp, isNeeded: boolean])[] = [
  [/^has\(self\.\w+\) != has\(self\.\w+\)$/, true],
  [/\.filter\(given, given\)\.size\(\) == 1$/, true],
  [/\.filter\(given, given\)\.size\(\) <= 1$/, false],
  [/^(?:\(has\(self\.\w+\) \? 1 : 0\)(?: \+ )?)+ <= 1$/, false],
  [/^!\(has\(self\.\w+\) && has\(self\.\w+\)\)$/, false],
];

export function choiceOf(schema: Schema): Choice | undefined {
  for (const { rule } of schema['x-kubernetes-validations'] ?? []) {
    const form = ONE_OF.find(([pattern]) => pattern.test(rule));
    if (form !== undefined) {
      const names = [...rule.matchAll(/has\(self\.(\w+)\)/g)].map(([, name = '']) => name);
      return { names, isNeeded: form[1] };
    }
  }
  return undefined;
}
