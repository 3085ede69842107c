import { expect, it } from 'vitest';
import { installOperator } from './operator.ts';
import { describeOnRealPods } from './support.ts';

describeOnRealPods('the chart', (cluster) => {
  it('passes helm test, also where a NetworkPolicy lets nobody else in', async () => {
    const nobody = { podSelector: { matchLabels: { nobody: 'at-all' } } };
    const { test } = await installOperator(cluster, {
      values: { networkPolicy: { enabled: true, ingress: { from: [nobody] } } },
    });
    try {
      expect(await test()).toMatch(/Phase:\s+Succeeded/);
    } finally {
      await installOperator(cluster);
    }
  });
});
