import { kubectl, type KubectlTarget } from './kubectl.ts';
import { waitUntilReady } from './processes.ts';

/**
 * Back when the API server serves CustomResourceDefinitions that were just applied. `names` are arguments of kubectl:
 * `crd/NAME` or `--filename=PATH`.
 */
export async function definitionsServed(target: KubectlTarget, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await waitUntilReady(`${names.join(', ')} is served`, [], async () => {
    // Fails at first: a new definition has no conditions yet, and kubectl calls that an error.
    await kubectl(target, ['wait', '--for=condition=Established', '--timeout=10s', ...names]);
    return true;
  });
}
