/** What a user of CloudNativePG has before the platform comes: a Cluster of one instance, and the Secret of its database. */
import type { Postgres } from '../../../testbed/postgres.ts';

export function userCluster(
  namespace: string,
  { user, password }: Pick<Postgres, 'user' | 'password'>,
  labels: Readonly<Record<string, string>> = {},
) {
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'postgres', namespace },
      stringData: { username: user, password },
    },
    {
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: { name: 'db', namespace, labels },
      spec: { instances: 1, storage: { size: '1Gi' } },
    },
  ];
}
