import { expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { shardMap } from '../../../src/capabilities/database/shard-map.ts';
import { DatabaseStory } from './database-story.ts';

type Settings = NonNullable<NonNullable<LeadPlatformSpecInput['capabilities']>['databaseSharding']>;

const MOVED = 'leadplatform.io/data-moved';
const BACK = 'leadplatform.io/data-moved-back';
const REMOVAL = 'leadplatform.io/confirm-removal';
const NAME = 'database-sharding';
const HEALTHY = { readyInstances: 2, phase: 'Cluster in healthy state' };

const specWith = (databaseSharding: Settings) =>
  new DatabaseStory(NAME, { capabilities: { databaseSharding } }).spec;
function told(settings: Settings = {}): DatabaseStory {
  const story = new DatabaseStory(NAME, { capabilities: { databaseSharding: settings } });
  story.serves = new Set(['Cluster']);
  return story;
}
const healthy = (story: DatabaseStory) => {
  story.settle();
  for (const cluster of story.named('Cluster')) story.says(`Cluster/${cluster}`, HEALTHY);
  return story.settle();
};
const switched = (settings: Settings = {}) => {
  const story = healthy(told(settings));
  story.annotations = { [MOVED]: `${NAME}/${settings.shards ?? 2}` };
  return story.settle();
};
const maps = (story: DatabaseStory) =>
  Object.fromEntries(
    Object.entries(story.find('ConfigMap/brain-shards')['data'] as Record<string, string>).map(
      ([key, text]) => [key, (JSON.parse(text) as { map: string }).map],
    ),
  );

it('says what to install where the cluster does not know CloudNativePG', () => {
  const story = told();
  story.serves = new Set();
  expect(story.settle().report).toMatchObject({ state: 'Blocked', reason: 'CloudNativePGMissing' });
});

it('makes a Cluster a shard, and gives pods nothing before the application has moved its rows', () => {
  const story = healthy(told({ shards: 3 }));
  expect(story.named('Cluster')).toEqual(['brain-shard-0', 'brain-shard-1', 'brain-shard-2']);
  expect(maps(story)).toEqual({ 'next.json': shardMap(3) });
  expect(story.report).toMatchObject({
    state: 'Progressing',
    step: 'DataMoved',
    message: expect.stringContaining(`add ${NAME}/3 to the annotation ${MOVED}`),
  });
  expect(story.env('ingest')).toEqual([]);
});

it('gives every pod the map and the databases then', () => {
  const story = switched();
  expect(story.report?.state).toBe('Ready');
  for (const component of ['ingest', 'sync', 'queue-default']) {
    expect(story.env(component)).toContain('DB_SHARDS=2');
    expect(story.env(component)).toContain(`DB_SHARD_MAP=${shardMap(2)}`);
    expect(story.env(component)).toContain('DB_SHARD_0_HOST<brain-shard-0-app/host');
    expect(story.env(component)).toContain('DB_SHARD_1_PASSWORD<brain-shard-1-app/password');
    expect(story.env(component)).toHaveLength(12);
  }
  expect(maps(story)).toEqual({ 'shards.json': shardMap(2) });
});

it('gives it to the components alone that are named', () => {
  const story = switched({ parts: ['sync'] });
  expect(story.env('sync')).toHaveLength(12);
  expect(story.env('ingest')).toEqual([]);
  expect(story.report?.state).toBe('Ready');
});

it('keeps the map in force while a shard is added, until its rows were moved', () => {
  const story = switched();
  story.spec = specWith({ shards: 3 });
  story.settle();
  expect(story.report).toMatchObject({ state: 'Progressing', step: 'ClustersReady' });
  story.now += 86_400_000;
  healthy(story);
  expect(story.report).toMatchObject({ state: 'Progressing', step: 'DataMoved' });
  expect(maps(story)).toEqual({ 'shards.json': shardMap(2), 'next.json': shardMap(3) });
  expect(story.env('ingest')).toContain('DB_SHARDS=2');
  story.annotations = { [MOVED]: `${NAME}/3` };
  story.settle();
  expect(story.report?.state).toBe('Ready');
  expect(story.env('ingest')).toContain(`DB_SHARD_MAP=${shardMap(3)}`);
  expect(story.env('ingest')).toHaveLength(17);
});

it('goes on with a new map that some pods have already, whoever takes the word off meanwhile', () => {
  const story = switched();
  story.spec = specWith({ shards: 3 });
  healthy(story);
  story.annotations = { [MOVED]: `${NAME}/3` };
  story.pass(story.decision);
  story.annotations = {};
  story.pass(story.decision);
  expect(story.report).toMatchObject({ step: 'Switched' });
  story.settle();
  expect(story.env('queue-default')).toContain('DB_SHARDS=3');
});

it('keeps the Cluster of a shard that is one too many until its loss is confirmed', () => {
  const story = switched({ shards: 3 });
  story.spec = specWith({ shards: 2 });
  story.settle();
  expect(story.env('ingest')).toContain('DB_SHARDS=3');
  story.annotations = { [MOVED]: `${NAME}/2` };
  story.settle();
  expect(story.env('ingest')).toContain('DB_SHARDS=2');
  expect(story.report).toMatchObject({
    state: 'Ready',
    message: expect.stringContaining('Cluster/brain-shard-2'),
  });
  expect(story.named('Cluster')).toHaveLength(3);
  story.annotations = { [MOVED]: `${NAME}/2`, [REMOVAL]: NAME };
  story.settle();
  expect(story.named('Cluster')).toEqual(['brain-shard-0', 'brain-shard-1']);
});

it('has a Job of the application move the rows, which knows both maps', () => {
  const story = switched({ move: { command: ['php', 'shard'] } });
  story.spec = specWith({ shards: 3, move: { command: ['php', 'shard'] } });
  healthy(story);
  const [job = ''] = story.named('Job');
  const text = JSON.stringify(story.find(`Job/${job}`));
  expect(text).toContain(`{"name":"NEW_DB_SHARD_MAP","value":"${shardMap(3)}"}`);
  expect(text).toContain('"name":"NEW_DB_SHARD_2_HOST"');
  story.says(`Job/${job}`, { conditions: [{ type: 'Complete', status: 'True' }] }).settle();
  expect(story.env('ingest')).toContain('DB_SHARDS=3');
  expect(story.named('Job')).toEqual([]);
});

it('goes back only once the rows are where they were, and keeps the Clusters until somebody lets them go', () => {
  const story = switched();
  story.wanted = false;
  story.settle();
  expect(story.report).toMatchObject({ state: 'Leaving', step: 'DataMovedBack' });
  expect(story.env('ingest')).toContain('DB_SHARDS=2');
  expect(story.named('ConfigMap')).toContain('brain-shards');
  story.annotations = { [BACK]: NAME };
  story.settle();
  expect(story.env('ingest')).toEqual([]);
  expect(story.named('ConfigMap')).not.toContain('brain-shards');
  expect(story.report).toMatchObject({ state: 'Leaving', step: 'RemovalUnconfirmed' });
  story.annotations = { [REMOVAL]: NAME };
  story.settle();
  expect(story.named('Cluster')).toEqual([]);
  expect(story.report).toBeUndefined();
});
