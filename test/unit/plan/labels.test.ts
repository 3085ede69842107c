import { expect, it } from 'vitest';
import { isOwnedBy, keptFor, keptMetadata } from '../../../src/plan/labels.ts';
import { PLATFORM, specOf } from './fixtures.ts';

const kept = (deletionPolicy: 'Retain' | 'Delete') => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: keptMetadata(PLATFORM, specOf({ deletionPolicy }), 'brain-redis', 'redis-cache'),
});

it('gives what holds data no owner, so that no deletion follows, and finds it by its labels', () => {
  const object = kept('Retain');
  expect(isOwnedBy(object, PLATFORM.uid)).toBe(false);
  expect(keptFor(object)).toBe('brain');
});

it('tells Argo CD that what holds data is no part of an Application, whatever label it tracks by', () => {
  expect(kept('Retain').metadata.annotations).toMatchObject({
    'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
    'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  });
});

it('lets data go with the platform where somebody has said so', () => {
  const object = kept('Delete');
  expect(isOwnedBy(object, PLATFORM.uid)).toBe(true);
  expect(keptFor(object)).toBeUndefined();
});
