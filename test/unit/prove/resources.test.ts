import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/api/admit.ts';
import { NAME_PATTERN, NAME_RULES } from '../../../src/api/platform-name.ts';
import { uniform } from '../../../src/simulate/random.ts';
import { bordersOf } from '../../prove/resources/borders.ts';
import { type CaseKind, casesOf } from '../../prove/resources/cases.ts';
import { crashesIn, judged, restless, type Seen, type SeenDeployment } from '../../prove/resources/judge.ts';
import { KNOWN } from '../../prove/resources/known.ts';
import { behind } from '../../prove/resources/leftovers.ts';
import { pageOf } from '../../prove/resources/page.ts';
import { longestText, shortestText, someText } from '../../prove/resources/pattern.ts';
import { PERMISSIONS } from '../../prove/resources/permissions.ts';
import {
  choiceOf,
  type Field,
  fieldsOf,
  pathText,
  patternOf,
  specSchemaOf,
} from '../../prove/resources/schema.ts';
import { type Stores, withField } from '../../prove/resources/specs.ts';
import type { JsonMap } from '../../prove/resources/values.ts';

const CRD = join(import.meta.dirname, '../../../crds/leadplatform.io_leadplatforms.yaml');
const schema = specSchemaOf(await readFile(CRD, 'utf8'));
const fields = fieldsOf(schema);
const field = (path: string): Field => {
  const found = fields.find((one) => pathText(one.path) === path);
  if (found === undefined) throw new Error(`the schema has no ${path}`);
  return found;
};
const stores: Stores = {
  postgres: { host: '127.0.0.1', port: 5432, database: 'leads' },
  redis: { host: '127.0.0.1', port: 6379 },
  secret: 'postgres',
  table: 'leads',
  prefix: 'fuzz-',
};

describe('the schema', () => {
  const WORDS = new Set([
    ...['type', 'description', 'enum', 'default', 'format', 'pattern', 'minLength', 'maxLength', 'minimum'],
    ...['exclusiveMinimum', 'maximum', 'minItems', 'maxItems', 'maxProperties', 'required', 'properties'],
    ...['items', 'additionalProperties', 'anyOf', 'x-kubernetes-int-or-string', 'x-kubernetes-list-type'],
    ...['x-kubernetes-list-map-keys', 'x-kubernetes-validations'],
  ]);

  it('holds no word that the generators do not know', () => {
    const unknown = fields.flatMap((one) => Object.keys(one.schema).filter((word) => !WORDS.has(word)));
    expect(unknown).toEqual([]);
  });

  it.each([
    ['podTemplate.volumes[]', true, ['emptyDir', 'configMap', 'secret', 'persistentVolumeClaim', 'hostPath']],
    ['stores.redis', true, ['host', 'sentinel']],
    ['capabilities.settingsEndpoint', true, ['path', 'url']],
    ['signals.cpu', false, ['kubernetes', 'prometheus', 'http']],
    ['capabilities.readReplica', false, ['cluster', 'host']],
    ['env[]', false, ['value', 'valueFrom']],
    ['components.queues[]', undefined, undefined],
  ])('says what excludes what: %s', (path, isNeeded, names) => {
    expect(choiceOf(field(path).schema)).toEqual(names && { names, isNeeded });
  });
});

describe('a text for a pattern', () => {
  const patterns = [
    ...new Map(
      fields.flatMap((one) => {
        const pattern = patternOf(one.schema);
        return pattern === undefined ? [] : [[pattern, one.schema.maxLength ?? 100] as const];
      }),
    ),
  ];

  it.each(patterns)('matches, at its shortest, at its longest and in between: %s', (pattern, most) => {
    const random = uniform(7);
    const some = Array.from({ length: 50 }, () => someText(pattern, random));
    const longest = longestText(pattern, most);
    for (const text of [shortestText(pattern), longest, ...some]) expect(text).toMatch(new RegExp(pattern));
    expect(longest.length).toBeLessThanOrEqual(most);
    expect(longest.length).toBeGreaterThan(shortestText(pattern).length);
  });

  it('is as long as it may be where one part can be repeated', () => {
    expect(longestText('^[a-z]([-a-z]*[a-z])?$', 63)).toHaveLength(63);
  });

  it('is refused where the pattern holds what is not known', () => {
    expect(() => shortestText('^(?=a)b$')).toThrow('no text can be made for ^(?=a)b$');
  });
});

describe('the borders of a field', () => {
  it.each([
    ['components.ingest.port', [0, 1, 2, 65_535, 65_536, 1.5, 'x', {}, [], null]],
    ['components.ingest.capacity.leadsPerMinute', [0, 1e-6, 1_000_000, 1_000_001, -1]],
    ['deletionPolicy', ['Retain', 'Delete', 'Other', '', null, 1]],
    ['podTemplate.tolerations', [[], [{}], [{}, {}], [null], 'x', {}]],
    ['env[].valueFrom', [{}, null, 'x', []]],
    ['stores.redis', [{}, { host: '127.0.0.1' }, { host: '127.0.0.1', nosuch: 1 }]],
  ])('hold %s', (path, values) => {
    expect(bordersOf(field(path)).map(({ value }) => value)).toEqual(expect.arrayContaining(values));
  });

  it.each([
    ['envFrom[]', ['prefix', 'secretRef', 'configMapRef']],
    ['env[].valueFrom', ['secretKeyRef', 'configMapKeyRef']],
    ['podTemplate.labels', ['constructor', 'toString']],
    ['podTemplate.labels', ['']],
    ['stores.redis.tls', ['nosuch']],
    ['signals.cpu', ['http']],
  ])('hold a map of %s with %s', (path, keys) => {
    const maps = bordersOf(field(path)).map(({ value }) => value as object | null);
    expect(maps.map((map) => Object.keys(map ?? {}).toSorted())).toContainEqual(keys.toSorted());
  });

  it('are found for every field', () => {
    for (const one of fields) expect(bordersOf(one).length, pathText(one.path)).toBeGreaterThan(5);
  });
});

describe('a spec with one field set', () => {
  it.each([
    [
      'components.queues[].replicas.min',
      0,
      { components: { queues: [{ name: 'A', replicas: { min: 0 } }] } },
    ],
    ['stores.redis.sentinel.master', 'm', { stores: { redis: { sentinel: { master: 'm' } } } }],
    ['podTemplate.labels{}', 'b', { podTemplate: { labels: { a: 'b' } } }],
  ])('holds what encloses it: %s', (path, value, expected) => {
    const spec = withField(schema, { stores: { redis: { host: 'a' } } }, field(path).path, value);
    expect(spec).toMatchObject(expected);
  });

  it('has no alternative to the field', () => {
    const before: JsonMap = { image: 'a', stores: { redis: { host: 'a', port: 1 } } };
    const spec = withField(schema, before, ['stores', 'redis', 'sentinel', 'master'], 'm');
    expect(spec).toEqual({
      image: 'a',
      stores: { redis: { port: 1, sentinel: { master: 'm', hosts: [{ host: '127.0.0.1' }] } } },
    });
  });
});

describe('the cases of a run', () => {
  const cases = casesOf(schema, stores, 1, 400);
  const ofKind = (kind: CaseKind) => cases.filter((one) => one.kind === kind);

  it('are as many as were asked for, of every kind', () => {
    expect(cases).toHaveLength(400);
    for (const kind of ['field', 'whole', 'sequence'] as const)
      expect(ofKind(kind).length).toBeGreaterThan(50);
  });

  it('are the same for the same seed, and others for another', () => {
    expect(casesOf(schema, stores, 1, 40)).toEqual(casesOf(schema, stores, 1, 40));
    expect(casesOf(schema, stores, 2, 40)).not.toEqual(casesOf(schema, stores, 1, 40));
  });

  it('hold whatever was wrong once', () => {
    const given = JSON.stringify(ofKind('known').map(({ specs }) => specs[0]));
    for (const { value } of KNOWN) expect(given).toContain(JSON.stringify(value));
  });

  it('have names that a platform may have, none of which begins another', () => {
    const names = cases.map(({ name }) => name).toSorted();
    for (const name of names) {
      expect(name).toMatch(NAME_PATTERN);
      expect(name.length).toBeLessThanOrEqual(NAME_RULES.max);
    }
    expect(names.filter((name, index) => names[index + 1]?.startsWith(name))).toEqual([]);
  });

  it('are right in most of those that are drawn as a whole', () => {
    const wholes = ofKind('whole');
    const right = wholes.filter(({ specs }) => admit({ spec: specs[0] }, PERMISSIONS).ok);
    expect(right.length / wholes.length).toBeGreaterThan(0.85);
  });

  it('reach most of the top fields in those', () => {
    const given = new Set(ofKind('whole').flatMap(({ specs }) => Object.keys(specs[0])));
    expect(Object.keys(schema.properties ?? {}).filter((name) => !given.has(name))).toEqual([]);
  });

  it('come back to what they were where they are a sequence', () => {
    for (const { specs } of ofKind('sequence')) {
      expect(specs).toHaveLength(3);
      expect(specs[2]).toEqual(specs[0]);
    }
    const bad = ofKind('sequence').filter(({ specs }) => !admit({ spec: specs[1] }, PERMISSIONS).ok);
    expect(bad.length).toBeGreaterThan(20);
  });
});

const condition = (type: string, status: 'True' | 'False', observedGeneration = 2) => ({
  ...{ type, status, observedGeneration, lastTransitionTime: '', reason: 'A', message: 'b' },
});
const deployment = (ready: number, asked = 3): SeenDeployment => ({
  metadata: { name: 'brain-ingest' },
  spec: { replicas: asked },
  status: { readyReplicas: ready },
});
const seen = (change: Partial<Seen> & { status?: object; spec?: object } = {}): Seen => ({
  platform: {
    metadata: { name: 'brain', generation: 2 },
    spec: change.spec ?? { image: 'a' },
    status: {
      observedGeneration: 2,
      components: [{ name: 'ingest', desiredReplicas: 3, replicas: 3, readyReplicas: 3 }],
      conditions: [condition('Ready', 'True'), condition('Stalled', 'False')],
      ...change.status,
    },
  },
  deployments: change.deployments ?? [deployment(3)],
  lastWrites: change.lastWrites ?? [{ object: 'deployments/brain-ingest', code: 200 }],
});
const stalled = (ready: 'True' | 'False', generation = 2) => ({
  conditions: [condition('Ready', ready, generation), condition('Stalled', 'True')],
});

describe('a platform at rest', () => {
  it('is found in order where everything is as its status says', () => {
    expect(judged(seen())).toEqual([]);
  });

  it.each<[string, Parameters<typeof seen>[0], string[]]>([
    [
      'of an older generation',
      { status: { conditions: [condition('Ready', 'True', 1)] } },
      ['Ready is of generation 1, and the platform is at 2'],
    ],
    ['of an older generation beside Stalled', { status: stalled('True', 1) }, []],
    ['without a Deployment', { deployments: [] }, ['Ready, and there is no brain-ingest']],
    [
      'with fewer replicas than are asked for',
      { deployments: [deployment(1)] },
      ['Ready, and brain-ingest has 1 of 3 replicas ready'],
    ],
    [
      'whose Deployment is refused',
      { status: stalled('True'), lastWrites: [{ object: 'deployments/brain-ingest', code: 422 }] },
      ['Ready, and the last write of deployments/brain-ingest got 422'],
    ],
    [
      'whose job is refused, which is told',
      { status: stalled('True'), lastWrites: [{ object: 'cronjobs/brain-call-logs-hourly', code: 422 }] },
      [],
    ],
    [
      'whose job is refused, which is not told',
      { lastWrites: [{ object: 'cronjobs/brain-call-logs-hourly', code: 422 }] },
      ['refused, and Stalled is not true: cronjobs/brain-call-logs-hourly'],
    ],
    [
      'whose spec is refused, which is not told',
      { spec: {} },
      ['Ready, and the spec is refused', 'the spec is refused, and Stalled is not true'],
    ],
    ['whose spec is refused, which is told', { spec: {}, status: stalled('False') }, []],
    [
      'whose status is of an older generation',
      { status: { observedGeneration: 1 } },
      ['the status is of generation 1, and the platform is at 2'],
    ],
  ])('is Ready %s', (_, change, says) => {
    expect(judged(seen(change)).map((one) => one.says)).toEqual(says);
  });

  it('is restless with two writes in three minutes, and not with one', () => {
    const writes = new Map([
      ['a', ['patch leadplatforms/status']],
      ['b', ['patch leadplatforms/status', 'patch deployments', 'patch leadplatforms/status']],
    ]);
    expect(restless({ minutes: 3, writes })).toEqual([
      {
        rule: 'at rest, at most 0.1 writes a minute',
        name: 'b',
        says: '3 writes in 3.0 minutes: patch leadplatforms/status 2, patch deployments 1',
      },
    ]);
  });

  it('may be written more often where its spec asks for attempts, and not at every pass', () => {
    const specs = new Map([['a', { transitions: { retryAfter: '0ms' } }]]);
    const writes = (count: number) => new Map([['a', Array.from({ length: count }, () => 'patch')]]);
    expect(restless({ minutes: 3, writes: writes(12), specs })).toEqual([]);
    expect(restless({ minutes: 3, writes: writes(13), specs })).toHaveLength(1);
  });
});

describe('the log of the operator', () => {
  it.each([
    ['{"level":30,"msg":"Changed the platform"}', true],
    ['{"level":"info","msg":"Changed the platform"}', true],
    ['{"level":40,"error":"POST …: 422: Deployment is invalid","msg":"Reconcile failed; will retry"}', true],
    ['{"level":50,"msg":"Telling a watch handler again later: it threw"}', false],
    ['{"level":"fatal","msg":"x"}', false],
    ['{"level":40,"error":"TypeError: Cannot read properties of undefined (reading \'a\')"}', false],
    ['    at plan (/app/leadplatform.mjs:12:34)', false],
    ['Uncaught Error: x', false],
  ])('tells a crash from what is foreseen: %s', (line, isFine) => {
    expect(crashesIn(`${line}\n`)).toEqual(isFine ? [] : [line]);
  });
});

describe('what stays behind', () => {
  const object = (kind: string, name: string, metadata: object = {}) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, uid: name, ...metadata },
  });
  const labels = {
    'leadplatform.io/keeps-data': 'true',
    'app.kubernetes.io/instance': 'brain',
  };
  const owned = (kind: string, uid: string) => ({
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name: uid, uid, controller: true }],
  });

  it('is what has an owner, or holds no data', () => {
    const objects = [
      object('StatefulSet', 'brain-redis', { labels }),
      object('Pod', 'brain-redis-0', owned('StatefulSet', 'brain-redis')),
      object('StatefulSet', 'brain-queue-redis', { labels, ...owned('LeadPlatform', 'brain') }),
      object('ServiceAccount', 'default'),
      object('Pod', 'brain-ingest-0', owned('ReplicaSet', 'brain-ingest')),
    ];
    expect(behind(objects)).toEqual(['StatefulSet/brain-queue-redis', 'Pod/brain-ingest-0']);
  });
});

describe('the page', () => {
  it('names the smallest input of each finding first', () => {
    const cases = [
      { name: 'a', kind: 'whole', what: 'drawn at random', specs: [{ image: 'a', env: [] }] },
      { name: 'b', kind: 'field', what: 'image: shortest', specs: [{ image: 'b' }] },
    ] as const;
    const rule = 'what is wrong is told';
    const findings = [
      { rule, name: 'a', says: 'first' },
      { rule, name: 'b', says: 'second' },
    ] as const;
    const batch = {
      tried: 2,
      accepted: 2,
      ready: 1,
      restMinutes: 3,
      restWrites: 3,
      restRefused: 0,
      findings,
    };
    const page = pageOf(1, cases, [batch], findings);
    expect(page).toContain('0.500 writes a platform and minute');
    expect(page).toMatch(/b \(image: shortest\): second `\{"image":"b"\}`\n- a \(drawn at random\): first/);
  });
});
