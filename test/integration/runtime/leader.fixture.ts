/**
 * A leader that writes as fast as it can, over fewer connections than it has writes, and goes on trying when it is
 * no longer the leader. Prints `leading`, `lost`, and `fenced` for each write that was held back.
 */
import { isFenced } from '../../../controller/runtime/errors.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import { Lease } from '../../../controller/runtime/lease.ts';
import { Resources, resourceType } from '../../../controller/runtime/resources.ts';
import { LEADER_TIMES } from './leader-times.ts';

const [kubeconfig = '', namespace = ''] = process.argv.slice(2);
const CONFIG_MAPS = resourceType({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });

const kube = await loadKube({ kubeconfig, maxConnections: 8 });
const client = kube.client();
const lease = new Lease({ client, namespace, name: 'leader', identity: 'old', ...LEADER_TIMES });
const writer = new Resources(client.fenced(lease));
const lost = await lease.acquire();
process.stdout.write('leading\n');
lost.addEventListener('abort', () => process.stdout.write('lost\n'));

let n = 0;
async function write(): Promise<void> {
  for (;;) {
    const metadata = { namespace, name: `old-${n++}`, labels: { by: 'old' } };
    try {
      await writer.create(
        CONFIG_MAPS,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata },
        { fieldManager: 'test' },
      );
    } catch (error) {
      process.stdout.write(isFenced(error) ? 'fenced\n' : `${String(error)}\n`);
      await new Promise(setImmediate);
    }
  }
}
await Promise.all(Array.from({ length: 40 }, write));
