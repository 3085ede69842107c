/**
 * What the tests need and takes minutes where it is not there yet: executables, Debian's packages, images. All of it before
 * the first test that needs any: a build beside tests takes their cores, and in a room there is no network.
 */
import { images } from '../test/e2e/images.ts';
import { obtainArgocd } from '../testbed/argocd.ts';
import { pinnedBinaries } from '../testbed/binaries.ts';
import { obtainHelm, obtainKubeconform, obtainPrometheusDefinitions } from '../testbed/chart-tools.ts';
import { engineDefinition, ENGINES } from '../testbed/engines.ts';
import { isTestbedUnavailable } from '../testbed/errors.ts';
import { hasKind } from '../testbed/kind.ts';
import { ensureDebianCommand } from '../testbed/packages.ts';
import { type Log, logToStderr } from '../testbed/progress.ts';
import { type KindPlace, prepareKind, prepareRoom } from '../testbed/real/prepare.ts';
import type { Room } from '../testbed/real/room.ts';
import type { Stage } from './stages.ts';

export interface Prepared {
  /** Where tests on real pods run, or why they cannot. */
  readonly realPods: Room | KindPlace | { readonly reason: string };
}

/** Rejects where a build fails; what this machine cannot have is left to the tests, which say so. */
export async function prepareTests(stages: readonly Stage[], log: Log = logToStderr): Promise<Prepared> {
  if (stages.includes('integration')) await prepareIntegration(log);
  return { realPods: stages.includes('e2e') ? await placeOfRealPods(log) : { reason: 'not asked for' } };
}

async function prepareIntegration(log: Log): Promise<void> {
  const isElsewhere =
    (process.env['LEADPLATFORM_TEST_CONTEXT'] ?? process.env['KUBEBUILDER_ASSETS'] ?? '') !== '';
  const steps: readonly (() => Promise<unknown>)[] = [
    () => ensureDebianCommand('redis-server', 'redis-server', log),
    () => ensureDebianCommand('rabbitmq-server', 'rabbitmq-server', log),
    () => ensureDebianCommand('promtool', 'prometheus', log),
    ...(isElsewhere ? [] : [() => pinnedBinaries(log)]),
    () => obtainHelm(log),
    () => obtainKubeconform(log),
    () => obtainPrometheusDefinitions(log),
    () => obtainArgocd(log),
    ...ENGINES.map((engine) => () => engineDefinition(engine, log)),
  ];
  for (const step of steps) await step().catch(unlessUnavailable);
}

async function placeOfRealPods(log: Log): Promise<Prepared['realPods']> {
  try {
    return (await hasKind()) ? await prepareKind(images, log) : await prepareRoom(images, log);
  } catch (error) {
    unlessUnavailable(error);
    return { reason: (error as Error).message };
  }
}

function unlessUnavailable(error: unknown): void {
  if (!isTestbedUnavailable(error)) throw error;
}
