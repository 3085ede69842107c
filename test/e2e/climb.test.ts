/**
 * The promise of the operator, on real pods: whatever it moves, no request fails, no job is lost, and none is run twice.
 */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { KubeObject } from '../../controller/runtime/resources.ts';
import { eventually } from '../integration/processes.ts';
import { auditOf } from './audit.ts';
import { killContainer } from './abrupt.ts';
import { type ExitWatch, watchExits } from './exits.ts';
import { operatorName } from './operator.ts';
import { type Platform, platformName, tiers, startPlatform } from './platform.ts';
import { auditLog } from './setup.ts';
import { addEnv } from './queue-tiers.ts';
import { describeOnRealPods } from './support.ts';

type DeploymentObject = KubeObject & { status?: { readyReplicas?: number } };

const component = (name: string) =>
  `app.kubernetes.io/instance=${platformName},app.kubernetes.io/component=${name}`;

describeOnRealPods('a platform on real pods, under load', (cluster) => {
  let platform: Platform;
  let exits: ExitWatch;

  beforeAll(async () => {
    platform = await startPlatform(cluster, { name: 'climb' });
    exits = watchExits(cluster, platform.namespace, `app.kubernetes.io/instance=${platformName}`);
  });
  afterAll(async () => {
    await exits?.stop();
    await platform?.remove();
  });

  const names = async (kind: string, selector = `app.kubernetes.io/instance=${platformName}`) =>
    (await platform.list(kind, { labelSelector: selector })).map(({ metadata: { name } }) => name).toSorted();
  const rests = (due: string) =>
    platform.until(
      `it is on the tier ${due}, with nothing under way`,
      ({ tier, transition }) => tier === due && transition === undefined,
      180_000,
    );

  it('climbs from one pod to Deployments of its own, is changed there, and comes back: no request fails, no job is lost or run twice', async () => {
    expect(await names('deployments')).toEqual(['brain-all-in-one']);
    const steady = new AbortController();
    onTestFinished(() => steady.abort());
    // All the time; jobs of both queues, and now and then one that takes a while: some are at hand in each move.
    const always = platform.sendLeads({
      rate: 10,
      count: 10 * 1_800,
      work: (index) => ({
        ...(index % 3 === 0 && { queue: 'default' }),
        ...(index % 40 === 7 && { seconds: 1 }),
      }),
      signal: steady.signal,
    });
    const busy = new AbortController();
    onTestFinished(() => busy.abort());
    const more = platform.sendLeads({ rate: 25, count: 25 * 1_800, signal: busy.signal });
    await rests(tiers.apart);
    expect(await names('deployments')).toEqual(['brain-ingest', 'brain-queue-default', 'brain-sync']);

    // Another template rolls all of them.
    await platform.spec({ podTemplate: { annotations: { changed: 'now' } } });
    for (const name of await names('deployments')) {
      const changed = ['wait', `deployment/${name}`, '--timeout=120s'];
      const path = '--for=jsonpath={.spec.template.metadata.annotations.changed}=now';
      await platform.kubectl([...changed, path], { timeoutMs: 130_000 });
      await platform.kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=120s'], {
        timeoutMs: 130_000,
      });
    }

    busy.abort();
    const sentMore = await more;
    await rests(tiers.together);
    expect(await names('deployments')).toEqual(['brain-all-in-one']);
    await eventually(
      'nothing of the other side is left',
      async () => (await names('pods')).every((name) => name.startsWith('brain-all-in-one-')),
      90_000,
    );
    steady.abort();
    const sentAlways = await always;

    expect(sentMore.failed).toEqual([]);
    expect(sentAlways.failed).toEqual([]);
    const sent = sentMore.sent.length + sentAlways.sent.length;
    expect(await platform.tally()).toEqual({
      sent,
      accepted: sent,
      rows: sent,
      effects: sent,
      runs: sent,
      runsMoreThanOnce: [],
      startedMoreThanOnce: [],
      missing: [],
      failed: [],
    });
    // None of all the containers that went was killed.
    expect(exits.exits().filter(({ code }) => code !== 0)).toEqual([]);
    expect(exits.exits().length).toBeGreaterThanOrEqual(9);
  }, 600_000);

  it('is scaled in while all workers are busy: each finishes its job and ends by itself', async () => {
    await platform.spec({ minTier: tiers.apart, components: { sync: { replicas: { min: 3 } } } });
    await rests(tiers.apart);
    await eventually(
      'three workers run',
      async () => (await readyReplicas(platform, 'brain-sync')) === 3,
      90_000,
    );
    const { sent, failed } = await platform.sendLeads({
      rate: 10,
      count: 3,
      work: () => ({ seconds: 15 }),
    });
    expect(failed).toEqual([]);
    const runs = async () =>
      (
        await platform.pool.query<{ starts: number; runs: number; finished: number | null }>(
          `SELECT starts, runs, extract(epoch FROM last_finished_at)::float8 * 1000 AS finished
           FROM job_runs WHERE lead_id = ANY($1)`,
          [sent],
        )
      ).rows;
    await eventually('all three are busy', async () => (await runs()).length === 3);
    await platform.spec({ components: { sync: { replicas: { min: 1, max: 1 } } } });
    const gone = () =>
      exits.exits().filter(({ pod }) => pod.startsWith('brain-sync-') && exits.told().has(pod));
    await eventually(
      'one pod is left',
      async () => (await names('pods', component('sync'))).length === 1,
      90_000,
    );
    // Also that of the worker that stays.
    await eventually(
      'all three jobs have ended',
      async () => (await runs()).every(({ runs: n }) => n > 0),
      60_000,
    );
    const after = await runs();
    expect(after.map(({ starts, runs: ended }) => ({ starts, ended }))).toEqual(
      Array.from({ length: 3 }, () => ({ starts: 1, ended: 1 })),
    );
    // They were told to go in the middle of their jobs, or this shows nothing.
    const first = Math.min(...after.map(({ finished }) => finished ?? 0));
    const told = [...exits.told()].filter(([pod]) => pod.startsWith('brain-sync-')).map(([, at]) => at);
    expect(
      told
        .toSorted((a, b) => a - b)
        .slice(-2)
        .every((at) => at < first),
    ).toBe(true);
    expect(gone().filter(({ code }) => code !== 0)).toEqual([]);
  }, 300_000);

  it('loses no job of a worker that is killed: it is tried again, and has its effect once', async () => {
    await platform.spec({ minTier: tiers.apart, components: { sync: { replicas: { min: 1, max: 1 } } } });
    await rests(tiers.apart);
    const before = await platform.tally();
    // One dies by itself, with its effect there and its job not deleted; the test kills the other before the effect.
    const sendOne = async (work: object) => {
      const { sent } = await platform.sendLeads({ rate: 1, count: 1, work: () => work });
      return sent[0] ?? '';
    };
    const dying = await sendOne({ queue: 'default', crash: 'after-effect' });
    const killed = await sendOne({ seconds: 10 });
    await eventually('the job is at hand', async () => {
      const found = 'SELECT FROM job_runs WHERE lead_id = $1 AND starts = 1 AND runs = 0';
      return (await platform.pool.query(found, [killed])).rowCount === 1;
    });
    const [worker = ''] = await names('pods', component('sync'));
    await killContainer(platform, worker);
    const others = await platform.sendLeads({
      rate: 10,
      count: 40,
      work: (index) => (index % 2 === 0 ? {} : { queue: 'default' }),
    });
    expect(others.failed).toEqual([]);
    const after = await platform.tally();
    expect(after.effects - before.effects).toBe(42);
    expect(after).toMatchObject({ missing: [], failed: [], runsMoreThanOnce: [dying] });
    expect(after.startedMoreThanOnce.toSorted()).toEqual([dying, killed].toSorted());
    const abrupt = exits.exits().filter(({ code }) => code !== 0);
    expect(abrupt.map(({ container, code }) => ({ container, code }))).toEqual(
      expect.arrayContaining([
        { container: 'sync', code: 137 },
        { container: 'queue-default', code: 137 },
      ]),
    );
  }, 300_000);

  it('lets a worker that is told to end while it starts hear of it, and end by itself', async () => {
    const [old = ''] = await names('pods', component('sync'));
    await addEnv(platform, [{ name: 'BRAIN_BOOT_SECONDS', value: '4' }]);
    const young = async () => (await names('pods', component('sync'))).find((name) => name !== old);
    await eventually('another worker is there', async () => (await young()) !== undefined, 60_000);
    const pod = (await young()) ?? '';
    // Running, and deaf for another 4 s.
    await platform.kubectl(
      ['wait', `pod/${pod}`, '--for=jsonpath={.status.phase}=Running', '--timeout=60s'],
      {
        timeoutMs: 70_000,
      },
    );
    await platform.kubectl(['delete', `pod/${pod}`, '--wait=false']);
    const end = () => exits.exits().find((exit) => exit.pod === pod);
    await eventually('it has ended', async () => end() !== undefined, 60_000);
    expect(end()).toEqual({ pod, container: 'sync', code: 0 });
  }, 300_000);

  it('was run by an operator that asked for nothing that its chart does not grant', async () => {
    const token = await platform.kubectl(['create', 'token', 'default']);
    const secrets = `/api/v1/namespaces/${platform.namespace}/secrets`;
    const answer = await platform.kubectl(['get', '--raw', secrets, `--token=${token}`]).catch(String);
    expect(answer).toMatch(/forbidden/i);
    // The log has what it should: of somebody without the right it tells.
    await eventually('the refusal is in the log', async () => {
      const { forbidden } = await auditOf(auditLog, account(platform.namespace, 'default'));
      return forbidden.some((one) => one.startsWith(`get ${secrets}`) || one.startsWith(`list ${secrets}`));
    });
    const { asked, forbidden } = await auditOf(auditLog, account(platform.operator.namespace, operatorName));
    expect(forbidden).toEqual([]);
    expect(asked).toBeGreaterThan(100);
  });
});

async function readyReplicas({ find }: Platform, deployment: string): Promise<number> {
  const found = await find<DeploymentObject>('deployment', deployment);
  return found?.status?.readyReplicas ?? 0;
}

const account = (namespace: string, name: string) =>
  new RegExp(`^system:serviceaccount:(${namespace}):${name}$`);
