import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { applyDefinitions } from '../../testbed/definitions.ts';
import { isTestbedUnavailable } from '../../testbed/errors.ts';
import { type RealCluster, startRealCluster } from '../../testbed/real/cluster.ts';
import { startKindRealCluster } from '../../testbed/real/kind.ts';
import { imageArchives, sharedFolder, usesKind } from '../../testbed/real/prepare.ts';
import { type RealClusterCoordinates, shareRealCluster } from '../../testbed/real/remote.ts';
import type { Provided } from '../integration/setup.ts';
import { auditOf, OPERATOR } from './audit.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    realCluster: Provided<RealClusterCoordinates>;
  }
}

/** Where the API server writes what was asked of it, for the tests of rights. */
export const auditLog = join(sharedFolder, 'audit.log');

/** Starts one cluster with real pods for all of the e2e tests; the returned function ends it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let cluster: RealCluster;
  try {
    cluster = usesKind
      ? await startKindRealCluster({ folder: sharedFolder, auditLog })
      : await startRealCluster({ auditLog });
  } catch (error) {
    if (!isTestbedUnavailable(error)) throw error;
    const reason = process.env['LEADPLATFORM_NO_ROOM'] ?? error.message;
    // In CI nothing is skipped: what is missing there is a mistake.
    if (process.env['CI'] === 'true') throw new Error(reason, { cause: error });
    process.stderr.write(`\n*** SKIPPED: every test on real pods. ${reason}\n\n`);
    project.provide('realCluster', { available: false, reason });
    return async () => undefined;
  }
  try {
    for (const archive of await imageArchives()) await cluster.importImage(archive);
    // Before any release: several run side by side, and one definition is of all of them.
    await applyDefinitions(cluster);
    const { coordinates, close } = await shareRealCluster(cluster);
    project.provide('realCluster', { available: true, coordinates });
    return async () => {
      close();
      await cluster.stop();
      await assertNothingForbidden();
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Of all files that ran, whatever their order: the operator had every right that it wanted. An error fails the run. */
async function assertNothingForbidden(): Promise<void> {
  const { forbidden } = await auditOf(auditLog, OPERATOR);
  if (forbidden.length === 0) return;
  throw new Error(`The operator asked for what its chart does not grant:\n  ${forbidden.join('\n  ')}`);
}
