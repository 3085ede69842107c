import { expect, it } from 'vitest';
import { Expectations } from '../../../controller/leadplatform/expectations.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';

const object = (resourceVersion: string, uid = 'a'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'leads', name: 'brain', uid, resourceVersion },
});
const KEY = 'leads/brain';

it('shows what was written until the cache has caught up, and then the cache', () => {
  const own = new Expectations<KubeObject>();
  own.wrote(KEY, object('20'), 0);
  expect(own.newest(KEY, object('19'), 1)).toEqual(object('20'));
  expect(own.newest(KEY, object('21'), 2)).toEqual(object('21'));
  // Once caught up, an older cache is a cache that was listed anew.
  expect(own.newest(KEY, object('19'), 3)).toEqual(object('19'));
});

it('compares versions as numbers, for 100 is newer than 99', () => {
  const own = new Expectations<KubeObject>();
  own.wrote(KEY, object('100'), 0);
  expect(own.newest(KEY, object('99'), 1)).toEqual(object('100'));
});

it('shows a created object that the cache does not have yet', () => {
  const own = new Expectations<KubeObject>();
  own.wrote(KEY, object('5'), 0);
  expect(own.newest(KEY, undefined, 1)).toEqual(object('5'));
  expect([...own.keys()]).toEqual([KEY]);
});

it('hides a deleted object that the cache still has, but not a new one of the same name', () => {
  const own = new Expectations<KubeObject>();
  own.deleted(KEY, 'a', 0);
  expect(own.newest(KEY, object('5', 'a'), 1)).toBeUndefined();
  expect(own.newest(KEY, object('9', 'b'), 2)).toEqual(object('9', 'b'));
});

it('believes the cache again after half a minute, for a watch that missed a write never tells of it', () => {
  const own = new Expectations<KubeObject>();
  own.wrote(KEY, object('5'), 0);
  expect(own.newest(KEY, undefined, 30_001)).toBeUndefined();
  expect([...own.keys()]).toEqual([]);
});

it('forgets what was written of an object that is gone, but not of one that has its name since', () => {
  const own = new Expectations<KubeObject>();
  own.wrote(KEY, object('5', 'a'), 0);
  own.isGone(KEY, 'b');
  expect(own.newest(KEY, undefined, 1)).toEqual(object('5', 'a'));
  own.isGone(KEY, 'a');
  expect(own.newest(KEY, undefined, 2)).toBeUndefined();
});

it('keeps no copy of what the watch has told of', () => {
  const own = new Expectations<KubeObject>();
  own.wrote(KEY, object('5'), 0);
  own.isSeen(KEY, object('4'));
  expect([...own.keys()]).toEqual([KEY]);
  own.isSeen(KEY, object('5'));
  expect([...own.keys()]).toEqual([]);
  own.deleted(KEY, 'a', 0);
  own.isSeen(KEY, object('6', 'a'));
  expect(own.newest(KEY, object('6', 'a'), 1)).toBeUndefined();
});
