import { kubectl, type KubectlTarget } from '../kubectl.ts';
import { nodeAddress } from './network.ts';

/**
 * Lets pods find a server that listens on the node's address, such as a Postgres of the test, by the name of a Service:
 * `<service>.<namespace>.svc`.
 */
export async function exposeOnNode(
  target: KubectlTarget,
  what: {
    namespace: string;
    service: string;
    /** The port of the Service. */
    port: number;
    /** Where the server listens on the node's address. */
    targetPort: number;
  },
): Promise<void> {
  const { namespace, service, port, targetPort } = what;
  const items = [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service, namespace },
      // Without a selector: the slice below is its only endpoint.
      spec: { ports: [{ name: 'tcp', port, targetPort }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: service, namespace, labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      ports: [{ name: 'tcp', port: targetPort }],
      endpoints: [{ addresses: [nodeAddress], conditions: { ready: true } }],
    },
  ];
  await kubectl(target, ['apply', '--server-side', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
}
