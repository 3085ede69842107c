/** Inputs that were wrong once. Every run tries them, whatever its seed. */
import type { Json } from './values.ts';

interface Known {
  readonly path: readonly string[];
  readonly value: Json;
  /** What was wrong. */
  readonly what: string;
}

export const KNOWN: readonly Known[] = [
  { path: ['envFrom'], value: [{}], what: 'a source without a source, and a message that never rested' },
  {
    path: ['env'],
    value: [{ name: 'A', valueFrom: {} }],
    what: 'a value from nowhere, which Deployments refuse',
  },
  {
    path: ['env'],
    value: [
      {
        name: 'A',
        valueFrom: { secretKeyRef: { name: 'a', key: 'a' }, configMapKeyRef: { name: 'a', key: 'a' } },
      },
    ],
    what: 'a value from two places, which Deployments refuse',
  },
  {
    path: ['envFrom'],
    value: [{ secretRef: { name: 'a' }, configMapRef: { name: 'a' } }],
    what: 'two sources in one entry, which Deployments refuse',
  },
  {
    path: ['envFrom'],
    value: [{ secretRef: { name: 'a' }, configMapRef: null }],
    what: 'a source that is null beside one',
  },
  {
    path: ['envFrom'],
    value: [{ configMapRef: null }],
    what: 'a source that is null',
  },
  {
    path: ['podTemplate', 'tolerations'],
    value: [{}],
    what: 'a toleration of nothing, which Deployments refuse',
  },
  {
    path: ['transitions'],
    value: { readyTimeout: '0ms', retryAfter: '0ms' },
    what: 'no wait between attempts: each pass was one, with a status, and the 1,025th threw',
  },
  {
    path: ['transitions'],
    value: { readyTimeout: '0ms', retryAfter: '999999999d' },
    what: 'an attempt after the last day that there is',
  },
  {
    path: ['scaling', 'demote', 'lookback'],
    value: '999999999d',
    what: 'a past of a milliard days, read as a list of as many counts',
  },
];
