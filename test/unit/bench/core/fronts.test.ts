import { describe, expect, it } from 'vitest';
import { drawFronts } from '../../../../bench/core/fronts.ts';
import { HPA_SETTINGS, KEDA_SETTINGS } from '../../../../bench/core/settings.ts';

describe('the settings of the peers', () => {
  it('are as many as were promised, each with a name of its own', () => {
    const names = [...KEDA_SETTINGS, ...HPA_SETTINGS].map(({ name }) => name);
    expect(KEDA_SETTINGS.length).toBeGreaterThanOrEqual(80);
    expect(HPA_SETTINGS.length).toBeGreaterThanOrEqual(15);
    expect(new Set(names).size).toBe(names.length);
  });
});

it('the picture has a dot for the operator and for each setting, in a panel for each case', () => {
  const dot = { cost: 1.5, violatedMinutes: 3 };
  const panel = { minutes: 1_000, own: dot, keda: [dot], hpa: [dot] };
  const svg = drawFronts([
    { name: 'one', ...panel },
    { name: 'two', ...panel },
  ]);
  expect(svg.match(/class="frame" x/g)).toHaveLength(2);
  // One of each kind more: the legend.
  for (const kind of ['own', 'keda', 'hpa'])
    expect(svg.match(new RegExp(`<circle class="${kind}"`, 'g'))).toHaveLength(3);
  expect(svg).not.toMatch(/NaN|undefined/);
});
