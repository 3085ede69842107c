import { dirname, join } from 'node:path';
import { ensureTools, type ToolSet } from './builder.ts';
import { copyFromModule, pinnedVersion } from './module-files.ts';
import { type Log, logToStderr } from './progress.ts';

const GO = 'Install Go 1.26 or later (https://go.dev/dl).';

/** Sets of their own: who only renders the chart builds no validator, and neither moves the key of the control plane. */
const helm: ToolSet = {
  what: 'Helm',
  tools: [{ file: 'helm', module: 'helm', package: 'helm.sh/helm/v3/cmd/helm' }],
  duration: 'about two minutes on two cores',
  instead: GO,
  defines: { helm: helmVersions },
};

const kubeconform: ToolSet = {
  what: 'kubeconform',
  tools: [
    { file: 'kubeconform', module: 'kubeconform', package: 'github.com/yannh/kubeconform/cmd/kubeconform' },
  ],
  duration: 'half a minute',
  instead: GO,
};

// Without them Helm calls itself the first v3 there was, and renders for a Kubernetes of years ago.
function helmVersions(mod: string): string[] {
  const [, version] = /^\s*(?:require )?helm\.sh\/helm\/v3 (v\S+)/m.exec(mod) ?? [];
  const [, minor] = /^\s*k8s\.io\/client-go v0\.(\d+)\./m.exec(mod) ?? [];
  if (version === undefined || minor === undefined) {
    throw new Error('testbed/tools/helm/go.mod requires no helm.sh/helm/v3, or no k8s.io/client-go');
  }
  const helm = 'helm.sh/helm/v3';
  return [
    `${helm}/internal/version.version=${version}`,
    ...['chartutil', 'lint/rules'].flatMap((name) => [
      `${helm}/pkg/${name}.k8sVersionMajor=1`,
      `${helm}/pkg/${name}.k8sVersionMinor=${minor}`,
    ]),
  ];
}

/**
 * The pinned Helm, built once into the cache.
 * @throws TestbedUnavailable when it is not there and Go is missing.
 */
export async function obtainHelm(log: Log = logToStderr): Promise<string> {
  return (await ensureTools(helm, helm.tools, log))('helm');
}

/** The pinned kubeconform; throws as {@link obtainHelm} does. */
export async function obtainKubeconform(log: Log = logToStderr): Promise<string> {
  return (await ensureTools(kubeconform, kubeconform.tools, log))('kubeconform');
}

/** The folder with the CRDs of the Prometheus operator, beside kubeconform; throws as {@link obtainHelm} does. */
export async function obtainPrometheusDefinitions(log: Log = logToStderr): Promise<string> {
  const [tool, module] = ['prometheus-operator', 'github.com/prometheus-operator/prometheus-operator'];
  const version = await pinnedVersion(tool, module);
  const folder = join(dirname(await obtainKubeconform(log)), `prometheus-operator-crds-${version}`);
  await copyFromModule(kubeconform, tool, module, ['example', 'prometheus-operator-crd'], folder);
  return folder;
}
