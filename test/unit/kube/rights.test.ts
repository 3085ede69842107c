import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { NEVER, RIGHTS, SWITCHES, rightsOf } from '../../../src/kube/rights.ts';
import { grantsTo, linesOf, wordsOf } from '../../fixtures/grants.ts';

interface RoleObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const forbidden = NEVER.flatMap(({ group, resource, verbs }) =>
  verbs.map((verb) => `${verb} ${resource}.${group}`),
);

describe('the table of rights', () => {
  it('names no right twice', () => {
    const names = RIGHTS.map(({ role, group, resource, verb }) => `${role}: ${verb} ${resource}.${group}`);
    expect(names).toEqual([...new Set(names)]);
    expect(forbidden).toEqual([...new Set(forbidden)]);
  });

  it('allows nothing that it forbids, and no right to everything', () => {
    const allowed = RIGHTS.map(({ verb, resource, group }) => `${verb} ${resource}.${group}`);
    expect(allowed.filter((right) => forbidden.includes(right))).toEqual([]);
    expect([...allowed, ...forbidden].filter((right) => right.includes('*'))).toEqual([]);
  });

  it.each(Object.entries(SWITCHES))('names a value of the chart by which %s goes: %s', (_, path) => {
    const values = parse(read('charts/leadplatform-operator/values.yaml')) as Record<string, object>;
    const [section = '', value = ''] = path.split('.');
    expect(values[section]).toHaveProperty(value);
  });

  it('calls what may be done what a value takes away, and nothing else', () => {
    const without = rightsOf({ clusterWide: false, nodes: false, reviews: false });
    expect(new Set(without.map(({ level }) => level))).toEqual(new Set(['must']));
    expect(without.length).toBe(RIGHTS.filter(({ level }) => level === 'must').length);
  });

  it('names tests that there are', () => {
    for (const { test } of RIGHTS) if (test !== undefined) expect(read(test[0])).toContain(`it('${test[1]}'`);
  });
});

describe('what is granted to an account', () => {
  const account = { name: 'operator', namespace: 'system' };
  const role = {
    kind: 'ClusterRole',
    metadata: { name: 'all' },
    rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }],
  };
  const bound = (subject: object) => [
    role,
    {
      kind: 'ClusterRoleBinding',
      metadata: { name: 'all' },
      roleRef: { kind: 'ClusterRole', name: 'all' },
      subjects: [subject],
    },
  ];

  it.each<[object, boolean]>([
    [{ kind: 'ServiceAccount', name: 'operator', namespace: 'system' }, true],
    [{ kind: 'ServiceAccount', name: 'operator', namespace: 'other' }, false],
    [{ kind: 'User', name: 'system:serviceaccount:system:operator' }, true],
    [{ kind: 'User', name: 'operator' }, false],
    [{ kind: 'Group', name: 'system:serviceaccounts:system' }, true],
    [{ kind: 'Group', name: 'system:serviceaccounts' }, true],
    [{ kind: 'Group', name: 'system:authenticated' }, true],
    [{ kind: 'Group', name: 'system:serviceaccounts:other' }, false],
  ])('is found by %j: %s', (subject, isGranted) => {
    const lines = grantsTo(account, bound(subject)).map(wordsOf);
    expect(lines).toEqual(isGranted ? ['list secrets in the cluster'] : []);
  });
});

describe('manifests/install.yaml', () => {
  const objects = parseAllDocuments(read('manifests/install.yaml')).map(
    (one) => one.toJS() as { kind: string },
  );
  const account = { name: 'leadplatform-operator', namespace: 'leadplatform-system' };
  const grants = grantsTo(account, objects);

  it('grants what the table says, and no more', () => {
    const rights = rightsOf({ clusterWide: true, nodes: true, reviews: true });
    const lines = linesOf(rights, { system: account.namespace, watched: undefined });
    expect(grants.map(wordsOf).toSorted()).toEqual(lines.toSorted());
  });

  it('lets the operator alone write a status, which says where tokens are sent', () => {
    const writers = (objects as unknown as readonly RoleObject[]).filter(({ rules = [] }) =>
      rules.some(
        ({ resources, verbs }) =>
          // RBAC has these ways to say it, and a subresource of everything.
          resources.some((one) =>
            ['*', '*/*', '*/status', 'leadplatforms/*', 'leadplatforms/status'].includes(one),
          ) && verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)),
      ),
    );
    expect(writers.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ClusterRole leadplatform-operator',
    ]);
  });

  it('grants nothing that may never be done', () => {
    const granted = grants.map(({ verb, resource, group }) => `${verb} ${resource}.${group}`);
    expect(granted.filter((right) => forbidden.includes(right) || right.includes('*'))).toEqual([]);
  });
});
