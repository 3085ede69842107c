import { describe, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import type { CapabilityName } from '../../../src/api/names.ts';
import { Story } from './story.ts';

const ADDRESS = { loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } };
const INGRESS = { ingress: { className: 'nginx', hosts: ['leads.example.com'] } };
const NAMES: readonly CapabilityName[] = ['load-balancer', 'microservices'];
const INTAKE = { name: 'intake', port: 9000, paths: ['/api/leads'] };
const REPORTS = { name: 'reports', port: 9000, paths: ['/reports'] };

type Service = NonNullable<
  NonNullable<NonNullable<LeadPlatformSpecInput['capabilities']>['microservices']>['services']
>[number];

function story(
  services: readonly Service[] | undefined,
  { loadBalancer = INGRESS, ...spec }: Partial<LeadPlatformSpecInput> & { loadBalancer?: object } = {},
): Story {
  const microservices = services === undefined ? {} : { services: [...services] };
  const told = new Story(
    NAMES,
    { ...spec, capabilities: { loadBalancer, microservices } },
    { separate: true, tier: { to: 'enterprise' }, sizes: { ingest: 6 } },
  );
  return told;
}
const stateOf = (told: Story) => told.report('microservices');
const replicas = (told: Story, name: string) => told.spec(`Deployment/brain-service-${name}`)['replicas'];
const all = (name: string, kinds = ['Deployment', 'Service', 'PodDisruptionBudget', 'Ingress']) =>
  kinds.map((kind) => `${kind}/brain-service-${name}`);
const thereOf = (told: Story, name: string) => all(name).filter((key) => told.has(key));
const addressed = (told: Story, ...names: readonly string[]) => {
  told.says('Ingress/brain', ADDRESS);
  for (const name of names) told.says(`Ingress/brain-service-${name}`, ADDRESS);
  return told.settle();
};

describe('A service that is split off', () => {
  it('is the webhook where none is declared, as the web side would answer it', () => {
    const told = story(undefined, {
      components: { ingest: { command: ['php', '-S', '0.0.0.0:8000'], port: 8000 } },
    }).settle();
    const { spec } = told.template('service-webhook');
    expect(spec.containers[0]).toMatchObject({
      image: 'registry.example/brain:1.4.0',
      command: ['php', '-S', '0.0.0.0:8000'],
      ports: [{ name: 'http', containerPort: 8000 }],
      readinessProbe: { httpGet: { path: '/up', port: 'http' } },
    });
    expect(told.find('Ingress/brain-service-webhook')).toMatchObject({
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            host: 'leads.example.com',
            http: {
              paths: [
                {
                  path: '/webhook/vici/call-event',
                  pathType: 'Prefix',
                  backend: { service: { name: 'brain-service-webhook', port: { name: 'http' } } },
                },
              ],
            },
          },
        ],
      },
    });
    expect(stateOf(addressed(told, 'webhook'))).toMatchObject({ state: 'Ready' });
  });

  it('has a Deployment, a Service and a disruption budget that select its own pods alone', () => {
    const told = story([INTAKE]).settle();
    const labels = told.template('service-intake').metadata as unknown as { labels: Record<string, string> };
    const selector = {
      'app.kubernetes.io/name': 'leadplatform',
      'app.kubernetes.io/instance': 'brain',
      'app.kubernetes.io/component': 'service-intake',
    };
    expect(labels.labels).toMatchObject(selector);
    expect(told.spec('Service/brain-service-intake')).toMatchObject({
      selector,
      ports: [{ port: 80, targetPort: 'http' }],
    });
    expect(told.spec('PodDisruptionBudget/brain-service-intake')).toMatchObject({
      maxUnavailable: '25%',
      selector: { matchLabels: selector },
    });
    // No part of the platform: nothing sizes it, drains it or counts it as one.
    expect(told.driver.status.components?.map(({ name }) => name)).toEqual([
      'ingest',
      'sync',
      'queue-default',
    ]);
  });

  it('gets no request before a replica of it can be relied on', () => {
    const told = story([INTAKE]);
    told.driver.world.broken.add('brain-service-intake');
    told.settle();
    expect(thereOf(told, 'intake')).toEqual(all('intake').slice(0, 3));
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'ServicesReady' });
    told.driver.world.broken.clear();
    told.settle();
    expect(thereOf(told, 'intake')).toEqual(all('intake'));
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'AddressAssigned' });
    expect(stateOf(addressed(told, 'intake'))?.state).toBe('Ready');
  });

  it('gives its requests back to the web side when its last replica is gone, and harms no other', () => {
    const told = addressed(
      story([
        { ...INTAKE, first: true },
        { ...REPORTS, first: true },
      ]).settle(),
      'intake',
      'reports',
    );
    told.says('Deployment/brain-service-intake', { observedGeneration: 1, replicas: 3, updatedReplicas: 3 });
    told.driver.pass(told.decision());
    expect([told.has('Ingress/brain-service-intake'), told.has('Ingress/brain-service-reports')]).toEqual([
      false,
      true,
    ]);
    told.driver.world.broken.add('brain-service-intake');
    told.driver.now += 24 * 3_600_000;
    told.says('Deployment/brain-service-intake', { observedGeneration: 1, replicas: 3, updatedReplicas: 3 });
    told.driver.pass(told.decision());
    expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'StepTooLong' });
    expect(thereOf(told, 'reports')).toEqual(all('reports'));
  });

  it('is sent requests by an HTTPRoute where a Gateway lets them in', () => {
    const told = story([INTAKE], { loadBalancer: { gateway: { parentRefs: [{ name: 'public' }] } } });
    told.driver.serves = new Set(['HTTPRoute']);
    told.settle();
    expect(told.spec('HTTPRoute/brain-service-intake')).toMatchObject({
      parentRefs: [{ name: 'public' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/api/leads' } }],
          backendRefs: [{ name: 'brain-service-intake', port: 80 }],
        },
      ],
    });
    expect(stateOf(told)).toMatchObject({ step: 'RouteAccepted' });
  });

  it.each([
    ['nothing that tells paths apart', { service: {} }, ['load-balancer', 'microservices'] as const],
    ['nothing at all', {}, ['load-balancer', 'microservices'] as const],
    ['an Ingress that is not called for', INGRESS, ['microservices'] as const],
  ])('says where it is reached when requests come in by %s', (_case, loadBalancer, names) => {
    const told = story([INTAKE], { loadBalancer }).settle(names);
    expect(stateOf(told)).toMatchObject({
      state: 'Blocked',
      reason: 'NotRouted',
      message: expect.stringContaining('http://brain-service-intake.leads'),
    });
    expect(thereOf(told, 'intake')).toEqual(all('intake').slice(0, 3));
  });

  it('works by itself where it has no port: no Service, no probes, and PHP is stopped by a TERM', () => {
    const told = story([
      { name: 'export', command: ['php', 'artisan', 'export:run'], drainTime: '5m' },
    ]).settle();
    expect(thereOf(told, 'export')).toEqual(all('export', ['Deployment', 'PodDisruptionBudget']));
    const { spec } = told.template('service-export');
    expect(spec['terminationGracePeriodSeconds']).toBe(315);
    expect(spec.containers[0]).toMatchObject({
      lifecycle: {
        preStop: { exec: { command: ['php', '-r', expect.stringMatching(/posix_kill\(1, 15\);$/)] } },
      },
    });
    expect(spec.containers[0]).not.toHaveProperty('readinessProbe');
    expect(stateOf(told)?.state).toBe('Ready');
  });

  it('has the environment of the platform, and its own over it', () => {
    const told = story([{ ...INTAKE, image: 'registry.example/intake:2', env: { MODE: 'fast' } }], {
      env: [
        { name: 'MODE', value: 'slow' },
        { name: 'REGION', value: 'eu' },
        // What every object seems to have is no variable of the service.
        { name: 'toString', value: 'kept' },
      ],
    }).settle();
    const [container] = told.template('service-intake').spec.containers;
    expect(container).toMatchObject({
      image: 'registry.example/intake:2',
      env: [
        { name: 'REGION', value: 'eu' },
        { name: 'toString', value: 'kept' },
        { name: 'MODE', value: 'fast' },
      ],
    });
  });
});

describe('The size of a service', () => {
  it.each([
    ['half of the web side, by what one replica can do', {}, 6, 3],
    ['two at least, for one is gone while its node is drained', {}, 1, 2],
    ['as many as its own capacity asks for', { capacity: { leadsPerMinute: 40 } }, 6, 9],
    ['its own least', { replicas: { min: 5 } }, 6, 5],
    ['its own most', { replicas: { max: 1 } }, 6, 1],
  ])('is %s', (_case, settings, ingest, expected) => {
    const told = story([{ ...INTAKE, ...settings }])
      .decide({ sizes: { ingest } })
      .settle();
    expect(replicas(told, 'intake')).toBe(expected);
  });

  // Six replicas of ingest, whatever one of them is said to take in.
  it.each([
    ['the webhook that nobody declared', undefined, 'webhook', 120_000, 3],
    ['the webhook, where the web side takes in little', undefined, 'webhook', 6, 3],
    ['a service that says nothing', [INTAKE], 'intake', 120_000, 3],
    [
      'a service that says what it can do',
      [{ ...INTAKE, capacity: { leadsPerMinute: 240_000 } }],
      'intake',
      120_000,
      3,
    ],
    ['one that can do little', [{ ...INTAKE, capacity: { leadsPerMinute: 7_500 } }], 'intake', 120_000, 96],
  ])('goes by the capacity of the web side, for %s', (_, services, name, leadsPerMinute, expected) => {
    const told = story(services, { components: { ingest: { capacity: { leadsPerMinute } } } }).settle();
    expect(replicas(told, name)).toBe(expected);
  });

  it('follows the web side up and down', () => {
    const told = story([INTAKE]).settle();
    told.decide({ sizes: { ingest: 20 } }).settle();
    expect(replicas(told, 'intake')).toBe(10);
    told.decide({ sizes: { ingest: 8 } }).settle();
    expect(replicas(told, 'intake')).toBe(4);
  });

  it('is left to an autoscaler of somebody else', () => {
    const told = story([INTAKE]).settle();
    told.driver.autoscalers = [
      { kind: 'HorizontalPodAutoscaler', name: 'intake', target: 'brain-service-intake' },
    ];
    told.driver.world.edit('Deployment/brain-service-intake', (object) => ({
      ...object,
      spec: { ...(object['spec'] as object), replicas: 7 },
    }));
    told.decide({ sizes: { ingest: 20 } }).settle();
    expect(replicas(told, 'intake')).toBe(7);
  });
});

describe('Services', () => {
  const first = { ...REPORTS, first: true };

  it.each([
    ['the first of the list on the tier that begins with them', 'enterprise', [INTAKE, REPORTS], ['intake']],
    ['those that are called first', 'enterprise', [INTAKE, first], ['reports']],
    ['all from 50,000 leads/day on', 'microservices', [INTAKE, first], ['intake', 'reports']],
  ] as const)('that are split off are %s', (_case, to, services, expected) => {
    const told = story(services).decide({ tier: { to } }).settle();
    expect(['intake', 'reports'].filter((name) => told.has(`Deployment/brain-service-${name}`))).toEqual(
      expected,
    );
  });

  it('go one tier down by giving their requests back first', () => {
    const told = story([INTAKE, REPORTS])
      .decide({ tier: { to: 'microservices' } })
      .settle();
    addressed(told, 'intake', 'reports');
    const mark = told.driver.log.length;
    told.decide({ tier: { to: 'enterprise' } }).settle();
    const deletes = told.driver.log.slice(mark).filter((line) => line.includes('delete'));
    expect(deletes[0]).toContain('Ingress/brain-service-reports');
    expect(deletes.slice(1).join()).toContain('Deployment/brain-service-reports');
    expect(thereOf(told, 'reports')).toEqual([]);
    expect(thereOf(told, 'intake')).toEqual(all('intake'));
  });

  it.each(['a spec that has forgotten them', 'a load that does not call for them'])(
    'leave nothing behind with %s, and no pod goes in the pass that takes the requests away',
    (why) => {
      const told = addressed(story([INTAKE]).settle(), 'intake');
      const names = why.startsWith('a load') ? (['load-balancer'] as const) : NAMES;
      if (why.startsWith('a spec'))
        told.edit({ capabilities: { loadBalancer: INGRESS, microservices: { services: [REPORTS] } } });
      told.driver.pass(told.decision(names));
      expect(thereOf(told, 'intake')).toEqual(all('intake').slice(0, 3));
      told.settle(names);
      expect(thereOf(told, 'intake')).toEqual([]);
      if (why.startsWith('a load')) expect(stateOf(told)).toBeUndefined();
    },
  );

  it('need to be declared where there is no webhook', () => {
    const told = story(undefined, { callLogSync: { strategy: 'Polling' } }).settle();
    expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'NoServices' });
  });

  it('write nothing once all is well', () => {
    const told = addressed(story([INTAKE]).settle(), 'intake');
    expect(told.driver.plan(told.decision()).actions).toEqual([]);
  });

  it('cannot have paths without a port', () => {
    const capabilities = { microservices: { services: [{ name: 'intake', paths: ['/api'] }] } };
    const { error } = LeadPlatformSpec.safeParse({ image: 'any', capabilities });
    expect(error?.issues[0]?.message).toContain('no port to answer them on');
  });
});

describe('full-microservices', () => {
  it('names what is missing, and is there once nothing is', () => {
    const names = [...NAMES, 'search', 'full-microservices'] as const;
    const told = story([INTAKE, REPORTS]).settle(names);
    // All services, whatever the tier.
    expect(told.has('Deployment/brain-service-reports')).toBe(true);
    expect(told.report('full-microservices')).toMatchObject({
      state: 'Blocked',
      reason: 'Incomplete',
      message: expect.stringContaining('search ('),
    });
    const without = [...NAMES, 'full-microservices'] as const;
    told.settle(without);
    expect(told.report('full-microservices')).toMatchObject({
      state: 'Progressing',
      message: 'On the way: load-balancer (Progressing), microservices (Progressing).',
    });
    for (const name of ['', '-service-intake', '-service-reports'])
      told.says(`Ingress/brain${name}`, ADDRESS);
    told.settle(without);
    expect(told.report('full-microservices')?.state).toBe('Ready');
  });
});
