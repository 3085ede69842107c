/** The author of LeadPlatforms: a user with the roles of the chart alone. */
import { expect } from 'vitest';
import { kubectl } from '../support.ts';
import { manifestsIn } from './manifests.ts';
import { eventually } from './rig.ts';

export interface Author {
  readonly namespace: string;
  /** Applies an object in the namespace, as this user. */
  readonly apply: (object: object) => Promise<string>;
}

const RBAC = 'rbac.authorization.k8s.io';

/** For `more` of {@link authorIn}: they may name these Secrets, or any, where a policy asks for that, and read none of them. */
export const useOf = (...resourceNames: readonly string[]): object => ({
  apiGroups: [''],
  resources: ['secrets'],
  verbs: ['use'],
  resourceNames,
});

/** A user who has what the roles `-view` and `-edit` grant, in this namespace, and nothing else but the rules `more`. */
export async function authorIn(namespace: string, more: readonly object[] = []): Promise<Author> {
  const name = `author-of-${namespace}`;
  const installed = await manifestsIn('install.yaml');
  const granted = installed.filter(
    ({ kind, metadata }) => kind === 'ClusterRole' && /operator-(?:view|edit)$/.test(metadata.name),
  );
  expect(granted).toHaveLength(2);
  const apiVersion = `${RBAC}/v1`;
  const metadata = { name: 'author', namespace };
  const role = {
    ...{ apiVersion, kind: 'Role', metadata },
    rules: [...granted.flatMap(({ rules = [] }) => rules), ...more],
  };
  const binding = {
    ...{ apiVersion, kind: 'RoleBinding', metadata },
    roleRef: { apiGroup: RBAC, kind: 'Role', name: 'author' },
    subjects: [{ apiGroup: RBAC, kind: 'User', name }],
  };
  for (const object of [role, binding])
    await kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(object) });
  const as = ['-n', namespace, `--as=${name}`];
  await eventually('the roles are in force', () =>
    kubectl(['auth', 'can-i', 'patch', 'leadplatforms.leadplatform.io', ...as]),
  );
  for (const right of ['get secrets', 'create pods', 'create deployments', 'create ingresses']) {
    // It says so by its exit code.
    const may = kubectl(['auth', 'can-i', ...right.split(' '), ...as]);
    await expect(may, right).rejects.toThrow();
  }
  return {
    namespace,
    apply: (object) =>
      kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-', ...as], {
        input: JSON.stringify(object),
      }),
  };
}
