/** The schema of the resource as JSON Schema: what the CRD, the reference and the error messages are made from. */
import * as z from 'zod';
import type { CelRule } from './schema/primitives.ts';

/** A node of the JSON Schema that zod gives for our words; everything else is refused by `structural`. */
export interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  pattern?: string;
  /** The sentence for a string that does not match `pattern`. */
  patternMessage?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  'x-kubernetes-validations'?: readonly CelRule[];
  'x-kubernetes-int-or-string'?: boolean;
  [keyword: string]: unknown;
}

interface RegexCheck {
  readonly check: string;
  readonly format: string;
  readonly pattern: RegExp;
  readonly error?: (issue: never) => unknown;
}

const isRegexCheck = (def: object): def is RegexCheck => 'format' in def && def.format === 'regex';

/** The sentence that the schema gives with a pattern. JSON Schema has no place for it, so zod leaves it out. */
function patternMessage(schema: z.core.$ZodType): string | undefined {
  for (const { _zod } of schema._zod.def.checks ?? []) {
    const { def } = _zod;
    if (!isRegexCheck(def)) continue;
    const message = def.error?.({} as never);
    return typeof message === 'string' ? message : undefined;
  }
  return undefined;
}

/** The JSON Schema of what a person writes: before defaults and before units are read. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const message = patternMessage(zodSchema);
      if (message !== undefined) jsonSchema['patternMessage'] = message;
    },
  }) as JsonSchema;
}
