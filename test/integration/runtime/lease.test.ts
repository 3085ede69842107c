import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { FencedError } from '../../../controller/runtime/errors.ts';
import type { LeaseOptions } from '../../../controller/runtime/lease.ts';
import { Lease, LeaseLostError } from '../../../controller/runtime/lease.ts';
import { Resources } from '../../../controller/runtime/resources.ts';
import { createNamespace, describeWith, kubectl, testbed } from '../support.ts';
import { CONFIG_MAPS, configMap, connection, proxiedKubeconfig } from './cluster.ts';
import { LEADER_TIMES, WRITES_ON_THE_WIRE } from './leader-times.ts';

const WITHIN = { timeout: 20_000, interval: 20 };

async function candidate(namespace: string, options: Partial<LeaseOptions> & { kubeconfig?: string } = {}) {
  const { kubeconfig, ...rest } = options;
  const { client } = await connection(kubeconfig === undefined ? {} : { kubeconfig });
  const lease = new Lease({ client, namespace, name: 'leader', ...LEADER_TIMES, ...rest });
  onTestFinished(() => lease.release());
  return { lease, writer: new Resources(client.fenced(lease)) };
}

const holder = async (namespace: string) =>
  kubectl(['get', 'lease', 'leader', `--namespace=${namespace}`, '--output=jsonpath={.spec.holderIdentity}']);

describeWith(['cluster'], 'a leader lease', () => {
  it('is held by one at a time, and passes on at once when it is released', async () => {
    const namespace = await createNamespace();
    const day = { leaseDurationMs: 86_400_000, renewDeadlineMs: 10_000 };
    const one = await candidate(namespace, { ...day, identity: 'one' });
    const two = await candidate(namespace, { ...day, identity: 'two' });
    const lost = await one.lease.acquire();
    expect([one.lease.mayWrite(), two.lease.mayWrite()]).toEqual([true, false]);
    let second = false;
    const acquiring = two.lease.acquire().then(() => (second = true));
    await one.writer.create(CONFIG_MAPS, configMap(namespace, 'by-one'), { fieldManager: 'test' });
    await expect(
      two.writer.create(CONFIG_MAPS, configMap(namespace, 'by-two'), { fieldManager: 'test' }),
    ).rejects.toThrow(FencedError);
    expect([await holder(namespace), second]).toEqual(['one', false]);

    await one.lease.release();
    expect(lost.reason).toBeInstanceOf(LeaseLostError);
    expect(one.lease.mayWrite()).toBe(false);
    await acquiring;
    expect(await holder(namespace)).toBe('two');
    expect(two.lease.mayWrite()).toBe(true);
  });

  it('lets exactly one of many win that start at once', async () => {
    const namespace = await createNamespace();
    const many = await Promise.all(Array.from({ length: 8 }, () => candidate(namespace)));
    const giveUp = new AbortController();
    const won: string[] = [];
    const racing = many.map(({ lease }) =>
      lease.acquire(giveUp.signal).then(
        () => won.push(lease.identity),
        () => undefined,
      ),
    );
    await expect.poll(() => won.length, WITHIN).toBe(1);
    expect(many.filter(({ lease }) => lease.mayWrite())).toHaveLength(1);
    giveUp.abort(new Error('enough'));
    await Promise.all(racing);
    expect([await holder(namespace)]).toEqual(won);
  });

  it('is kept for as long as it can be renewed, and taken for lost when it cannot', async () => {
    const namespace = await createNamespace();
    const { proxy, kubeconfig } = await proxiedKubeconfig();
    const { lease } = await candidate(namespace, { kubeconfig, identity: 'one' });
    const lost = await lease.acquire();
    const renewTime = async () =>
      kubectl(['get', 'lease', 'leader', `--namespace=${namespace}`, '--output=jsonpath={.spec.renewTime}']);
    const times = new Set<string>();
    await expect.poll(async () => times.add(await renewTime()).size, WITHIN).toBeGreaterThan(2);
    expect(lost.aborted).toBe(false);

    const rival = await candidate(namespace, { identity: 'two' });
    const taken = rival.lease.acquire();
    proxy.stall(true);
    await once(lost, 'abort');
    expect(rival.lease.mayWrite(), 'the old leader knows before there is a new one').toBe(false);
    expect(lease.mayWrite()).toBe(false);
    await taken;
    proxy.stall(false);
    expect(await holder(namespace)).toBe('two');
  });

  it('goes on through a change of the object that leaves the holder', async () => {
    const namespace = await createNamespace();
    const { lease } = await candidate(namespace, { identity: 'one' });
    const lost = await lease.acquire();
    await kubectl(['label', 'lease', 'leader', `--namespace=${namespace}`, 'looked=at']);
    const remaining: number[] = [];
    await expect
      .poll(() => remaining.push(lease.remainingMs()) > 60 && Math.max(...remaining.slice(-20)), WITHIN)
      .toBeGreaterThan(LEADER_TIMES.leaseDurationMs - LEADER_TIMES.marginMs - 500);
    expect(lost.aborted).toBe(false);
  });

  it('keeps a leader that was stopped and has been replaced from beginning a write when it wakes up', async () => {
    const namespace = await createNamespace();
    const { resources } = await connection();
    const count = async () =>
      (await resources.list(CONFIG_MAPS, { namespace, labelSelector: 'by=old' })).items.length;

    const program = fileURLToPath(new URL('leader.fixture.ts', import.meta.url));
    const old = spawn(process.execPath, [program, testbed().cluster.kubeconfigPath, namespace], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(old, 'exit');
    onTestFinished(async () => {
      old.kill('SIGCONT');
      old.kill('SIGKILL');
      await ended;
    });
    const said: string[] = [];
    createInterface({ input: old.stdout }).on('line', (line) => said.push(line));

    await expect.poll(count, WITHIN).toBeGreaterThan(100);
    old.kill('SIGSTOP');
    const next = await candidate(namespace, { identity: 'next' });
    await next.lease.acquire();
    // One etcd, so one sequence of versions: what was written after this has a higher one.
    const mark = await next.writer.create(CONFIG_MAPS, configMap(namespace, 'mark'), {
      fieldManager: 'test',
    });
    const before = await count();

    old.kill('SIGCONT');
    // It wakes up with writes in its queue and about to begin; all of them, and new ones, are held back.
    const heldBack = () => said.filter((line) => line === 'fenced').length;
    const mostWritten = before + WRITES_ON_THE_WIRE;
    await expect.poll(async () => heldBack() > 1_000 || (await count()) > mostWritten, WITHIN).toBe(true);
    await expect.poll(() => said, WITHIN).toContain('lost');
    expect(await count()).toBeLessThanOrEqual(mostWritten);
    const { items } = await resources.list(CONFIG_MAPS, { namespace, labelSelector: 'by=old' });
    const versions = items.map(({ metadata }) => BigInt(metadata.resourceVersion ?? '0'));
    const since = BigInt(mark.metadata.resourceVersion ?? '0');
    expect(versions.filter((version) => version > since).length).toBeLessThanOrEqual(WRITES_ON_THE_WIRE);
    expect(next.lease.mayWrite()).toBe(true);
  });
});
