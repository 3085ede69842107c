import { kubectl, type KubectlTarget } from '../kubectl.ts';

/**
 * Lets pods find a server that listens on the node's address, such as a Postgres of the test, by the name of a Service:
 * `<service>.<namespace>.svc`.
 */
export async function exposeOnNode(
  target: KubectlTarget & { nodeAddress: string },
  what: {
    namespace: string;
    service: string;
    /** The port of the Service. */
    port: number;
    /** Where the server listens on the node's address. */
    targetPort: number;
    /** Further ports of the same server, by name. */
    more?: Readonly<Record<string, { port: number; targetPort: number }>>;
  },
): Promise<void> {
  const { namespace, service, port, targetPort, more = {} } = what;
  const ports = Object.entries({ tcp: { port, targetPort }, ...more });
  const items = [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service, namespace },
      // Without a selector: the slice below is its only endpoint.
      spec: { ports: ports.map(([name, one]) => ({ name, ...one })) },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: service, namespace, labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      ports: ports.map(([name, one]) => ({ name, port: one.targetPort })),
      endpoints: [{ addresses: [target.nodeAddress], conditions: { ready: true } }],
    },
  ];
  await kubectl(target, ['apply', '--server-side', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
}
