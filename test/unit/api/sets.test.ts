import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { admit } from '../../../src/api/admit.ts';
import { fieldsOf, pathText, specSchemaOf } from '../../prove/resources/schema.ts';
import { withField } from '../../prove/resources/specs.ts';
import { least } from '../../prove/resources/values.ts';

const schema = specSchemaOf(
  readFileSync(join(import.meta.dirname, '../../../crds/leadplatform.io_leadplatforms.yaml'), 'utf8'),
);
const sets = fieldsOf(schema)
  .filter((field) => field.schema['x-kubernetes-list-type'] === 'set')
  .map((field) => [pathText(field.path), field] as const);

const admitted = (path: readonly string[], value: readonly string[]) =>
  admit({ spec: withField(schema, { image: 'registry.example/brain:1' }, path, value) });

it.each(sets)(
  'refuses offline what the API server refuses: the same twice in %s',
  (_, { path, schema: at }) => {
    const [entry] = [least(at.items ?? {}, [...path, '[]'])] as [string];
    expect(admitted(path, [entry, entry])).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([
        {
          path: expect.any(String) as string,
          message: expect.stringMatching(/twice; keep one of them/) as string,
        },
      ]) as unknown,
    });
  },
);

it('knows the sets of the schema', () => {
  expect(sets.length).toBeGreaterThan(4);
});
