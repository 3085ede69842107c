import { expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { DatabaseStory } from './database-story.ts';

type Settings = NonNullable<NonNullable<LeadPlatformSpecInput['capabilities']>['databasePerService']>;

const MOVED = 'leadplatform.io/data-moved';
const BACK = 'leadplatform.io/data-moved-back';
const REMOVAL = 'leadplatform.io/confirm-removal';
const NAME = 'database-per-service';
const HEALTHY = { readyInstances: 2, phase: 'Cluster in healthy state' };
const TWO: Settings = {
  services: [
    { name: 'leads', parts: ['ingest'] },
    { name: 'calls', parts: ['sync', 'queue-default'] },
  ],
};
const own = (service: string) =>
  ['DATABASE<x/dbname', 'HOST<x/host', 'PASSWORD<x/password', 'PORT<x/port', 'USERNAME<x/username'].map(
    (entry) => `DB_${entry.replace('<x', `<brain-db-${service}-app`)}`,
  );

function told(settings: Settings = TWO): DatabaseStory {
  const story = new DatabaseStory(NAME, { capabilities: { databasePerService: settings } });
  story.serves = new Set(['Cluster']);
  return story;
}
const healthy = (story: DatabaseStory, ...services: string[]) => {
  story.settle();
  for (const service of services) story.says(`Cluster/brain-db-${service}`, HEALTHY);
  return story.settle();
};
const switched = () => {
  const story = healthy(told(), 'leads', 'calls');
  story.annotations = { [MOVED]: `${NAME}/leads, ${NAME}/calls` };
  return story.settle();
};

it('says what to do where nobody has said which services there are, or CloudNativePG is not there', () => {
  expect(told({}).settle().report).toMatchObject({ state: 'Blocked', reason: 'NotConfigured' });
  const story = told();
  story.serves = new Set();
  expect(story.settle().report).toMatchObject({ state: 'Blocked', reason: 'CloudNativePGMissing' });
  expect(story.named('Cluster')).toEqual([]);
});

it('makes a Cluster for each, which outlives the platform, and waits until each is healthy', () => {
  const story = told().settle();
  expect(story.named('Cluster')).toEqual(['brain-db-leads', 'brain-db-calls']);
  const { metadata, spec } = story.find('Cluster/brain-db-leads') as ReturnType<typeof story.find> & {
    spec: object;
  };
  expect(metadata.ownerReferences).toBeUndefined();
  expect(metadata.labels).toMatchObject({ 'leadplatform.io/keeps-data': 'true' });
  expect(spec).toMatchObject({ instances: 2, storage: { size: '10Gi' } });
  expect(story.report).toMatchObject({ state: 'Progressing', step: 'ClustersReady' });
  story
    .says('Cluster/brain-db-leads', HEALTHY)
    .says('Cluster/brain-db-calls', { ...HEALTHY, phase: 'Failing over' });
  story.annotations = { [MOVED]: `${NAME}/calls` };
  expect(story.settle().report).toMatchObject({
    step: 'ClustersReady',
    message: expect.stringContaining('Cluster/brain-db-calls'),
  });
  expect(story.env('sync')).toEqual([]);
});

it('waits for the word of the application, says which, and switches one service after the other', () => {
  const story = healthy(told(), 'leads', 'calls');
  expect(story.report).toMatchObject({ state: 'Progressing', step: 'DataMoved' });
  expect(story.report?.message).toContain(`add ${NAME}/leads to the annotation ${MOVED}`);
  story.annotations = { [MOVED]: `${NAME}/leads` };
  story.pass(story.decision);
  expect(story.pass(story.decision).status.capabilities?.[0]).toMatchObject({ step: 'DataMoved' });
  story.settle();
  expect(story.env('ingest')).toEqual(own('leads'));
  expect(story.env('sync')).toEqual([]);
  story.annotations = { [MOVED]: `${NAME}/leads,${NAME}/calls` };
  story.pass(story.decision);
  story.pass(story.decision);
  expect(story.report).toMatchObject({ step: 'Switched', message: expect.stringContaining('sync') });
  story.settle();
  expect(story.report?.state).toBe('Ready');
});

it('gives each Secret to the pods of its service, and to no other', () => {
  const story = switched();
  expect(story.env('ingest')).toEqual(own('leads'));
  expect(story.env('sync')).toEqual(own('calls'));
  expect(story.env('queue-default')).toEqual(own('calls'));
  const jobs = story.world.objects.filter(({ kind }) => kind === 'CronJob');
  expect(jobs.length).toBeGreaterThan(0);
  expect(JSON.stringify(jobs)).not.toContain('brain-db-');
});

it('is taken nowhere by a word that was given before there was anything to move to', () => {
  const story = told();
  story.annotations = { [MOVED]: `${NAME}/leads` };
  expect(story.settle().env('ingest')).toEqual([]);
});

it('stays where it is when the word is taken off again, or a Cluster is ill', () => {
  const story = switched();
  story.annotations = {};
  story.says('Cluster/brain-db-leads', { readyInstances: 1, phase: 'Failing over' });
  story.now += 86_400_000;
  story.settle();
  expect(story.report).toMatchObject({ state: 'Progressing', step: 'ClustersReady' });
  expect(story.env('ingest')).toEqual(own('leads'));
});

it('says which component is not there', () => {
  const story = healthy(told({ services: [{ name: 'orders' }] }), 'orders');
  expect(story.report).toMatchObject({
    step: 'ComponentsThere',
    message: expect.stringContaining('service-orders'),
  });
});

it('says so where the user has the last word', () => {
  const story = told();
  story.spec = new DatabaseStory(NAME, {
    capabilities: { databasePerService: TWO },
    env: [{ name: 'DB_HOST', value: 'db' }],
  }).spec;
  expect(story.settle().report).toMatchObject({ state: 'Blocked', reason: 'Overridden' });
});

it('uses a database of the user where its Secret is named, and makes none', () => {
  const story = told({ services: [{ name: 'leads', parts: ['ingest'], secretName: 'my-leads' }] });
  story.serves = new Set();
  story.annotations = { [MOVED]: `${NAME}/leads` };
  story.settle();
  expect(story.report?.state).toBe('External');
  expect(story.named('Cluster')).toEqual([]);
  expect(story.env('ingest')).toContain('DB_HOST<my-leads/host');
});

it('has a Job of the application move the data, and takes its success for the word', () => {
  const story = healthy(
    told({ services: [{ name: 'leads', parts: ['ingest'] }], move: { command: ['php', 'move'] } }),
    'leads',
  );
  const [job = ''] = story.named('Job');
  // As it has always been: a Job under another name would move the data once more.
  expect(job).toBe('brain-move-4743f4e2');
  const text = JSON.stringify(story.find(`Job/${job}`));
  expect(text).toContain('"name":"NEW_DB_HOST","valueFrom":{"secretKeyRef":{"name":"brain-db-leads-app"');
  expect(text).toContain('"backoffLimit":0');
  expect(story.report).toMatchObject({ step: 'DataMoved', message: expect.stringContaining(`Job/${job}`) });
  story.says(`Job/${job}`, { conditions: [{ type: 'Failed', status: 'True' }] }).settle();
  expect(story.report).toMatchObject({ state: 'Blocked', reason: 'MoveFailed' });
  expect(story.env('ingest')).toEqual([]);
  story.says(`Job/${job}`, { conditions: [{ type: 'Complete', status: 'True' }] }).settle();
  expect(story.report?.state).toBe('Ready');
  expect(story.env('ingest')).toEqual(own('leads'));
  expect(story.named('Job')).toEqual([]);
});

it('keeps pods on the database of a service that the spec has forgotten, until its data was moved back', () => {
  const story = switched();
  story.spec = told({ services: [{ name: 'leads', parts: ['ingest'] }] }).spec;
  story.settle();
  expect(story.report).toMatchObject({ state: 'Blocked', reason: 'StillInUse' });
  expect(story.env('sync')).toEqual(own('calls'));
  story.annotations = { [BACK]: `${NAME}/calls` };
  story.settle();
  expect(story.env('sync')).toEqual([]);
  expect(story.report?.state).toBe('Ready');
  expect(story.named('Cluster')).toEqual(['brain-db-leads', 'brain-db-calls']);
});

it('goes back only once the application has its data there again, and keeps the Clusters until somebody lets them go', () => {
  const story = switched();
  story.wanted = false;
  story.settle();
  expect(story.report).toMatchObject({ state: 'Leaving', step: 'DataMovedBack' });
  expect(story.report?.message).toContain(BACK);
  expect(story.env('ingest')).toEqual(own('leads'));
  story.annotations = { ...story.annotations, [BACK]: NAME };
  expect(story.settle().report?.message).toContain(`take ${NAME}/leads, ${NAME}/calls off ${MOVED}`);
  story.annotations = { [BACK]: NAME };
  story.pass(story.decision);
  story.pass(story.decision);
  expect(story.report).toMatchObject({ state: 'Leaving', step: 'SwitchedBack' });
  story.settle();
  expect(story.env('ingest')).toEqual([]);
  expect(story.named('Cluster')).toHaveLength(2);
  expect(story.report).toMatchObject({ state: 'Leaving', step: 'RemovalUnconfirmed' });
  story.annotations = { [BACK]: NAME, [REMOVAL]: NAME };
  story.settle();
  expect(story.named('Cluster')).toEqual([]);
  expect(story.report).toBeUndefined();
});

it('lets no Cluster go while pods use it, though its loss was confirmed', () => {
  const story = switched();
  story.wanted = false;
  story.annotations = { ...story.annotations, [REMOVAL]: NAME };
  story.pass(story.decision);
  expect(story.named('Cluster')).toHaveLength(2);
  story.settle();
  expect(story.named('Cluster')).toEqual([]);
  expect(story.env('ingest')).toEqual([]);
});

it('waits for a new word when it is wanted again, for the old one was of other data', () => {
  const story = switched();
  story.wanted = false;
  story.annotations = { [BACK]: NAME };
  story.settle();
  story.wanted = true;
  story.annotations = { [BACK]: NAME, [MOVED]: `${NAME}/leads,${NAME}/calls` };
  story.settle();
  expect(story.report).toMatchObject({
    step: 'DataMoved',
    message: expect.stringContaining(`${BACK} still names`),
  });
  expect(story.env('ingest')).toEqual([]);
});
