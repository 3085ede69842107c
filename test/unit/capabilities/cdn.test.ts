import { describe, expect, it } from 'vitest';
import { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import { Story } from './story.ts';

const assetUrl = 'https://cdn.example.com';
const COMPONENTS = ['ingest', 'sync', 'queue-default'] as const;
const stateOf = (told: Story) => told.report('cdn');
/** What came of asking the address. */
function answering(told: Story, answer: object = { facts: { status: 200 } }): Story {
  told.driver.probeResults = { 'cdn/address': { at: told.driver.now, ...answer } as never };
  return told;
}
const UNRESOLVED = { unknown: 'SourceUnreachable', message: 'it has a host name that does not resolve' };
const assetUrls = (told: Story) => COMPONENTS.flatMap((component) => told.env(component, 'ASSET_URL'));

describe('cdn', () => {
  it('needs to be told where the CDN is', () => {
    const told = new Story(['cdn']).settle();
    expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'AddressMissing' });
    expect(assetUrls(told)).toEqual([undefined, undefined, undefined]);
  });

  it('gives every pod the address, and is ready once the pods of before are gone', () => {
    const told = answering(new Story(['cdn'], { capabilities: { cdn: { assetUrl } } }));
    told.driver.converge(told.decision([]));
    told.driver.pass(told.decision());
    told.driver.pass(told.decision());
    expect(stateOf(told)).toMatchObject({
      state: 'Progressing',
      step: 'RolledOut',
      message: expect.stringContaining('ingest, sync, queue-default'),
    });
    told.settle();
    expect(assetUrls(told)).toEqual([assetUrl, assetUrl, assetUrl]);
    expect(stateOf(told)).toMatchObject({ state: 'Ready', message: expect.stringContaining(assetUrl) });
  });

  it.each([
    { name: 'has not been asked', answer: undefined, says: 'has not been asked yet' },
    { name: 'does not resolve', answer: UNRESOLVED, says: 'does not resolve' },
    {
      name: 'answers with an error of the server',
      answer: { unknown: 'SourceRefused', message: 'it answers with HTTP 502' },
      says: 'HTTP 502',
    },
  ])('sends no page to an address that $name', ({ answer, says }) => {
    const told = new Story(['cdn'], { capabilities: { cdn: { assetUrl } } });
    if (answer !== undefined) answering(told, answer);
    told.settle();
    expect(assetUrls(told)).toEqual([undefined, undefined, undefined]);
    expect(stateOf(told)).toMatchObject({
      state: 'Progressing',
      step: 'AddressAnswers',
      message: expect.stringContaining(says),
    });
    expect(told.driver.plan(told.decision()).probes.map(({ probe }) => probe)).toEqual([
      { kind: 'http', id: 'cdn/address', url: assetUrl, acceptsAnything: true },
    ]);
    answering(told, { facts: { status: 403 } }).settle();
    expect(stateOf(told)).toMatchObject({ state: 'Ready' });
    expect(assetUrls(told)).toEqual([assetUrl, assetUrl, assetUrl]);
  });

  it('leaves pods with the address while it is away, and is not Ready', () => {
    const told = answering(new Story(['cdn'], { capabilities: { cdn: { assetUrl } } })).settle();
    answering(told, UNRESOLVED).settle();
    expect(assetUrls(told)).toEqual([assetUrl, assetUrl, assetUrl]);
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'AddressAnswers' });
    told.driver.now += 3_600_000;
    told.settle();
    expect(assetUrls(told)).toEqual([assetUrl, assetUrl, assetUrl]);
  });

  it('gives it under the name that the application has for it', () => {
    const told = answering(
      new Story(['cdn'], {
        capabilities: { cdn: { assetUrl }, environment: { ASSET_URL: 'MIX_ASSET_URL' } },
      }),
    ).settle();
    expect(told.env('ingest', 'MIX_ASSET_URL')).toEqual([assetUrl]);
    expect(stateOf(told)?.state).toBe('Ready');
  });

  it('leaves the last word to the user, and says that it has not come into force', () => {
    const env = [{ name: 'ASSET_URL', value: 'https://other.example.com' }];
    const told = new Story(['cdn'], { env, capabilities: { cdn: { assetUrl } } }).settle();
    expect(told.env('ingest', 'ASSET_URL')).toEqual(['https://other.example.com']);
    expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'Overridden' });
  });

  it('is taken back with a rolling update, and leaves nothing', () => {
    const told = answering(new Story(['cdn'], { capabilities: { cdn: { assetUrl } } })).settle();
    told.driver.pass(told.decision([]));
    expect(stateOf(told)).toMatchObject({ state: 'Leaving', reason: 'RolledOut' });
    told.settle([]);
    expect(assetUrls(told)).toEqual([undefined, undefined, undefined]);
    expect(stateOf(told)).toBeUndefined();
  });

  it.each(['http://cdn.example.com', 'cdn.example.com', 'https://user:word@cdn.example.com', 'https://'])(
    'does not take %s for an address',
    (address) => {
      const parsed = LeadPlatformSpec.safeParse({
        image: 'brain:1',
        capabilities: { cdn: { assetUrl: address } },
      });
      expect(parsed.success).toBe(false);
    },
  );
});

describe('cache headers', () => {
  const ingress = { className: 'nginx', hosts: ['leads.example.com'], annotations: { mine: 'yes' } };
  const ingressAnnotations = { 'nginx.ingress.kubernetes.io/custom-headers': 'infra/assets' };
  const both = (cdn: object, loadBalancer: object) => {
    const told = new Story(['cdn', 'load-balancer'], {
      capabilities: { cdn: { assetUrl, ...cdn }, loadBalancer },
    });
    told.driver.serves = new Set(['HTTPRoute']);
    return answering(told).settle();
  };

  it('are sent for assets alone: on the way in of everything a CDN would keep the pages with leads', () => {
    const told = both({ ingressAnnotations, assetPaths: ['/build', '/img'] }, { ingress });
    expect(told.find('Ingress/brain-assets')).toMatchObject({
      metadata: { annotations: ingressAnnotations },
      spec: {
        ingressClassName: 'nginx',
        rules: [{ host: 'leads.example.com', http: { paths: [{ path: '/build' }, { path: '/img' }] } }],
      },
    });
    const { annotations } = told.find('Ingress/brain').metadata;
    expect(annotations).toMatchObject({ mine: 'yes' });
    expect(annotations).not.toHaveProperty('nginx.ingress.kubernetes.io/custom-headers');
  });

  it('are waited for: the Ingress of assets has an address of its own to get', () => {
    const told = both({ ingressAnnotations }, { ingress });
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'AddressAssigned' });
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } };
    told.says('Ingress/brain-assets', status).settle();
    expect(stateOf(told)?.state).toBe('Ready');
  });

  it('are a filter of a route of their own at a Gateway', () => {
    const cacheControl = 'public, max-age=31536000, immutable';
    const told = both({ cacheControl }, { gateway: { parentRefs: [{ name: 'public' }] } });
    expect(told.find('HTTPRoute/brain-assets')).toMatchObject({
      spec: {
        parentRefs: [{ name: 'public' }],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/build' } }],
            filters: [
              {
                type: 'ResponseHeaderModifier',
                responseHeaderModifier: { set: [{ name: 'Cache-Control', value: cacheControl }] },
              },
            ],
            backendRefs: [{ name: 'brain', port: 80 }],
          },
        ],
      },
    });
    expect(JSON.stringify(told.spec('HTTPRoute/brain'))).not.toContain('filters');
  });

  it.each([
    ['nothing is said of them', {}, { ingress }],
    ['requests come in by a Service', { ingressAnnotations, cacheControl: 'public' }, { service: {} }],
  ])('are left to the application where %s', (_case, cdn, loadBalancer) => {
    const told = both(cdn, loadBalancer);
    expect(told.driver.world.objects.filter(({ metadata }) => metadata.name === 'brain-assets')).toEqual([]);
    expect(stateOf(told)?.state).toBe('Ready');
  });

  it('stay with a way in that the load does not call for any more', () => {
    const told = both({ ingressAnnotations }, { ingress }).settle(['cdn']);
    expect(told.report('load-balancer')?.reason).toBe('Kept');
    expect(told.has('Ingress/brain-assets')).toBe(true);
  });

  it('go with the way in', () => {
    const told = both({ ingressAnnotations }, { ingress });
    told.edit({ capabilities: { cdn: { assetUrl, ingressAnnotations } } });
    told.settle();
    expect(told.has('Ingress/brain-assets')).toBe(false);
  });
});
