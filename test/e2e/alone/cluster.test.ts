import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../integration/processes.ts';
import { echoImage } from '../images.ts';
import { describeOnRealPods, testNamespace, type TestNamespace } from '../support.ts';

describeOnRealPods('a cluster whose pods are real', (cluster) => {
  let namespace: TestNamespace;

  const address = () => namespace.kubectl(['get', 'service', 'echo', '--output=jsonpath={.spec.clusterIP}']);

  beforeAll(async () => {
    namespace = await testNamespace(cluster, 'echo');
    await namespace.kubectl(['apply', '--filename=-'], { input: JSON.stringify(echo()) });
    await namespace.kubectl(['rollout', 'status', 'deployment/echo', '--timeout=90s'], {
      timeoutMs: 100_000,
    });
    // The rules of a Service follow its pods in kube-proxy's own time, and until then its address leads nowhere.
    await eventually(
      'the Service answers',
      async () => {
        const answer = fetch(`http://${await address()}/`, { signal: AbortSignal.timeout(5_000) });
        return (await answer.catch(() => undefined))?.ok === true;
      },
      60_000,
    );
  }, 220_000);

  afterAll(async () => namespace?.remove());

  it('answers from a pod through the name of its Service, within the limits of the pod', async () => {
    const script = `fetch('http://echo.${namespace.name}.svc').then((r) => r.text()).then(console.log)`;
    const answer = await namespace.kubectl(['exec', 'deployment/echo', '--', 'node', '-e', script]);
    const [major = ''] = process.version.split('.');
    expect(JSON.parse(answer)).toEqual({
      node: expect.stringContaining(`${major}.`) as string,
      uid: 65532,
      rootIsWritable: false,
      memoryLimit: 128 * 1024 * 1024,
    });
  });

  it('answers the test itself through the address of the Service', async () => {
    const response = await fetch(`http://${await address()}/`);
    expect(await response.json()).toMatchObject({ uid: 65532 });
  });

  it('has the log of a container', async () => {
    expect(await namespace.kubectl(['logs', 'deployment/echo'])).toBe('listening\n');
  });

  it('lets a pod reach the API server with the token of its ServiceAccount', async () => {
    const script = `
      const { readFileSync } = require('node:fs');
      const { request } = require('node:https');
      const folder = '/var/run/secrets/kubernetes.io/serviceaccount/';
      const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
      const headers = { authorization: 'Bearer ' + readFileSync(folder + 'token') };
      request({ host, port, path: '/api/v1/namespaces', headers, ca: readFileSync(folder + 'ca.crt') }, (answer) => {
        console.log(answer.statusCode);
        answer.resume();
      }).end();`;
    // Recognised, and without rights.
    expect(await namespace.kubectl(['exec', 'deployment/echo', '--', 'node', '-e', script])).toBe('403\n');
  });

  it('comes back with its pods when etcd and the API server were away', async () => {
    const uid = ['get', 'pods', '--output=jsonpath={.items[*].metadata.uid}'];
    const before = await namespace.kubectl(uid);
    await cluster.stopApiServer('SIGKILL');
    await cluster.stopEtcd('SIGKILL');
    await cluster.startEtcd();
    await cluster.startApiServer();
    expect(await namespace.kubectl(uid)).toBe(before);
    expect(await namespace.kubectl(['exec', 'deployment/echo', '--', 'node', '-e', ''])).toBe('');
  });
});

function echo(): object {
  const labels = { app: 'echo' };
  const container = {
    name: 'echo',
    image: echoImage,
    imagePullPolicy: 'Never',
    resources: { limits: { memory: '128Mi' }, requests: { cpu: '10m' } },
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
  };
  const items = [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'echo' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 5,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [container],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'echo' },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}
