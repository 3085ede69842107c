import { expect, it } from 'vitest';
import { liveView } from '../../../controller/http/live.ts';
import { decisionOf, NOW } from '../plan/fixtures.ts';

it('is empty before the first decision', () => {
  expect(liveView(undefined)).toEqual({ components: [], signals: [], reasons: [], clamps: [] });
});

it('shows numbers with their times, what is unknown with its reason, and why', () => {
  const view = liveView(
    decisionOf({
      separate: true,
      tier: { from: 'cached', to: 'separated', target: 'scaled' },
      sizes: { ingest: 3 },
      signals: [
        { name: 'leadsPerDay', unit: 'count', value: 12_000, at: NOW, band: 'green' },
        { name: 'cpu', unit: '%', unknown: 'SourceTimeout', message: 'it did not answer in time' },
      ],
      reasons: ['Because.'],
      clamps: ['At most 3.'],
    }),
  );
  expect(view).toMatchObject({
    decidedAt: '2026-03-02T09:00:00.000Z',
    tier: 'separated',
    targetTier: 'scaled',
    signals: [
      { name: 'leadsPerDay', value: 12_000, at: '2026-03-02T09:00:00.000Z', band: 'green' },
      { name: 'cpu', unknown: 'SourceTimeout', message: 'it did not answer in time' },
    ],
    reasons: ['Because.'],
    clamps: ['At most 3.'],
  });
  expect(view.components).toContainEqual({ name: 'ingest', replicas: 3, reason: 'As the test says.' });
  // The history stays inside: it is the operator's memory, and large.
  expect(view).not.toHaveProperty('history');
});
