/** What the API server bounds, counted; `test/integration/chart/authors.test.ts` asks for as much of a real one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { SECRET_FIELDS } from '../../../src/api/secret-fields.ts';
import { MOST_SECRETS, secretPolicies } from '../../../src/api/secret-policy.ts';

interface Policy {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly policyName?: string;
    readonly variables: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly { readonly expression: string; readonly messageExpression?: string }[];
  };
}

const all = secretPolicies('lp') as readonly Policy[];
const policies = all.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
const bindings = all.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
const questionsIn = (text = '') => text.split('.check(').length - 1;

describe.each(policies.map((policy) => [policy.metadata.name, policy] as const))(
  'the policy %s',
  (name, { spec }) => {
    const expressions = [...spec.variables, ...spec.validations].map(({ expression }) => expression);

    it('asks twice in an expression, 28 times as a whole, and never in a message', () => {
      for (const expression of expressions) expect(questionsIn(expression)).toBeLessThanOrEqual(2);
      expect(questionsIn(expressions.join())).toBeLessThanOrEqual(28);
      for (const { messageExpression = '' } of spec.validations) {
        expect(messageExpression).not.toContain('variables.all');
        expect(questionsIn(messageExpression)).toBe(0);
      }
    });

    it('is bound', () => {
      expect(bindings.filter(({ spec: { policyName } }) => policyName === name)).toHaveLength(1);
    });

    it('takes names from every field, as it is to be and as it was', () => {
      const [{ expression } = { expression: '' }] = spec.variables;
      for (const field of SECRET_FIELDS) {
        const text = `.?${field.split(/\[\]\.|\./).at(-1)}.orValue('')`;
        expect(expression.split(text).length).toBeGreaterThan(2);
      }
      expect(expression.split(' + ')).toHaveLength(2 * SECRET_FIELDS.length);
    });

    it('names each variable once, and before it is used', () => {
      const known = new Set<string>();
      for (const { name: variable, expression } of spec.variables) {
        for (const [, used = ''] of expression.matchAll(/variables\.(\w+)/g)) expect(known).toContain(used);
        expect(known).not.toContain(variable);
        known.add(variable);
      }
    });
  },
);

it('asks for each of as many names in one policy', () => {
  const asked = policies.flatMap(({ spec }) =>
    spec.validations.flatMap(
      ({ expression }) => /name\(variables\.left(\d+)\[0\]\)/.exec(expression)?.[1] ?? [],
    ),
  );
  expect(asked).toEqual(Array.from({ length: MOST_SECRETS }, (_, index) => String(index)));
});

it('is in the manifest that is installed without Helm, as it is in the chart', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../manifests/install.yaml'), 'utf8');
  const installed = parseAllDocuments(text)
    .map((document) => document.toJS() as Policy | null)
    .filter((object) => object?.kind.startsWith('ValidatingAdmissionPolicy'));
  expect(installed.map((object) => object?.spec)).toEqual(
    expect.arrayContaining(policies.map(({ spec }) => spec)),
  );
  expect(installed).toHaveLength(all.length);
});
