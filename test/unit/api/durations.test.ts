import { expect, it } from 'vitest';
import { admit } from '../../../src/api/admit.ts';
import { failedOnceMore } from '../../../src/plan/transition/retry.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 15, 12);

function admitted(spec: object) {
  const admission = admit({ spec: { image: 'registry.example/brain:1', ...spec } });
  if (!admission.ok) throw new Error(JSON.stringify(admission.problems));
  return admission.spec;
}

it.each([
  ['0ms', 0],
  ['3650d', 3_650 * DAY],
  ['3651d', 3_650 * DAY],
  ['999999999d', 3_650 * DAY],
  ['999999999d999999999d999999999d', 3_650 * DAY],
])('takes whatever is longer than ten years for ten years: %s', (lookback, ms) => {
  expect(admitted({ scaling: { demote: { lookback } } }).scaling.demote.lookback).toBe(ms);
});

it.each(['10m', '999999999d', '9999999d'])('finds a date for the next attempt after %s', (retryAfter) => {
  const { transitions } = admitted({ transitions: { retryAfter } });
  const { retryAt } = failedOnceMore(undefined, 1, transitions, NOW);
  expect(retryAt).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

it.each([
  ['0ms', 1_000],
  ['00000.0000ms', 1_000],
  ['999ms', 1_000],
  ['1001ms', 1_001],
])(
  'believes a reading for a second beyond its interval at the least, with a staleAfter of %s',
  (staleAfter, ms) => {
    expect(admitted({ signals: { staleAfter } }).signals.staleAfter).toBe(ms);
  },
);
