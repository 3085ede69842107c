import { describe, expect, it } from 'vitest';
import { Story } from './story.ts';

const INGRESS = { ingress: { className: 'nginx', hosts: ['leads.example.com'] } };
const GATEWAY = { gateway: { parentRefs: [{ name: 'public', namespace: 'infra' }] } };
const SERVICE = { service: { annotations: { 'cloud.example/scheme': 'internet-facing' } } };
const ADDRESS = { loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } };
const parent = (observedGeneration: number, ...gates: readonly string[]) => ({
  parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public', namespace: 'infra' },
  controllerName: 'example.com/gateway',
  conditions: ['Accepted', 'ResolvedRefs'].map((type) => ({
    type,
    status: gates.includes(type) ? 'True' : 'False',
    reason: gates.includes(type) ? type : 'NoMatchingListenerHostname',
    message: gates.includes(type) ? '' : 'no listener has this name',
    observedGeneration,
  })),
});

const story = (loadBalancer: object) => {
  const made = new Story(['load-balancer'], { capabilities: { loadBalancer } });
  made.driver.serves = new Set(['HTTPRoute']);
  return made;
};
const stateOf = (told: Story) => told.report('load-balancer');

describe('load-balancer', () => {
  it('needs to be told how requests come in', () => {
    const told = story({}).settle();
    expect(stateOf(told)).toMatchObject({
      state: 'Blocked',
      reason: 'NotConfigured',
      message: expect.stringContaining('ingress, gateway or service'),
    });
    expect(told.driver.world.objects.map(({ kind }) => kind)).not.toContain('Ingress');
  });

  it('makes an Ingress to the Service of the platform, and waits for its address', () => {
    const told = story({
      ingress: {
        ...INGRESS.ingress,
        tlsSecretName: 'leads-tls',
        annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt' },
      },
    }).settle();
    expect(told.find('Ingress/brain')).toMatchObject({
      metadata: {
        annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt' },
        ownerReferences: [{ name: 'brain' }],
      },
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['leads.example.com'], secretName: 'leads-tls' }],
        rules: [
          {
            host: 'leads.example.com',
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: 'brain', port: { name: 'http' } } },
                },
              ],
            },
          },
        ],
      },
    });
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'AddressAssigned' });
    told.says('Ingress/brain', ADDRESS).settle();
    expect(stateOf(told)).toMatchObject({ state: 'Ready' });
  });

  it.each([
    ['none', {}],
    ['an empty list', { loadBalancer: { ingress: [] } }],
    ['one without anything in it', { loadBalancer: { ingress: [{ ports: [] }] } }],
  ])('takes no address for one: %s', (_case, status) => {
    const told = story(INGRESS).settle().says('Ingress/brain', status).settle();
    expect(stateOf(told)?.state).toBe('Progressing');
  });

  it('waits for no address where the controller publishes none', () => {
    const told = story({ ingress: { publishesAddress: false } }).settle();
    expect(told.find('Ingress/brain')).toMatchObject({ spec: { rules: [{ http: {} }] } });
    expect(stateOf(told)).toMatchObject({ state: 'Ready' });
  });

  it('makes a Service of type LoadBalancer beside that of the platform, which follows the components with it', () => {
    const told = story(SERVICE).settle();
    const selector = (key: string) => told.spec(key)['selector'];
    expect(told.find('Service/brain-lb')).toMatchObject({
      metadata: { annotations: { 'cloud.example/scheme': 'internet-facing' } },
      spec: { type: 'LoadBalancer', ports: [{ port: 80, targetPort: 'http' }] },
    });
    expect(selector('Service/brain-lb')).toEqual(selector('Service/brain'));
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'AddressAssigned' });
    told.says('Service/brain-lb', { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } }).settle();
    expect(stateOf(told)?.state).toBe('Ready');
  });

  it('is blocked where routes are asked for in a cluster that knows none', () => {
    const told = story(GATEWAY);
    told.driver.serves = new Set();
    expect(stateOf(told.settle())).toMatchObject({ state: 'Blocked', reason: 'GatewayApiMissing' });
    expect(told.has('HTTPRoute/brain')).toBe(false);
  });

  it('makes an HTTPRoute, and waits for every Gateway to take what is written now', () => {
    const told = story(GATEWAY).settle();
    expect(told.find('HTTPRoute/brain')).toMatchObject({
      spec: {
        parentRefs: [{ name: 'public', namespace: 'infra' }],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ name: 'brain', port: 80 }],
          },
        ],
      },
    });
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'RouteAccepted' });
    told.says('HTTPRoute/brain', { parents: [parent(1, 'Accepted', 'ResolvedRefs')] }).settle();
    expect(stateOf(told)?.state).toBe('Ready');
  });

  const other = { ...parent(1, 'Accepted', 'ResolvedRefs'), parentRef: { name: 'public' } };
  it.each([
    ['nobody has said anything', [], 'has not said yet'],
    ['it is refused', [parent(1, 'ResolvedRefs')], 'Accepted is False (NoMatchingListenerHostname)'],
    ['what it leads to is not found', [parent(1, 'Accepted')], 'ResolvedRefs is False'],
    ['what was written before was taken', [parent(0, 'Accepted', 'ResolvedRefs')], 'has not said yet'],
    ['a Gateway of another namespace took it', [other], 'has not said yet'],
  ])('keeps the gate of a route shut while %s', (_case, parents, says) => {
    const told = story(GATEWAY).settle().says('HTTPRoute/brain', { parents }).settle();
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', message: expect.stringContaining(says) });
  });

  it('keeps the old way in until the new one is open', () => {
    const told = story(INGRESS).settle().says('Ingress/brain', ADDRESS).settle();
    told.edit({ capabilities: { loadBalancer: GATEWAY } });
    told.settle();
    expect([told.has('Ingress/brain'), told.has('HTTPRoute/brain')]).toEqual([true, true]);
    told.says('HTTPRoute/brain', { parents: [parent(1, 'Accepted', 'ResolvedRefs')] }).settle();
    expect([told.has('Ingress/brain'), told.has('HTTPRoute/brain')]).toEqual([false, true]);
  });

  it('says that an address takes too long, but takes nothing back: it may be what serves', () => {
    const told = story(INGRESS).settle();
    told.driver.now += 24 * 3_600_000;
    told.settle();
    expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'StepTooLong' });
    expect(told.has('Ingress/brain')).toBe(true);
    told.says('Ingress/brain', ADDRESS).settle();
    expect(stateOf(told)?.state).toBe('Ready');
  });

  it('stays when the load falls, for names in DNS point there, and goes when it is taken out of the spec', () => {
    const told = story(INGRESS).settle().says('Ingress/brain', ADDRESS).settle();
    told.settle([]);
    expect(stateOf(told)).toMatchObject({ state: 'Ready', reason: 'Kept' });
    expect(told.has('Ingress/brain')).toBe(true);
    told.edit({});
    told.settle([]);
    expect(told.has('Ingress/brain')).toBe(false);
    expect(stateOf(told)).toBeUndefined();
  });

  it('goes when it is declined', () => {
    const told = story(INGRESS).settle().says('Ingress/brain', ADDRESS).settle();
    const declined = {
      ...told.decision([]),
      capabilities: [{ name: 'load-balancer', required: true, consent: 'Declined' }],
    } as const;
    told.driver.pass(declined);
    expect(told.has('Ingress/brain')).toBe(false);
    expect(stateOf(told)?.state).toBe('Declined');
  });

  it('makes nothing at a load that does not call for it', () => {
    expect(story(INGRESS).settle([]).has('Ingress/brain')).toBe(false);
  });
});
