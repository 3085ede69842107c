/** `manifests/install.yaml`: what Helm renders of the chart for a whole cluster, for those who use kubectl alone. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { obtainHelm } from '../testbed/chart-tools.ts';

const NAMESPACE = 'leadplatform-system';

const HEAD = `# Generated from charts/leadplatform-operator by \`npm run generate\`: the operator for all namespaces of a cluster.
#
#   kubectl apply --server-side -f manifests/install.yaml
#
# The image is yours to build, by the Dockerfile, and to push where your cluster pulls from: kustomization.yaml says how it
# is named without editing this file. Other ways to install, such as for some namespaces with rights in those alone, are
# values of the chart.
apiVersion: v1
kind: Namespace
metadata:
  name: ${NAMESPACE}
  labels:
    pod-security.kubernetes.io/enforce: restricted
`;

const VALUES = {
  watch: { clusterWide: true },
  // An annotation of Helm's, which is not there.
  crds: { keep: false },
};

/** Of Helm: no one looks for them, and they would say that it manages what it does not know. */
const HELMS = /^ *(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n|^# Source: .*\n/gm;

/** @throws TestbedUnavailable where Helm is not built and cannot be */
export async function installManifest(chart: string): Promise<string> {
  const rendering = promisify(execFile)(
    await obtainHelm(),
    ['template', 'leadplatform-operator', chart, '--namespace', NAMESPACE, '--no-hooks', '--values', '-'],
    { maxBuffer: 16 * 1024 * 1024 },
  );
  rendering.child.stdin?.end(JSON.stringify(VALUES));
  const { stdout } = await rendering;
  return `${HEAD}${stdout.replaceAll(HELMS, '')}`;
}
