import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { leadPlatformCrd } from '../../../src/api/crd.ts';
import { jsonSchemaOf } from '../../../src/api/json-schema.ts';
import type { JsonSchema } from '../../../src/api/json-schema.ts';
import { MAX_PLATFORM_NAME_LENGTH } from '../../../src/api/platform-name.ts';
import { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import { NotStructuralError, structural } from '../../../src/api/structural.ts';

interface Field {
  readonly path: string;
  readonly schema: JsonSchema;
}

function fieldsOf(schema: JsonSchema, path: string): readonly Field[] {
  const children = Object.entries(schema.properties ?? {}).map(([name, child]) => ({
    path: `${path}.${name}`,
    schema: child,
  }));
  return [
    ...children.flatMap((child) => [child, ...fieldsOf(child.schema, child.path)]),
    ...(schema.items === undefined ? [] : fieldsOf(schema.items, `${path}[]`)),
  ];
}

const written = [
  ...fieldsOf(jsonSchemaOf(LeadPlatformSpec), 'spec'),
  ...fieldsOf(jsonSchemaOf(LeadPlatformStatus), 'status'),
];
const root = leadPlatformCrd().spec.versions[0]!.schema.openAPIV3Schema;
const generated = [...fieldsOf(root.properties.spec, 'spec'), ...fieldsOf(root.properties.status, 'status')];

describe('the CRD', () => {
  it('is what stands in crds/', async () => {
    const file = new URL('../../../crds/leadplatform.io_leadplatforms.yaml', import.meta.url);
    expect(parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(leadPlatformCrd())));
  });

  it('has every field of the schema, and no other', () => {
    expect(generated.map(({ path }) => path)).toEqual(written.map(({ path }) => path));
    expect(generated.length).toBeGreaterThan(200);
  });

  it('describes every field, in sentences', () => {
    const bare = generated.filter(({ schema }) => !/[.!]$/.test(schema.description ?? ''));
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it('says the default of every field that has one', () => {
    const isGroup = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
    const silent = written.filter(
      ({ schema }) =>
        schema.default !== undefined &&
        !isGroup(schema.default) &&
        !(schema.description ?? '').includes('Default: '),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('lets the API server write only what a reader of the object should see', () => {
    const defaulted = generated.filter(({ schema }) => schema.default !== undefined);
    expect(defaulted.map(({ path }) => path)).toEqual(['spec.mode', 'spec.deletionPolicy']);
  });

  it('bounds every list, map and text of the spec, for rules are costed by their size', () => {
    const unbounded = fieldsOf(root.properties.spec, 'spec').filter(
      ({ schema: { type, enum: words, ...schema } }) =>
        (type === 'array' && schema['maxItems'] === undefined) ||
        (type === 'string' && words === undefined && schema['maxLength'] === undefined) ||
        (schema.additionalProperties !== undefined && schema['maxProperties'] === undefined),
    );
    expect(unbounded.map(({ path }) => path)).toEqual([]);
  });

  it('gives every pattern a sentence, apart from quantities, which may be numbers', () => {
    const plain = generated.filter(({ schema }) => schema.pattern !== undefined);
    expect(plain.map(({ path }) => path)).toEqual([]);
  });

  it('ends no message of a rule in a full stop, for the API server puts it into a line', () => {
    const messages = [root, ...generated.map(({ schema }) => schema)]
      .flatMap((schema) => schema['x-kubernetes-validations'] ?? [])
      .map(({ message }) => message);
    expect(messages.length).toBeGreaterThan(50);
    expect(messages.filter((message) => /\.$|\n/.test(message))).toEqual([]);
  });

  it('leaves room in a name for the longest child', () => {
    expect(`${'b'.repeat(MAX_PLATFORM_NAME_LENGTH)}-call-logs-nightly`).toHaveLength(52);
  });
});

describe('structural', () => {
  const options = { keepDefaults: new Set<string>() };

  it.each<[string, JsonSchema]>([
    ['a union', { anyOf: [{ type: 'string' }, { type: 'number' }] }],
    ['a reference', { $ref: '#/definitions/a' }],
    ['a value without a type', {}],
    ['an unknown keyword', { type: 'string', contentEncoding: 'base64' }],
  ])('refuses %s, and says where', (_, schema) => {
    const object = { type: 'object', properties: { field: schema } };
    expect(() => structural(object, 'spec', options)).toThrow(NotStructuralError);
    expect(() => structural(object, 'spec', options)).toThrow(/^spec\.field: /);
  });

  it('drops what only zod means', () => {
    expect(
      structural(
        {
          type: 'object',
          additionalProperties: false,
          properties: { n: { type: 'integer', default: 3, minimum: 0, maximum: Number.MAX_SAFE_INTEGER } },
        },
        'spec',
        options,
      ),
    ).toEqual({ type: 'object', properties: { n: { type: 'integer', minimum: 0 } } });
  });

  it('makes a rule of a pattern that has a sentence', () => {
    const text: JsonSchema = { type: 'string', pattern: "^it's \\d+$", patternMessage: 'must be so' };
    expect(structural(text, 'spec.x', options)).toEqual({
      type: 'string',
      'x-kubernetes-validations': [{ rule: 'self.matches(r"^it\'s \\d+$")', message: 'must be so' }],
    });
  });
});
