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
];
