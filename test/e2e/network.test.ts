import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, it } from 'vitest';
import { eventually } from '../integration/processes.ts';
import { exposeOnNode } from '../../testbed/real/expose.ts';
import { echoImage } from './images.ts';
import { describeOnRealPods, testNamespace, type TestNamespace } from './support.ts';

describeOnRealPods('the network of a pod', (cluster) => {
  let namespace: TestNamespace;
  let server: Server;

  beforeAll(async () => {
    server = createServer((_request, response) => response.end('from the test'));
    await new Promise<void>((resolve) => server.listen({ port: 0, host: cluster.nodeAddress }, resolve));
    const { port } = server.address() as AddressInfo;
    namespace = await testNamespace(cluster, 'network');
    await exposeOnNode(cluster, {
      namespace: namespace.name,
      service: 'source',
      port: 5432,
      targetPort: port,
    });
    const pod = ['run', 'client', `--image=${echoImage}`, '--image-pull-policy=Never'];
    await namespace.kubectl(pod);
    await namespace.kubectl(['wait', '--for=condition=Ready', 'pod/client', '--timeout=90s'], {
      timeoutMs: 100_000,
    });
  });

  afterAll(async () => {
    server?.close();
    server?.closeAllConnections();
    await namespace?.remove();
  });

  /** What the pod gets from the server of the test by the name of its Service. */
  const answer = () => {
    const url = `http://source.${namespace.name}.svc:5432`;
    const script = `
      fetch('${url}', { signal: AbortSignal.timeout(2000) }).then((answer) => answer.text()).then(
        console.log,
        (error) => console.log('nothing', error.cause ?? error),
      )`;
    return namespace.kubectl(['exec', 'client', '--', 'node', '-e', script]);
  };

  const becomes = async (expected: string) => {
    let last = '';
    const isExpected = async () => (last = await answer()).startsWith(expected);
    await eventually(`the answer is "${expected}"`, isExpected, 60_000).catch((error: Error) => {
      throw new Error(`${error.message}; the last one was: ${last}`);
    });
  };

  it('reaches a server of the test through a Service, until a NetworkPolicy cuts it off, and again after that', async () => {
    // kube-proxy and CoreDNS may still wait before they ask an API server again that another test had stopped.
    await becomes('from the test\n');
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'cut' },
      // Names still resolve.
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ ports: [{ port: 53, protocol: 'UDP' }] }],
      },
    };
    await namespace.kubectl(['apply', '--filename=-'], { input: JSON.stringify(policy) });
    await becomes('nothing');
    await namespace.kubectl(['delete', 'networkpolicy', 'cut']);
    await becomes('from the test\n');
  });
});
