import { expect, it, onTestFinished } from 'vitest';
import { installOperator } from './operator.ts';
import { describeOnRealPods, testNamespace } from './support.ts';

describeOnRealPods('the chart', (cluster) => {
  it('passes helm test, also where a NetworkPolicy lets nobody else in', async () => {
    const nobody = { podSelector: { matchLabels: { nobody: 'at-all' } } };
    const namespace = await testNamespace(cluster, 'helm');
    onTestFinished(() => namespace.remove());
    const operator = await installOperator(cluster, {
      watch: namespace.name,
      values: { networkPolicy: { enabled: true, ingress: { from: [nobody] } } },
    });
    onTestFinished(() => operator.remove());
    expect(await operator.test()).toMatch(/Phase:\s+Succeeded/);
  });
});
