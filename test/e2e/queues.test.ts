/**
 * Queues move from one server to another while leads come in and workers work: from the first Redis to a second one, to
 * RabbitMQ, and back. Whatever is sent is run, all of it, once; what comes due later is worked off where it lies.
 */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Rabbitmq, startRabbitmq } from '../../testbed/rabbitmq.ts';
import { exposeOnNode } from '../../testbed/real/expose.ts';
import { type Redis, startRedis } from '../../testbed/redis.ts';
import { eventually } from '../integration/processes.ts';
import { type ExitWatch, watchExits } from './exits.ts';
import { isIdle, type Platform, platformName, startPlatform } from './platform.ts';
import { addEnv, queuesAt, queuesInEffect, withQueueTiers } from './queue-tiers.ts';
import { describeOnRealPods } from './support.ts';

/** So many are sent where `LEADPLATFORM_E2E_JOBS` asks for it; else as many as the four moves last. */
const JOBS = Number(process.env['LEADPLATFORM_E2E_JOBS'] ?? 0);
/** What two cores that are busy otherwise can take in and run beside a cluster; a quiet machine has room for more. */
const A_SECOND = Number(process.env['LEADPLATFORM_E2E_JOBS_PER_SECOND'] ?? 25);

describeOnRealPods('queues that move between servers, under load', (cluster) => {
  let platform: Platform;
  let second: Redis;
  let rabbitmq: Rabbitmq;
  let exits: ExitWatch;

  beforeAll(async () => {
    second = await startRedis({ host: cluster.nodeAddress, persistent: true });
    rabbitmq = await startRabbitmq({ host: cluster.nodeAddress });
    platform = await startPlatform(cluster, { name: 'queues' });
    const { namespace } = platform;
    for (const server of [
      { service: 'redis-queue', port: 6379, targetPort: second.port },
      {
        ...{ service: 'rabbitmq', port: 5672, targetPort: rabbitmq.port },
        more: { management: { port: 15_672, targetPort: rabbitmq.managementPort } },
      },
    ])
      await exposeOnNode(cluster, { namespace, ...server });
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'rabbitmq' },
      stringData: { username: rabbitmq.user, password: rabbitmq.password },
    };
    await platform.kubectl(['apply', '--server-side', '--filename=-'], { input: JSON.stringify(secret) });
    const key = (name: string) => ({ valueFrom: { secretKeyRef: { name: 'rabbitmq', key: name } } });
    await platform.spec({
      ...withQueueTiers,
      stores: {
        rabbitmq: {
          host: `rabbitmq.${namespace}.svc`,
          secretRef: { name: 'rabbitmq' },
          tls: { mode: 'Disable' },
        },
      },
      capabilities: { dedicatedQueueServer: { redis: { host: `redis-queue.${namespace}.svc` } } },
    });
    await addEnv(platform, [
      { name: 'RABBITMQ_USER', ...key('username') },
      { name: 'RABBITMQ_PASSWORD', ...key('password') },
      { name: 'BRAIN_JOB_SECONDS', value: '0' },
      // What is looked at is whether a move fails a request, and not how soon the disk of a busy machine has a job.
      { name: 'BRAIN_ANSWER_SECONDS', value: '10' },
    ]);
    await queuesAt(platform, 'first-redis');
    exits = watchExits(cluster, namespace, `app.kubernetes.io/instance=${platformName}`);
  }, 400_000);
  afterAll(async () => {
    await exits?.stop();
    await platform?.remove();
    await second?.stop();
    await rabbitmq?.stop();
  });

  it('lose no job, run none twice, and fail no request', async () => {
    const all = new AbortController();
    onTestFinished(() => all.abort());
    const sending = platform.sendLeads({
      rate: A_SECOND,
      count: JOBS > 0 ? JOBS : A_SECOND * 1_800,
      work: (index) => ({
        ...(index % 3 === 0 && { queue: 'default' }),
        // Some come due when their server is about to be left, or was.
        ...(index % 25 === 0 && { delaySeconds: 20 }),
        ...(index % 500 === 7 && { seconds: 1 }),
      }),
      signal: all.signal,
    });
    const seen = [await queuesInEffect(platform)];
    for (const tier of ['second-redis', 'broker', 'second-redis', 'first-redis'] as const) {
      await platform.spec({ tierPin: { tier } });
      await queuesAt(platform, tier);
      seen.push(await queuesInEffect(platform));
    }
    const namespace = platform.namespace;
    expect(seen).toEqual([
      ['redis', 'redis'],
      ['redis', `redis-queue.${namespace}.svc`],
      ['rabbitmq', 'redis'],
      ['redis', `redis-queue.${namespace}.svc`],
      ['redis', 'redis'],
    ]);
    if (JOBS === 0) all.abort();
    const { sent, failed } = await sending;
    expect.soft(failed).toEqual([]);
    // Each move took its time, and met jobs of every sort.
    expect(sent.length).toBeGreaterThanOrEqual(JOBS > 0 ? JOBS : 1_500);

    await eventually('the second Redis is empty', () => isIdle(second), 120_000);
    await eventually('RabbitMQ is empty', async () => (await messagesIn(rabbitmq)) === 0, 60_000);
    expect(await platform.tally()).toEqual({
      sent: sent.length,
      accepted: sent.length,
      rows: sent.length,
      effects: sent.length,
      runs: sent.length,
      runsMoreThanOnce: [],
      startedMoreThanOnce: [],
      missing: [],
      failed: [],
    });
    expect(exits.exits().filter(({ code }) => code !== 0)).toEqual([]);
    const left = await platform.kubectl(['get', 'deployments', '--output=name']);
    expect(left.trim().split('\n').toSorted()).toEqual([
      'deployment.apps/brain-ingest',
      'deployment.apps/brain-queue-default',
      'deployment.apps/brain-sync',
    ]);
  }, 2_400_000);
});

async function messagesIn({ host, managementPort, user, password }: Rabbitmq): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const answer = await fetch(`http://${host}:${managementPort}/api/queues`, { headers: { authorization } });
  const queues = (await answer.json()) as { messages?: number }[];
  return queues.reduce((sum, { messages = 0 }) => sum + messages, 0);
}
