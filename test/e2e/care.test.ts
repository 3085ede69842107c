/** What people do with a platform that works: rotate a password, scale by hand, take the operator away, delete it. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leadingPod } from './abrupt.ts';
import { installOperator, operatorName } from './operator.ts';
import { condition, urlOf } from './lead-platform.ts';
import { type Platform, platformName, startPlatform } from './platform.ts';
import { withSteadyLeads } from './steady.ts';
import { describeOnRealPods, type Namespace, namespaceOf, type PodObject } from './support.ts';

/** Whatever can belong to a platform. */
const OWNED =
  'deployments,statefulsets,services,configmaps,serviceaccounts,cronjobs,jobs,poddisruptionbudgets,ingresses,pods';

const WITH_DEFINITION = { crds: { install: true } };

describeOnRealPods('a platform in the hands of people', (cluster) => {
  let platform: Platform;
  let operator: Namespace;

  beforeAll(async () => {
    // The definition is of its release: it has to stay where that goes.
    platform = await startPlatform(cluster, { name: 'care', values: WITH_DEFINITION });
    operator = namespaceOf(cluster, platform.operator.namespace);
  });
  afterAll(async () => platform?.remove());

  const applyObject = (object: object) =>
    platform.kubectl(['apply', '--server-side', '--filename=-'], { input: JSON.stringify(object) });
  const owned = async () => {
    const selector = `--selector=app.kubernetes.io/instance=${platformName}`;
    return (await platform.kubectl(['get', OWNED, selector, '--output=name'])).trim();
  };
  /** Pods with how often their containers were started again. */
  const pods = async (where: Pick<Namespace, 'list'>) => {
    const found = await where.list<PodObject>('pods');
    return found
      .map(({ metadata, status }) =>
        [metadata.uid, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)].join(
          ' ',
        ),
      )
      .toSorted();
  };
  /** Who is logged in to the database as the operator. */
  const measuringAs = async () => {
    const { rows } = await platform.pool.query<{ usename: string }>(
      `SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'leadplatform-operator'`,
    );
    return rows.map(({ usename }) => usename).toSorted();
  };

  it('uses a password that was rotated without a restart of the operator', async () => {
    const passwords: string[] = [];
    const rotate = async (role: string) => {
      const password = randomBytes(12).toString('hex');
      passwords.push(password);
      await platform.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}' IN ROLE pg_monitor`);
      await platform.pool.query(`GRANT SELECT ON leads TO ${role}`);
      await applyObject({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'measure' },
        stringData: { username: role, password },
      });
    };
    await rotate('measure_before');
    await platform.spec({ stores: { postgres: { secretRef: { name: 'measure' } } } });
    await expect.poll(measuringAs, { timeout: 60_000 }).toEqual(['measure_before']);
    const before = await pods(operator);

    await rotate('measure_after');
    await platform.pool.query('ALTER ROLE measure_before NOLOGIN');
    await platform.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'measure_before'`,
    );
    // Where the old one was refused, it is a minute at most until the Secret is read and tried again.
    await expect.poll(measuringAs, { timeout: 120_000, interval: 500 }).toEqual(['measure_after']);
    await platform.until('every signal is known', (now) => condition(now, 'SignalsFresh') === 'True');
    expect(await pods(operator)).toEqual(before);
    const logs = await operator.kubectl([
      'logs',
      `--selector=app.kubernetes.io/name=${operatorName}`,
      '--tail=-1',
    ]);
    expect(logs).toContain('"msg":');
    const said = [
      logs,
      JSON.stringify(await platform.status()),
      await platform.kubectl(['get', 'events']),
    ].join();
    for (const password of passwords) expect(said).not.toContain(password);
  });

  it('answers kubectl scale with the reason, and with how to pin, which then holds', async () => {
    const deployment = `deployment/${platformName}-all-in-one`;
    const replicas = () => platform.kubectl(['get', deployment, '--output=jsonpath={.spec.replicas}']);
    await platform.kubectl(['scale', deployment, '--replicas=2']);
    const answer = `Deployment ${platformName}-all-in-one was scaled from 1 to 2 by another client and is put back to 1; to hold 2, add {component: all-in-one, replicas: 2} to spec.replicasPin.`;
    const events = [
      'get',
      'events',
      '--field-selector=reason=DriftRepaired',
      '--output=jsonpath={.items[*].message}',
    ];
    await expect.poll(() => platform.kubectl(events), { timeout: 30_000 }).toBe(answer);
    await expect.poll(replicas, { timeout: 30_000 }).toBe('1');
    await platform.until('the record of decisions tells, too', ({ lastDecision }) =>
      JSON.stringify(lastDecision).includes(answer),
    );

    await platform.spec({
      replicasPin: [{ component: 'all-in-one', replicas: 2, reason: 'as it was told' }],
    });
    await expect.poll(replicas, { timeout: 30_000 }).toBe('2');
    const pinned = await platform.until('it is pinned', (now) => condition(now, 'ScalingActive') === 'False');
    expect(pinned.conditions?.find(({ type }) => type === 'ScalingActive')).toMatchObject({
      reason: 'Pinned',
      message: 'Replicas are pinned: all-in-one at 2 (as it was told).',
    });
    await platform.spec({ replicasPin: [] });
    await expect.poll(replicas, { timeout: 60_000 }).toBe('1');
  });

  it('is left running where the operator is uninstalled, which says so, and is taken up again as it is', async () => {
    await platform.until('it has settled', (now) => condition(now, 'Reconciling') === 'False');
    await expect.poll(async () => (await pods(platform)).length, { timeout: 60_000 }).toBe(1);
    const before = { owned: await owned(), pods: await pods(platform) };
    const { accepted, failed } = await withSteadyLeads(
      { url: await urlOf(platform, platformName), rate: 5 },
      async () => {
        // Until its pod is gone, and with it its log.
        const log = operator.kubectl(['logs', '--follow', `pod/${await leadingPod(operator)}`], {
          timeoutMs: 120_000,
        });
        await platform.operator.uninstall();
        expect(await log).toContain('Leaving the platforms as they are: what runs goes on running');
        expect({ owned: await owned(), pods: await pods(platform) }).toEqual(before);
        const sent = await platform.sendLeads({ rate: 10, count: 30 });
        expect(sent.failed).toEqual([]);
        expect(await platform.tally()).toMatchObject({ missing: [], runsMoreThanOnce: [] });
        // The definition has stayed with the platform.
        expect((await platform.status()).tier).toBe('together');

        await installOperator(cluster, { watch: platform.namespace, values: WITH_DEFINITION });
        await platform.spec({ replicasPin: [{ component: 'all-in-one', replicas: 2 }] });
        await platform.until('it is led again', (now) => condition(now, 'ScalingActive') === 'False');
      },
    );
    expect(failed).toEqual([]);
    expect(accepted.length).toBeGreaterThan(20);
    // Nothing was made anew.
    expect(await pods(platform)).toEqual(expect.arrayContaining(before.pods));
  });

  it('takes with it what it owns when it is deleted, and leaves rows, jobs, Secrets and what others made', async () => {
    // A job that is due long after: it stays in its queue.
    await platform.sendLeads({ rate: 10, count: 5, work: () => ({ delaySeconds: 3_600 }) });
    await applyObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'theirs' },
      data: { is: 'kept' },
    });
    const data = async () => {
      const { rows } = await platform.pool.query('SELECT lead_id FROM leads ORDER BY id');
      const list = ['get', 'secrets,services,endpointslices,configmaps', '--output=name'];
      const objects = (await platform.kubectl(list)).split('\n');
      return {
        rows,
        delayed: await delayedJobs(platform),
        objects: objects.filter((name) => !name.includes('brain') || name.startsWith('secret/')),
      };
    };
    const before = await data();
    expect(before.delayed).toBe(5);
    expect(before.objects).toContain('configmap/theirs');
    expect(before.objects).toContain('secret/brain-postgres');
    expect(await owned()).toContain('deployment.apps/brain-all-in-one');

    await platform.kubectl(['delete', `leadplatform/${platformName}`, '--timeout=30s']);
    await expect.poll(owned, { timeout: 90_000, interval: 500 }).toBe('');
    expect(await data()).toEqual(before);
  });
});

async function delayedJobs({ redis: { url } }: Platform): Promise<number> {
  const client = new Redis(url, { maxRetriesPerRequest: 1, lazyConnect: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const keys = await client.keys('*queues:*:delayed');
    const counts = await Promise.all(keys.map((key) => client.zcard(key)));
    return counts.reduce((sum, count) => sum + count, 0);
  } finally {
    client.disconnect();
  }
}
