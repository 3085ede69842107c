/**
 * Files that tests read without naming them one by one: where a change below the first path is, the tests below the others
 * are concerned. The longest first path counts.
 */
const CONCERNED: readonly (readonly [changed: string, tests: readonly string[]])[] = [
  // What every test depends on. A dependency that changes is in the lock file.
  ['package-lock.json', ['test/']],
  ['tsconfig.json', ['test/']],
  ['vitest.config.ts', ['test/']],
  ['vitest.e2e.config.ts', ['test/e2e/']],
  // What comes into a cluster.
  ['charts/', ['test/integration/chart/', 'test/integration/argocd/', 'test/e2e/']],
  ['crds/', ['test/unit/api/', 'test/integration/']],
  ['manifests/', ['test/integration/chart/', 'test/integration/capabilities/kinds.test.ts']],
  ['manifests/demo/', ['test/unit/demo/', 'test/integration/chart/samples.test.ts']],
  ['Dockerfile', ['test/e2e/']],
  ['examples/brain/', ['test/unit/examples/', 'test/integration/brain/', 'test/e2e/']],
  // What the test bed is built from.
  ['testbed/', ['test/integration/', 'test/e2e/']],
  ['testbed/real/', ['test/e2e/', 'test/integration/room.test.ts']],
  ['testbed/tools/argocd/', ['test/integration/argocd/']],
  ['testbed/tools/engines/', ['test/integration/capabilities/']],
  ['testbed/tools/helm/', ['test/integration/chart/', 'test/e2e/']],
  ['testbed/tools/keda/', []],
  ['testbed/tools/kubeconform/', ['test/integration/chart/']],
  ['testbed/tools/prometheus-operator/', ['test/integration/chart/']],
  ...['node', 'containerd', 'cni', 'coredns', 'kube-router'].map(
    (tool) => [`testbed/tools/${tool}/`, ['test/e2e/']] as const,
  ),
  // What is compared with, and what images of tests are made from.
  ['test/golden/', ['test/golden/']],
  ['test/e2e/', ['test/e2e/']],
  ['test/integration/upgrade/recorded/', ['test/integration/upgrade/']],
];

/** Folders of tests that a changed file concerns although they do not import it; none for code, which is imported. */
export function foldersConcernedBy(path: string): readonly string[] {
  const isCode = /\.(ts|js|mjs)$/.test(path) && !path.endsWith('.config.ts');
  if (isCode) return [];
  const [longest] = CONCERNED.filter(([prefix]) => path.startsWith(prefix)).toSorted(
    ([a], [b]) => b.length - a.length,
  );
  return longest?.[1] ?? [];
}
