/**
 * The ways in, the headers of assets and the shape of pods, by the operator on the real API server. What an ingress
 * controller, a Gateway and a cloud say is written by a stand-in: that part is simulated.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CapabilityName } from '../../../src/api/names.ts';
import { eventually, Rig } from '../operator/rig.ts';
import { describeWith } from '../support.ts';
import { type CdnServer, startCdn } from './cdn-server.ts';
import { drive } from './engine-driver.ts';

const INGRESS = { ingress: { className: 'nginx', hosts: ['leads.example.com'], tlsSecretName: 'leads-tls' } };
const GATEWAY = { gateway: { parentRefs: [{ name: 'public', namespace: 'infra', sectionName: 'https' }] } };
const HEADERS = {
  cacheControl: 'public, max-age=31536000, immutable',
  ingressAnnotations: { 'example.com/cache-control': 'public' },
};

describeWith(['pods', 'engines'], 'The web side of a platform', () => {
  let rig: Rig;
  let server: CdnServer;
  beforeAll(async () => {
    server = await startCdn();
    // The Gateway has names of its own.
    rig = await Rig.start(1, { hostnames: ['*'], ingressAnnotations: ['example.com/*'] });
  }, 120_000);
  afterAll(async () => {
    await rig?.stopOperator();
    await server?.stop();
  });
  const cdn = () => ({ ...HEADERS, assetUrl: server.assetUrl });

  const apply = (capabilities: object) =>
    rig.apply('brain', {
      tierPin: { tier: 'microservices', reason: 'to see all of it' },
      components: { ingest: { command: ['php', 'artisan', 'serve'] } },
      transitions: { minReadyTime: '0s', policies: [{ capability: 'redis-cache', policy: 'Never' }] },
      capabilities,
    });
  const report = async (name: CapabilityName) =>
    (await rig.platform('brain')).status?.capabilities?.find((one) => one.name === name);
  const comesTo = (name: CapabilityName, expected: { state: string; step?: string }) =>
    eventually(
      `${name} is ${expected.state}`,
      async () => {
        const found = await report(name);
        const isIt = found?.state === expected.state && (expected.step ?? found.step) === found.step;
        if (!isIt) throw new Error(JSON.stringify(found));
        return found;
      },
      60_000,
    );
  const ROUTE = 'httproutes.gateway.networking.k8s.io';

  it('is let in by an Ingress, once its controller has given it an address', async () => {
    await apply({ loadBalancer: INGRESS, cdn: cdn() });
    await comesTo('load-balancer', { state: 'Progressing', step: 'AddressAssigned' });
    await drive('Ingress', rig.namespace, 'brain');
    await comesTo('load-balancer', { state: 'Ready' });
  }, 120_000);

  it('has cache headers at an Ingress of the assets alone, and their address in every pod', async () => {
    await comesTo('cdn', { state: 'Progressing', step: 'AddressAssigned' });
    await drive('Ingress', rig.namespace, 'brain-assets');
    await comesTo('cdn', { state: 'Ready' });
    expect(JSON.stringify(await rig.find('ingress', 'brain'))).not.toContain('example.com/cache-control');
    expect(JSON.stringify((await rig.deployment('brain-sync'))?.spec.template)).toContain(server.assetUrl);
  }, 120_000);

  it('has optimised pods with requests and a word for autoscalers, and none is written twice', async () => {
    await comesTo('app-optimize', { state: 'Ready' });
    await comesTo('orchestration', { state: 'Ready' });
    const template = JSON.stringify((await rig.deployment('brain-ingest'))?.spec.template);
    for (const words of [
      'php artisan optimize',
      '"cpu":"100m"',
      '"cluster-autoscaler.kubernetes.io/safe-to-evict":"true"',
    ])
      expect(template).toContain(words);
    const versions = async () =>
      Promise.all(
        ['ingress/brain', 'ingress/brain-assets', 'deployment/brain-ingest', 'deployment/brain-sync'].map(
          async (key) => {
            const [kind = '', name = ''] = key.split('/');
            return (await rig.find(kind, name))?.metadata.generation;
          },
        ),
      );
    const before = await versions();
    await rig.apply('brain', {
      tierPin: { tier: 'microservices', reason: 'to see all of it' },
      components: { ingest: { command: ['php', 'artisan', 'serve'] } },
      transitions: { minReadyTime: '0s', policies: [{ capability: 'redis-cache', policy: 'Never' }] },
      capabilities: { loadBalancer: INGRESS, cdn: cdn() },
      budgets: { viciApiCallsPerHour: 500 },
    });
    const { generation } = (await rig.platform('brain')).metadata;
    await eventually('the change was looked at', async () => {
      const { metadata, status } = await rig.platform('brain');
      return status?.observedGeneration === metadata.generation && metadata.generation === generation;
    });
    expect(await versions()).toEqual(before);
  }, 120_000);

  it('moves to a Gateway, and keeps the Ingress until every Gateway has taken the route', async () => {
    await apply({ loadBalancer: GATEWAY, cdn: cdn() });
    await comesTo('load-balancer', { state: 'Progressing', step: 'RouteAccepted' });
    expect(await rig.find('ingress', 'brain')).toBeDefined();
    await eventually('the route is there', () => rig.find(ROUTE, 'brain'));
    await drive('HTTPRoute', rig.namespace, 'brain');
    await comesTo('load-balancer', { state: 'Ready' });
    await eventually('the Ingress is gone', async () => (await rig.find('ingress', 'brain')) === undefined);
    const assets = await eventually('assets have a route', () => rig.find(ROUTE, 'brain-assets'));
    expect(assets).toMatchObject({
      spec: {
        rules: [
          {
            filters: [
              { responseHeaderModifier: { set: [{ name: 'Cache-Control', value: HEADERS.cacheControl }] } },
            ],
          },
        ],
      },
    });
    await drive('HTTPRoute', rig.namespace, 'brain-assets');
    await comesTo('cdn', { state: 'Ready' });
  }, 120_000);

  it('moves on to a load balancer of the cloud', async () => {
    await apply({ loadBalancer: { service: {} }, cdn: cdn() });
    await comesTo('load-balancer', { state: 'Progressing', step: 'AddressAssigned' });
    expect(await rig.find(ROUTE, 'brain')).toBeDefined();
    await drive('Service', rig.namespace, 'brain-lb', { address: 'lb.example.com' });
    await comesTo('load-balancer', { state: 'Ready' });
    await eventually('the route is gone', async () => (await rig.find(ROUTE, 'brain')) === undefined);
  }, 120_000);
});
