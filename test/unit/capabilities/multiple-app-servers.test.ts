import { describe, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { Story } from './story.ts';

const stores = { redis: { host: 'redis.example.com' } };
const ANSWER = { at: 0, facts: { version: '8.0.0', queues: {} } };
const stateOf = (told: Story) => told.report('multiple-app-servers');
const driver = (told: Story) => told.env('ingest', 'SESSION_DRIVER');

/** With a cache, whose Redis answers. */
function shared(spec: Partial<LeadPlatformSpecInput> = {}): Story {
  const told = new Story(
    ['redis-cache', 'multiple-app-servers'],
    { stores, ...spec },
    { separate: true, sizes: { ingest: 2 } },
  );
  told.driver.probeResults = { 'redis-cache/redis': ANSWER };
  return told;
}

describe('multiple-app-servers', () => {
  it('puts sessions into the Redis of the cache, of the web side alone', () => {
    const told = shared().settle();
    expect(driver(told)).toEqual(['redis']);
    expect(told.env('sync', 'SESSION_DRIVER')).toEqual([undefined]);
    expect(told.template('ingest').spec['topologySpreadConstraints']).toMatchObject([
      { whenUnsatisfiable: 'ScheduleAnyway' },
    ]);
    expect(stateOf(told)).toMatchObject({
      state: 'Ready',
      message: expect.stringContaining('Sessions are in Redis'),
    });
  });

  it('waits for the cache, for as long as it takes, and spreads meanwhile', () => {
    const told = shared();
    told.driver.probeResults = {};
    told.settle();
    told.driver.now += 24 * 3_600_000;
    told.settle();
    expect(driver(told)).toEqual([undefined]);
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'CacheInPlace' });
    expect(told.has('PodDisruptionBudget/brain-ingest')).toBe(true);
  });

  it('logs nobody out when the Redis is away for a moment', () => {
    const told = shared().settle();
    told.driver.probeResults = {
      'redis-cache/redis': { at: 0, unknown: 'SourceUnreachable', message: 'it does not answer' },
    };
    told.settle();
    expect(driver(told)).toEqual(['redis']);
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'CacheInPlace' });
  });

  it('keeps the driver though the Redis is away for hours, for what has been in place is not taken back', () => {
    const told = shared().settle();
    told.driver.probeResults = {
      'redis-cache/redis': { at: 0, unknown: 'SourceUnreachable', message: 'it does not answer' },
    };
    told.settle();
    told.driver.now += 3_600_000;
    told.settle();
    expect(told.report('redis-cache')).toMatchObject({ state: 'Blocked', reason: 'StepTooLong' });
    expect(driver(told)).toEqual(['redis']);
  });

  it('says where sessions are where there is to be no cache', () => {
    const told = shared().settle(['multiple-app-servers']);
    expect(driver(told)).toEqual([undefined]);
    expect(stateOf(told)).toMatchObject({
      state: 'Ready',
      message: expect.stringContaining('where that is a file, set SESSION_DRIVER'),
    });
  });

  it('waits for no cache where nobody has said which Redis: nothing is under way', () => {
    const told = shared({ stores: {} }).settle();
    expect(told.report('redis-cache')).toMatchObject({ state: 'Blocked', reason: 'NoRedis' });
    expect(stateOf(told)).toMatchObject({
      state: 'Ready',
      message: expect.stringContaining('redis-cache has no Redis'),
    });
    expect(told.driver.status.transition).toBeUndefined();
  });

  it.each([
    ['database', { state: 'Ready' }],
    ['file', { state: 'Blocked', reason: 'SessionsNotShared' }],
    ['array', { state: 'Blocked', reason: 'SessionsNotShared' }],
  ])('leaves sessions where the user has them, with the driver %s', (value, expected) => {
    const told = shared({ env: [{ name: 'SESSION_DRIVER', value }] }).settle();
    expect(driver(told)).toEqual([value]);
    expect(stateOf(told)).toMatchObject(expected);
  });

  it('goes by the name that the application has for the driver', () => {
    const told = shared({ capabilities: { environment: { SESSION_DRIVER: 'APP_SESSIONS' } } }).settle();
    expect(told.env('ingest', 'APP_SESSIONS')).toEqual(['redis']);
  });

  it('takes the driver back before it is gone', () => {
    const told = shared().settle();
    told.driver.pass(told.decision(['redis-cache']));
    expect(stateOf(told)).toMatchObject({ state: 'Leaving', reason: 'RolledOut' });
    told.settle(['redis-cache']);
    expect(driver(told)).toEqual([undefined]);
    expect(stateOf(told)).toBeUndefined();
  });
});
