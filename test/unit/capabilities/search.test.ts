import { describe, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { REMOVAL_ANNOTATION } from '../../../src/api/names.ts';
import { elasticsearchName } from '../../../src/capabilities/search/server.ts';
import { PLATFORM, snapshotOf } from '../plan/fixtures.ts';
import { plan } from '../../../src/plan/plan.ts';
import { Story } from './story.ts';

const ES = 'Elasticsearch/brain-search';
const WELL = { health: 'green', phase: 'Ready', observedGeneration: 1 };
const HEALTHY = { status: 200, body: { status: 'green' } };
const STORE = { url: 'https://search.example.com:9200/', secretRef: { name: 'search' } };

type Settings = NonNullable<LeadPlatformSpecInput['capabilities']>['search'];

function story(settings: Settings = {}, spec: Partial<LeadPlatformSpecInput> = {}): Story {
  const told = new Story(['search'], { ...spec, capabilities: { search: settings } });
  told.driver.serves = new Set(['Elasticsearch']);
  return told;
}
const stateOf = (told: Story) => told.report('search');

function answers(told: Story, facts: object | null = HEALTHY): Story {
  told.driver.probeResults =
    facts === null ? {} : { 'search/server': { at: told.driver.now, facts } as never };
  return told;
}
const up = (told: Story) => answers(told.settle().says(ES, WELL)).settle();
const jobs = (told: Story) =>
  told.driver.world.objects.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name);
function jobIs(told: Story, type: 'Complete' | 'Failed'): Story {
  const [name = ''] = jobs(told);
  return told.says(`Job/${name}`, { conditions: [{ type, status: 'True' }] }).settle();
}
const driverOf = (told: Story) => told.env('ingest', 'SCOUT_DRIVER');

describe('search', () => {
  it('is blocked where nobody runs Elasticsearch, and says what to do', () => {
    const told = story();
    told.driver.serves = new Set();
    expect(stateOf(told.settle())).toMatchObject({
      state: 'Blocked',
      reason: 'EngineMissing',
      message: expect.stringContaining('stores.search'),
    });
    expect(told.has(ES)).toBe(false);
  });

  it('asks for an Elasticsearch whose data outlives the platform', () => {
    const told = story({ storage: '50Gi', storageClassName: 'fast', version: '9.1.2' }).settle();
    expect(told.find(ES)).toMatchObject({
      metadata: { labels: { 'leadplatform.io/keeps-data': 'true', 'leadplatform.io/capability': 'search' } },
      spec: {
        version: '9.1.2',
        volumeClaimDeletePolicy: 'DeleteOnScaledownOnly',
        nodeSets: [
          {
            count: 3,
            volumeClaimTemplates: [
              { spec: { resources: { requests: { storage: '50Gi' } }, storageClassName: 'fast' } },
            ],
          },
        ],
      },
    });
    expect(told.find(ES).metadata.ownerReferences).toBeUndefined();
  });

  it.each([
    ['nothing', undefined, HEALTHY],
    ['that it is red', { ...WELL, health: 'red' }, HEALTHY],
    ['that it applies a change', { ...WELL, phase: 'ApplyingChanges' }, HEALTHY],
    ['what was so before the last change', { ...WELL, observedGeneration: 0 }, HEALTHY],
    ['that all is well, and the server nothing', WELL, null],
    ['that all is well, and the server that it is red', WELL, { status: 200, body: { status: 'red' } }],
    ['that all is well, and the server a page', WELL, { status: 200, body: 'green' }],
  ])('waits where its operator says %s', (_case, status, facts) => {
    const told = story().settle();
    if (status !== undefined) told.says(ES, status);
    answers(told, facts).settle();
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'ServerReady' });
    expect(jobs(told)).toEqual([]);
    expect(driverOf(told)).toEqual([undefined]);
  });

  it('waits for an answer of the server itself, and says why there is none', () => {
    const told = story().settle().says(ES, WELL);
    told.driver.probeResults = {
      'search/server': {
        at: told.driver.now,
        unknown: 'CredentialMissing',
        message: 'the Secret is missing',
      },
    };
    expect(stateOf(told.settle())).toMatchObject({
      step: 'ServerReady',
      message: expect.stringContaining('CredentialMissing'),
    });
  });

  it('asks with the credential and the CA that its operator has made', () => {
    const told = story().settle();
    expect(told.driver.plan(told.decision()).probes.map(({ probe }) => probe)).toEqual([
      {
        kind: 'http',
        id: 'search/server',
        url: 'https://brain-search-es-http.leads.svc:9200/_cluster/health',
        basicAuth: { secret: 'brain-search-es-elastic-user', user: 'elastic', passwordKey: 'elastic' },
        ca: { secret: 'brain-search-es-http-certs-public', key: 'ca.crt' },
      },
    ]);
  });

  it('fills the index before anybody searches in it, with what the web side runs with', () => {
    const told = up(story({}, { env: [{ name: 'APP_ENV', value: 'production' }] }));
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'Indexed' });
    const [name = ''] = jobs(told);
    expect(told.spec(`Job/${name}`)).toMatchObject({
      backoffLimit: 3,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              image: 'registry.example/brain:1.4.0',
              command: ['php', 'artisan', 'scout:import', 'App\\Models\\Lead'],
              env: [
                { name: 'APP_ENV', value: 'production' },
                { name: 'SCOUT_DRIVER', value: 'elastic' },
                {
                  name: 'ELASTICSEARCH_HOST',
                  value: 'https://brain-search-es-http.leads.svc:9200',
                },
                { name: 'ELASTICSEARCH_USERNAME', value: 'elastic' },
                {
                  name: 'ELASTICSEARCH_PASSWORD',
                  valueFrom: { secretKeyRef: { name: 'brain-search-es-elastic-user', key: 'elastic' } },
                },
                {
                  name: 'ELASTICSEARCH_CA',
                  valueFrom: { secretKeyRef: { name: 'brain-search-es-http-certs-public', key: 'ca.crt' } },
                },
              ],
            },
          ],
        },
      },
    });
    expect(driverOf(told)).toEqual([undefined]);
    jobIs(told, 'Complete');
    expect(stateOf(told)).toMatchObject({ state: 'Ready' });
    expect(
      ['ingest', 'sync', 'queue-default'].map((component) => told.env(component, 'SCOUT_DRIVER')),
    ).toEqual([['elastic'], ['elastic'], ['elastic']]);
    expect(jobs(told)).toEqual([name]);
    expect(told.driver.plan(told.decision()).actions).toEqual([]);
  });

  it('sets no CA where the server has none', () => {
    const told = jobIs(up(story({ tls: false })), 'Complete');
    expect(told.env('ingest', 'ELASTICSEARCH_HOST')).toEqual(['http://brain-search-es-http.leads.svc:9200']);
    expect(told.env('ingest', 'ELASTICSEARCH_CA')).toEqual([undefined]);
    expect(told.spec(ES)).toMatchObject({ http: { tls: { selfSignedCertificate: { disabled: true } } } });
  });

  it('says that the index could not be filled, and tries again once the Job is deleted', () => {
    const told = jobIs(up(story()), 'Failed');
    expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'IndexFailed' });
    expect(driverOf(told)).toEqual([undefined]);
    const [name = ''] = jobs(told);
    told.driver.world.remove(`Job/${name}`);
    jobIs(told.settle(), 'Complete');
    expect(stateOf(told)?.state).toBe('Ready');
  });

  it('leaves a Job that is there as it was made: another image cannot be written into it', () => {
    const told = up(story());
    const before = told.find(`Job/${jobs(told)[0] ?? ''}`);
    told.edit({ image: 'registry.example/brain:1.5.0' });
    told.settle();
    expect(told.find(`Job/${jobs(told)[0] ?? ''}`)).toBe(before);
  });

  it('fills the index again for another generation, while pods go on searching', () => {
    const told = jobIs(up(story()), 'Complete');
    const [first] = jobs(told);
    told.edit({ capabilities: { search: { indexGeneration: 2 } } });
    told.settle();
    expect(jobs(told)).not.toEqual([first]);
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'Indexed' });
    expect(driverOf(told)).toEqual(['elastic']);
  });

  it('takes nothing back while the server is away: pods would search in another place each time', () => {
    const told = jobIs(up(story()), 'Complete');
    answers(told, { status: 200, body: { status: 'red' } }).settle();
    told.driver.now += 24 * 3_600_000;
    told.settle();
    expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'StepTooLong' });
    expect(driverOf(told)).toEqual(['elastic']);
  });

  it('uses the server of the user, to whom address and credential are left', () => {
    const told = story({}, { stores: { search: STORE } });
    told.driver.serves = new Set();
    told.settle();
    expect(told.driver.plan(told.decision()).probes.map(({ probe }) => probe)).toEqual([
      {
        kind: 'http',
        id: 'search/server',
        url: 'https://search.example.com:9200/_cluster/health',
        basicAuth: { secret: 'search', userKey: 'username', passwordKey: 'password' },
      },
    ]);
    expect(stateOf(told)).toMatchObject({ step: 'ServerReady' });
    jobIs(answers(told).settle(), 'Complete');
    expect(stateOf(told)).toMatchObject({ state: 'External' });
    expect(told.env('ingest', 'SCOUT_DRIVER')).toEqual(['elastic']);
    expect(told.env('ingest', 'ELASTICSEARCH_HOST')).toEqual([undefined]);
    expect(told.has(ES)).toBe(false);
  });

  it.each<[string, Settings, Partial<LeadPlatformSpecInput>, boolean | undefined]>([
    ['to ECK with TLS', {}, {}, undefined],
    ['to ECK without it, as the spec says', { tls: false }, {}, true],
    ['to a server of the user', {}, { stores: { search: STORE } }, undefined],
    [
      'to one without TLS, where that is written',
      {},
      { stores: { search: { ...STORE, url: 'http://search:9200', tls: { mode: 'Disable' } } } },
      true,
    ],
  ])('knows whether its password may go in clear: %s', (_to, settings, spec, expected) => {
    const told = story(settings, spec).settle();
    const [asked] = told.driver.plan(told.decision()).probes;
    expect({ mayBeInClear: undefined, ...asked?.probe }).toMatchObject({
      id: 'search/server',
      mayBeInClear: expected,
    });
  });

  it('gives variables the names that the application reads', () => {
    const told = new Story(['search'], {
      capabilities: { environment: { ELASTICSEARCH_HOST: 'ELASTIC_HOST' }, search: { driver: 'explorer' } },
    });
    told.driver.serves = new Set(['Elasticsearch']);
    jobIs(up(told), 'Complete');
    expect(told.env('ingest', 'ELASTIC_HOST')).toEqual(['https://brain-search-es-http.leads.svc:9200']);
    expect(told.env('ingest', 'SCOUT_DRIVER')).toEqual(['explorer']);
  });

  it('says that the user has the last word', () => {
    const told = up(story({}, { env: [{ name: 'SCOUT_DRIVER', value: 'database' }] }));
    expect(stateOf(told)).toMatchObject({ state: 'Blocked', reason: 'Overridden' });
    expect(driverOf(told)).toEqual(['database']);
  });

  it('goes by its environment first, and keeps its data until somebody confirms the loss', () => {
    const told = jobIs(up(story()), 'Complete');
    told.driver.pass(told.decision([]));
    expect([driverOf(told), told.has(ES)]).toEqual([[undefined], true]);
    told.settle([]);
    expect(stateOf(told)).toMatchObject({ state: 'Leaving', reason: 'RemovalUnconfirmed' });
    expect([told.has(ES), jobs(told)]).toEqual([true, []]);
    const { spec, status, world, now } = told.driver;
    const confirmed = { ...PLATFORM, annotations: { [REMOVAL_ANNOTATION]: 'search' } };
    const snapshot = snapshotOf({ platform: confirmed, spec, status, children: world.children() });
    const { actions } = plan({ snapshot, decision: told.decision([]), now });
    expect(actions).toMatchObject([{ do: 'delete', object: { kind: 'Elasticsearch' } }]);
  });

  it('has a name that its operator takes, however long that of the platform is', () => {
    const long = 'a'.repeat(34);
    expect(elasticsearchName(long)).toHaveLength(36);
    expect(elasticsearchName(long)).not.toBe(elasticsearchName(`${'a'.repeat(33)}b`));
    expect(elasticsearchName('brain')).toBe('brain-search');
  });
});
