import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { obtainBinaries } from '../../../testbed/binaries.ts';
import type { ControlPlane } from '../../../testbed/control-plane.ts';
import { startControlPlane } from '../../../testbed/control-plane.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import { ListWatch } from '../../../controller/runtime/list-watch.ts';
import { Resources } from '../../../controller/runtime/resources.ts';
import { describeWith } from '../support.ts';
import { CONFIG_MAPS, configMap } from './cluster.ts';

const MANAGER = { fieldManager: 'runtime-test' };
const WITHIN = { timeout: 40_000, interval: 50 };
const namespace = 'default';

/** An API server that may be killed, unlike the shared one. */
describeWith(['cluster'], 'when the API server goes away', () => {
  let controlPlane: ControlPlane | undefined;
  beforeAll(async () => {
    const { source, etcd, kubeApiserver, kubectl } = await obtainBinaries();
    const binaries = { source, etcd, kubeApiserver, kubectl };
    controlPlane = await startControlPlane({ name: 'outage', binaries });
  });
  afterAll(() => controlPlane?.stop());

  function plane(): ControlPlane {
    if (controlPlane === undefined) throw new Error('the control plane did not start');
    return controlPlane;
  }

  it('the cache outlives its death, and what happened meanwhile is in it afterwards', async () => {
    const kube = await loadKube({ kubeconfig: plane().kubeconfigPath });
    onTestFinished(() => kube.close());
    const client = kube.client();
    const resources = new Resources(client);
    const cache = new ListWatch({ client, type: CONFIG_MAPS, namespace });
    onTestFinished(() => cache.stop());
    cache.start();
    await resources.create(CONFIG_MAPS, configMap(namespace, 'before'), MANAGER);
    await expect.poll(() => cache.get(namespace, 'before'), WITHIN).toBeDefined();
    await plane().stopApiServer('SIGKILL');
    await expect.poll(() => cache.state, WITHIN).toBe('retrying');
    expect(cache.get(namespace, 'before')).toBeDefined();
    await plane().startApiServer();
    await resources.delete(CONFIG_MAPS, { namespace, name: 'before' });
    await resources.create(CONFIG_MAPS, configMap(namespace, 'after'), MANAGER);
    await expect.poll(() => cache.get(namespace, 'after'), WITHIN).toBeDefined();
    await expect.poll(() => cache.get(namespace, 'before'), WITHIN).toBeUndefined();
    expect([cache.state, cache.failures]).toEqual(['watching', 0]);
  });
});
