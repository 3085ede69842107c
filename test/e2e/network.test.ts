import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../integration/processes.ts';
import { exposeOnNode } from '../../testbed/real/expose.ts';
import { echoImage } from './images.ts';
import { describeOnRealPods, testNamespace, type TestNamespace } from './support.ts';

describeOnRealPods('the network of a pod', (cluster) => {
  let namespace: TestNamespace;
  let server: Server;
  let port: number;
  let held = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/held') held += 1;
      response.end('from the test');
    });
    await new Promise<void>((resolve) => server.listen({ port: 0, host: cluster.nodeAddress }, resolve));
    ({ port } = server.address() as AddressInfo);
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

  /** One request after the other on one connection, until that breaks. */
  const holdConnection = () => {
    const script = `
      const { Agent, get } = require('node:http');
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ask = () => {
        const request = get('http://source.${namespace.name}.svc:5432/held', { agent, timeout: 5000 }, (answer) =>
          answer.resume().on('end', () => setTimeout(ask, 100)));
        const over = () => (console.log('cut off'), process.exit());
        request.on('timeout', over).on('error', over);
      };
      ask();`;
    return namespace.kubectl(['exec', 'client', '--', 'node', '-e', script], { timeoutMs: 120_000 });
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
    const connection = holdConnection();
    await eventually('the pod holds a connection', async () => held > 0);
    await namespace.kubectl(['apply', '--filename=-'], { input: JSON.stringify(policy) });
    await becomes('nothing');
    await cluster.forgetConnections(port);
    expect(await connection).toBe('cut off\n');
    await namespace.kubectl(['delete', 'networkpolicy', 'cut']);
    await becomes('from the test\n');
  });
});
