import { expect, it } from 'vitest';
import { isoTime } from '../../../src/text/time.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { indexJob } from '../../../src/capabilities/indexes/job.ts';
import { wantedIndexes } from '../../../src/capabilities/indexes/wanted.ts';
import { PLATFORM, specOf } from '../plan/fixtures.ts';
import { DatabaseStory } from './database-story.ts';

const ASK = 'database-indexes/catalog';
const postgres = {
  host: 'postgres',
  secretRef: { name: 'measuring' },
  tls: { mode: 'Disable' },
} as const;
const given: Partial<LeadPlatformSpecInput> = {
  stores: { postgres },
  capabilities: { databaseIndexes: { adminSecretRef: { name: 'admin' } } },
};
const [{ name: LEADS } = { name: '' }] = wantedIndexes(specOf());

const told = (spec: Partial<LeadPlatformSpecInput> = given) => {
  const story = new DatabaseStory('database-indexes', spec);
  story.more = { operatorImage: 'registry.example/operator:1' };
  return story;
};
const row = (state: string, found: string | null = null, name = LEADS) => ({ name, state, found });
const jobOf = (story: DatabaseStory) => story.named('Job')[0] ?? '';

it('says what to do where nobody has said where the database is', () => {
  expect(told({}).settle().report).toMatchObject({
    state: 'Blocked',
    reason: 'NotConfigured',
    message: expect.stringContaining('stores.postgres'),
  });
});

it('makes nothing before the catalog was read', () => {
  const story = told().settle();
  expect(story.report).toMatchObject({ state: 'Progressing', step: 'CatalogRead' });
  story.answer(ASK, 'unknown').settle();
  expect(story.report).toMatchObject({
    step: 'CatalogRead',
    message: expect.stringContaining('the database is away'),
  });
  expect(story.named('Job')).toEqual([]);
});

it('is ready at once where all are there, whoever made them, and needs no credential for that', () => {
  const story = told({ stores: { postgres } })
    .answer(ASK, [row('there', 'leads_time')])
    .settle();
  expect(story.report).toMatchObject({
    state: 'Ready',
    message: 'There and usable: leads(created_at) by leads_time.',
  });
  expect(story.named('Job')).toEqual([]);
});

it.each<[string, Partial<LeadPlatformSpecInput>, string | undefined, string, string]>([
  ['no credential', { stores: { postgres } }, 'operator:1', 'AdminSecretMissing', 'adminSecretRef'],
  ['no image', given, undefined, 'ImageUnknown', 'jobImage'],
])('says which are missing and what to do where there is %s', (_what, spec, image, reason, todo) => {
  const story = told(spec);
  story.more = { operatorImage: image };
  story.answer(ASK, [row('missing')]).settle();
  expect(story.report).toMatchObject({ state: 'Blocked', reason });
  expect(story.report?.message).toContain('leads(created_at)');
  expect(story.report?.message).toContain(todo);
  expect(story.named('Job')).toEqual([]);
});

const { tls: _, ...inClear } = postgres;
const { secretRef: __, ...noPassword } = inClear;

it.each([
  ['of a Job', noPassword, 'Missing: leads(created_at). The password of the Job that makes them', 1],
  ['of its own', inClear, 'Which indexes are there is not known: the password of the operator', 0],
])('sends no password %s in clear unless that is written', (_whose, store, begins, probes) => {
  const story = told({ ...given, stores: { postgres: store } })
    .answer(ASK, [row('missing')])
    .settle();
  expect(story.report).toMatchObject({
    state: 'Blocked',
    reason: 'PasswordInClear',
    message: `${begins} would go over the network in clear. Set spec.stores.postgres.tls: {} where the server has TLS, which verifies it, or spec.stores.postgres.tls: {mode: Disable} if you trust the network in between.`,
  });
  expect(story.named('Job')).toEqual([]);
  // A question with a password that is not sent would be answered by nobody.
  expect(story.last?.probes).toHaveLength(probes);
});

it.each([
  ['of a Job', noPassword],
  ['of its own', inClear],
])('leaves a Job at its work that an earlier version began, whatever of a password %s', (_whose, store) => {
  const story = told()
    .answer(ASK, [row('missing')])
    .settle();
  const job = jobOf(story);
  story.spec = specOf({ ...given, stores: { postgres: store } });
  expect(story.settle().report).toMatchObject({ state: 'Blocked', reason: 'PasswordInClear' });
  expect(story.named('Job')).toEqual([job]);
});

it.each<[string, boolean, object | undefined]>([
  ['is written to be off', true, { mode: 'Disable' }],
  ['is set', false, { mode: 'VerifyFull' }],
])('has the same Job or another where TLS, of which nothing was said, %s', (_what, isSame, tls) => {
  const nameOf = (store: object) => {
    const spec = specOf({ ...given, stores: { postgres: { ...inClear, ...store } } });
    const { postgres: connected } = spec.stores;
    const { adminSecretRef: admin } = spec.capabilities.databaseIndexes;
    if (connected === undefined || admin === undefined) throw new Error('the spec has both');
    const input = { spec, store: connected, admin, image: 'registry.example/operator:1' };
    return indexJob({ ...input, platform: PLATFORM, indexes: wantedIndexes(spec) }).metadata.name;
  };
  expect(nameOf({ tls }) === nameOf({})).toBe(isSame);
});

it('has a Job make what is missing, and removes it once the catalog says that it is there', () => {
  const story = told()
    .answer(ASK, [row('missing')])
    .settle();
  expect(story.report).toMatchObject({
    state: 'Progressing',
    step: 'IndexesMade',
    message: expect.stringContaining('leads(created_at)'),
  });
  expect(story.last?.probes).toMatchObject([{ probe: { id: ASK }, isUrgent: true }]);
  const job = jobOf(story);
  story.says(`Job/${job}`, {
    conditions: [{ type: 'Complete', status: 'True' }],
    completionTime: isoTime(story.now),
  });
  expect(story.settle().report).toMatchObject({ state: 'Progressing', step: 'IndexesMade' });
  story.answer(ASK, [row('there', LEADS)]).settle();
  expect(story.report?.state).toBe('Ready');
  expect(story.named('Job')).toEqual([]);
});

it.each([
  ['the database is away for a moment', 'unknown'],
  ['the operator has just begun, and has asked nobody yet', undefined],
] as const)('leaves a Job at its work while %s', (_case, said) => {
  const story = told()
    .answer(ASK, [row('missing')])
    .settle();
  const job = jobOf(story);
  if (said === undefined) story.probeResults = {};
  else story.answer(ASK, said);
  expect(story.settle().named('Job')).toEqual([job]);
});

it('gives the credential to the Job alone, and by its name', () => {
  const story = told()
    .answer(ASK, [row('missing')])
    .settle();
  const text = JSON.stringify(story.find(`Job/${jobOf(story)}`));
  expect(text).toContain('{"secretKeyRef":{"name":"admin","key":"password"}}');
  expect(JSON.stringify(story.world.objects.filter(({ kind }) => kind !== 'Job'))).not.toContain('"admin"');
  expect(JSON.stringify(story.last?.probes)).not.toContain('"admin"');
});

it('runs the Job as the account of the platform, which has neither rights nor a token', () => {
  const spec = { ...given, podTemplate: { serviceAccountName: 'theirs' } };
  const story = told(spec)
    .answer(ASK, [row('missing')])
    .settle();
  expect(story.find(`Job/${jobOf(story)}`)).toMatchObject({
    spec: { template: { spec: { serviceAccountName: 'brain', automountServiceAccountToken: false } } },
  });
});

it('keeps one Job while it works through the list, also over a restart', () => {
  const two = {
    ...given,
    capabilities: {
      databaseIndexes: {
        adminSecretRef: { name: 'admin' },
        indexes: [
          { name: 'a', table: 'leads', columns: ['created_at'] },
          { name: 'b', table: 'leads', columns: ['status'] },
        ],
      },
    },
  };
  const story = told(two)
    .answer(ASK, [row('missing', null, 'a'), row('missing', null, 'b')])
    .settle();
  const job = jobOf(story);
  const again = told(two);
  for (const object of story.world.objects) again.world.put(object);
  again.answer(ASK, [row('there', 'a', 'a'), row('missing', null, 'b')]).settle();
  expect(again.named('Job')).toEqual([job]);
  expect(again.report?.message).toContain('leads(status)');
  expect(again.report?.message).not.toContain('leads(created_at)');
});

it('may take as long as a large table takes', () => {
  const story = told()
    .answer(ASK, [row('missing')])
    .settle();
  story.now += 7 * 86_400_000;
  expect(story.settle().report).toMatchObject({ state: 'Progressing', step: 'IndexesMade' });
});

it('says where to look when the Job has failed, and has it tried again once it is deleted', () => {
  const story = told()
    .answer(ASK, [row('missing')])
    .settle();
  const job = jobOf(story);
  story.says(`Job/${job}`, { conditions: [{ type: 'Failed', status: 'True' }] }).settle();
  expect(story.report).toMatchObject({ state: 'Blocked', reason: 'JobFailed' });
  expect(story.report?.message).toContain(`Job/${job}`);
  const { object } = { object: story.find(`Job/${job}`) };
  story.world.carryOut([{ do: 'delete', object, uid: object.metadata.uid ?? '', why: 'by hand' }]);
  expect(story.settle().report).toMatchObject({ state: 'Progressing', step: 'IndexesMade' });
});

it('says so where the Job is done and the catalog does not know of it', () => {
  const story = told()
    .answer(ASK, [row('missing')])
    .settle();
  story.says(`Job/${jobOf(story)}`, {
    conditions: [{ type: 'Complete', status: 'True' }],
    completionTime: isoTime(story.now),
  });
  story.now += 10_000;
  story.answer(ASK, [row('missing')]).settle();
  expect(story.report).toMatchObject({ state: 'Blocked', reason: 'StillMissing' });
});

it.each([
  ['no-table', 'there is no table leads'],
  ['no-column', 'leads has no such column'],
  ['taken', 'something else is called'],
])('is blocked by %s, and says why', (state, why) => {
  const story = told()
    .answer(ASK, [row(state)])
    .settle();
  expect(story.report).toMatchObject({ state: 'Blocked', reason: 'NotPossible' });
  expect(story.report?.message).toContain(why);
  expect(story.named('Job')).toEqual([]);
});

it('makes one anew that somebody has dropped', () => {
  const story = told()
    .answer(ASK, [row('there', LEADS)])
    .settle();
  story.answer(ASK, [row('missing')]).settle();
  expect(story.named('Job')).toHaveLength(1);
});

it('leaves indexes where they are when it is no longer wanted, and takes the Job away', () => {
  const story = told()
    .answer(ASK, [row('missing')])
    .settle();
  story.wanted = false;
  story.settle();
  expect(story.report).toBeUndefined();
  expect(story.named('Job')).toEqual([]);
});

it('wants what the queries of signals need, once, under a name that stays', () => {
  const spec = specOf({
    signals: {
      leadsPerDay: { postgres: { table: 'sales.leads', column: 'arrived' } },
      leadsPerMinute: { postgres: { table: 'sales.leads', column: 'arrived' } },
    },
  });
  const [index, ...others] = wantedIndexes(spec);
  expect(others).toEqual([]);
  expect(index).toMatchObject({ table: 'sales.leads', columns: ['arrived'], method: 'btree' });
  expect(index?.name).toMatch(/^lp_leads_arrived_[0-9a-f]{8}$/);
  expect(LEADS).toBe('lp_leads_created_at_99a2a93b');
});

it('gives the longest of names to no more than 63 characters, and two of them different ones', () => {
  const columns = ['a'.repeat(63), 'b'.repeat(63)];
  const names = wantedIndexes(
    specOf({
      capabilities: {
        databaseIndexes: {
          indexes: [
            { table: 'leads', columns },
            { table: 'leads', columns, method: 'brin' },
          ],
        },
      },
    }),
  ).map(({ name }) => name);
  expect(new Set(names).size).toBe(2);
  expect(names.every((name) => name.length <= 63)).toBe(true);
});
