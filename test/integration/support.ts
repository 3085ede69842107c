import { randomBytes } from 'node:crypto';
import { afterAll, describe, inject } from 'vitest';
import { kubectl as runKubectl } from '../../testbed/kubectl.ts';
import type { ClusterCoordinates, PostgresCoordinates, Provided, RedisCoordinates } from './setup.ts';

export interface Testbed {
  cluster: ClusterCoordinates;
  postgres: PostgresCoordinates;
  redis: RedisCoordinates;
}

/**
 * What a suite can need; `rabbitmq`, `pgbouncer`: that it may start one; `engines`: their kinds; `pods`: a cluster on which the pods of a
 * Deployment become Ready, whatever their image.
 */
export type Need = keyof Testbed | 'rabbitmq' | 'pgbouncer' | 'engines' | 'pods';

/**
 * What the global set-up has started. Reading a server that is not there throws, with the reason: a suite that is not
 * guarded by {@link describeWith} fails rather than passes without having run.
 */
export function testbed(): Testbed {
  return {
    get cluster() {
      return coordinates('cluster', inject('cluster'));
    },
    get postgres() {
      return coordinates('postgres', inject('postgres'));
    },
    get redis() {
      return coordinates('redis', inject('redis'));
    },
  };
}

/** A suite that is skipped, with the reason in its name, where something that it needs is not there; never in CI. */
export function describeWith(needs: readonly Need[], name: string, tests: () => void): void {
  const reasons = needs.map(reasonAgainst).filter((reason) => reason !== undefined);
  if (reasons.length === 0) {
    describe(name, tests);
    return;
  }
  if (process.env['CI'] === 'true')
    throw new Error(`${name}: ${reasons.join(' ')} In CI nothing is skipped.`);
  describe.skip(`${name} [skipped: ${reasons.join(' ')}]`, tests);
}

/** {@link describeWith} for a suite that needs a cluster with pods. */
export function describeWithCluster(name: string, tests: () => void): void {
  describeWith(['pods'], name, tests);
}

/** Runs kubectl on the shared cluster and returns its standard output; throws with its standard error. */
export function kubectl(args: readonly string[], options: { input?: string } = {}): Promise<string> {
  return runKubectl(testbed().cluster, args, options);
}

const namespaces: string[] = [];

/** A new namespace, which is deleted after the tests of the file. */
export async function createNamespace(prefix = 'test'): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  await kubectl(['create', 'namespace', name]);
  namespaces.push(name);
  return name;
}

// Each file has a copy of this module, and so a hook of its own.
afterAll(async () => {
  if (namespaces.length > 0) {
    const options = ['--wait=false', '--ignore-not-found'];
    await kubectl(['delete', 'namespace', ...options, ...namespaces.splice(0)]);
  }
});

function coordinates<T>(component: string, provided: Provided<T>): T {
  if (provided.available) return provided.coordinates;
  throw new Error(`the test bed has no ${component}: ${provided.reason}`);
}

function reasonAgainst(need: Need): string | undefined {
  if (need !== 'pods') {
    const provided = inject(need);
    return provided.available ? undefined : provided.reason;
  }
  const cluster = inject('cluster');
  if (!cluster.available) return cluster.reason;
  if (cluster.coordinates.hasSimulatedPods) return undefined;
  return `The cluster (${cluster.coordinates.kind}) does not make pods Ready without their images.`;
}
