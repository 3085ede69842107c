import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARGOCD_NAMESPACE } from '../../../testbed/argocd.ts';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { COMPRESSED, type DeploymentObject, eventually, LeadsTable } from '../operator/rig.ts';
import { testbed } from '../support.ts';
import { type Application, describeWithArgocd, documented } from './provided.ts';
import { Stage } from './stage.ts';

const NAMESPACE = 'leads';
/** The platform bears the name of its Application: by labels, the one is hardest to tell from the other. */
const NAME = 'brain';
const SELECTOR = `app.kubernetes.io/managed-by=leadplatform-operator,app.kubernetes.io/instance=${NAME}`;
const FILE = 'platform/brain.yaml';
/** Up and down takes about half a minute: some minutes in all. */
const ROUNDS = 4;

/** Children that a platform has on every tier. */
const LASTING = 'services,configmaps,serviceaccounts,cronjobs';
const ALL = `deployments,poddisruptionbudgets,${LASTING}`;

/** Objects of the release, which bears the name of the Application. kubectl patches a budget even where it is the same. */
const CHART = new RegExp(`/${NAME}-leadplatform-operator|/leadplatforms\\.leadplatform\\.io$`);

type PlatformObject = LeadPlatformObject & { spec: { image: string; tierPin?: object } };

type ApplicationObject = Application &
  KubeObject & {
    status?: {
      sync?: { status?: string; revision?: string; revisions?: string[] };
      health?: { status?: string };
      operationState?: { phase?: string; message?: string };
      conditions?: { type: string; message: string }[];
      resources?: { kind: string; name: string; status?: string; requiresPruning?: boolean }[];
    };
  };

/** As what holds data will be: with the labels of a child, and nobody who owns it. */
const unowned = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'unowned',
    namespace: NAMESPACE,
    labels: { 'app.kubernetes.io/instance': NAME },
    annotations: {
      'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
    },
  },
  data: { it: 'is data' },
};

describeWithArgocd('An Application of Argo CD, with automated sync, prune and self-heal', (pinned) => {
  let stage: Stage;
  let leads: LeadsTable;
  let spec: object;

  beforeAll(async () => {
    stage = await Stage.start(pinned);
    leads = await LeadsTable.create();
    await stage.repository.copy('charts', 'charts');
    await stage.kubectl(['create', 'namespace', NAMESPACE]);
    const { host, port, user, password, database } = testbed().postgres;
    await stage.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'postgres', namespace: NAMESPACE },
      stringData: { username: user, password },
    });
    spec = {
      image: 'registry.example/brain:1.4.0',
      stores: {
        postgres: { host, port, database, secretRef: { name: 'postgres' }, tls: { mode: 'Disable' } },
      },
      signals: {
        leadsPerDay: {
          postgres: { table: leads.name, window: '2s', interval: '200ms', rateInterval: '200ms' },
        },
        leadsPerMinute: { postgres: { table: leads.name, interval: '1s' } },
      },
      components: { ingest: { capacity: { leadsPerMinute: 1_000_000 } } },
      scaling: { ...COMPRESSED, demote: { lookback: '4s', wait: '8s' } },
    };
  }, 300_000);
  afterAll(async () => {
    await stage?.stop();
    await leads?.drop();
  });

  const commit = (changes: object = {}) =>
    stage.repository.commit(FILE, {
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: NAME, namespace: NAMESPACE },
      spec: { ...spec, ...changes },
    });

  const application = async () => {
    const found = await stage.get<ApplicationObject>('application', NAME, ARGOCD_NAMESPACE);
    if (found === undefined) throw new Error('There is no Application');
    return found;
  };
  const platform = () => stage.get<PlatformObject>('leadplatform', NAME, NAMESPACE);
  const patch = (change: object) =>
    stage.kubectl([
      ...['patch', 'leadplatform', NAME, '-n', NAMESPACE, '--type=merge', '--field-manager=by-hand'],
      ...['-p', JSON.stringify({ spec: change })],
    ]);

  /** Waits until Argo CD has synced a revision and calls it of this health; it looks every ten seconds by itself. */
  const settles = async (revision: string, health: string) => {
    await stage.refresh(NAME);
    await eventually(
      `the Application is Synced to ${revision} and ${health}`,
      async () => {
        const { status } = await application();
        const synced = status?.sync?.status === 'Synced' && status.sync.revisions?.at(-1) === revision;
        if (synced && status.health?.status === health) return true;
        throw new Error(
          `${status?.health?.status}, ${JSON.stringify(status?.sync)}; ${await stage.wordsOfOperator()}`,
        );
      },
      90_000,
    );
  };

  const standsOn = (tier: string) =>
    eventually(
      `the platform stands on ${tier}`,
      async () => {
        const status = (await platform())?.status;
        const reconciling = status?.conditions?.find(({ type }) => type === 'Reconciling');
        if (status?.tier === tier && reconciling?.status === 'False') return true;
        throw new Error(`${JSON.stringify(status)}; ${await stage.wordsOfOperator()}`);
      },
      90_000,
    );

  /** By name; what the operator made for the platform and did not take away by itself. */
  const children = async (kinds: string) =>
    Object.fromEntries(
      (await stage.list<KubeObject>(kinds, NAMESPACE, SELECTOR)).map(({ kind, metadata }) => [
        `${kind}/${metadata.name}`,
        metadata.uid,
      ]),
    );

  describe.each(['annotation', 'label'])('tracking by %s', (tracking) => {
    let revision: string;

    beforeAll(async () => {
      const { settings, application: copied, afterFirstSync } = await documented();
      await stage.argocd.configure({ ...settings, 'application.resourceTrackingMethod': tracking });
      revision = await commit();
      await stage.apply(unowned);
      const sources = copied.spec.sources.map((source) => ({ ...source, repoURL: stage.repository.url }));
      await stage.apply({ ...copied, spec: { ...copied.spec, sources } });
      await eventually('the platform was written', async () => (await platform()) !== undefined, 90_000);
      expect((await application()).status?.health?.status).not.toBe('Healthy');
      // Argo CD may have heard of the kind before the API server listed it, and would not see it go.
      await stage.kubectl(afterFirstSync);
      await stage.startOperator(NAMESPACE);
      await settles(revision, 'Healthy');
      const { labels, annotations } = (await platform())?.metadata ?? {};
      const tracked = [
        labels?.['app.kubernetes.io/instance'],
        annotations?.['argocd.argoproj.io/tracking-id'],
      ];
      expect(tracked.map((value) => value !== undefined)).toEqual([
        tracking === 'label',
        tracking === 'annotation',
      ]);
    }, 240_000);

    it('stays Synced and writes nothing while the platform climbs and descends, and its health follows', async () => {
      const lasting = await children(LASTING);
      expect(Object.keys(lasting).length).toBeGreaterThan(2);
      const watch = await stage.follow(NAME);
      await eventually('the watch has begun', async () => (await watch.said()).length > 0);
      const since = Date.now();
      for (let round = 0; round < ROUNDS; round += 1) {
        await leads.spread(12_000, 2_000, -2_000, 120_000);
        await standsOn('separated');
        await leads.clear();
        await standsOn('single-server');
      }
      await settles(revision, 'Healthy');
      // A process of its own, that hears of it a little later than we.
      await eventually(
        'the watch says Healthy, too',
        async () => (await watch.said()).at(-1)?.health === 'Healthy',
      );
      const said = await watch.said();
      await watch.stop();

      expect(said.map(({ sync }) => sync)).toEqual(said.map(() => 'Synced'));
      // It never even began a sync.
      expect(new Set(said.map(({ syncedAt }) => syncedAt)).size).toBe(1);
      expect(said.map(({ health }) => health)).toContain('Progressing');
      expect(new Set(said.map(({ health }) => health))).toEqual(new Set(['Healthy', 'Progressing']));
      expect(await stage.writes(stage.argocd.user, since)).toEqual([]);
      expect(await children(LASTING)).toMatchObject(lasting);
      expect((await application()).status?.conditions ?? []).toEqual([]);
    }, 600_000);

    it('carries a change from git into the platform, and undoes what is done by hand to what git says', async () => {
      const since = Date.now();
      revision = await commit({ image: 'registry.example/brain:1.5.0' });
      await settles(revision, 'Healthy');
      // Of what is not the chart's, that one object; and a write does show where the test above saw none.
      const written = (await stage.writes(stage.argocd.user, since)).filter(({ what }) => !CHART.test(what));
      expect(new Set(written.map(({ verb, what }) => `${verb} ${what}`))).toEqual(
        new Set([`patch leadplatform.io/leadplatforms/${NAMESPACE}/${NAME}`]),
      );
      const image = async () =>
        (await stage.get<DeploymentObject>('deployment', `${NAME}-all-in-one`, NAMESPACE))?.spec.template.spec
          .containers[0]?.image;
      expect(await image()).toBe('registry.example/brain:1.5.0');

      // A pin is not in git, and whoever set it in a hurry keeps it.
      const pin = { tier: 'single-server', reason: 'by hand' };
      await patch({ image: 'registry.example/brain:by-hand', tierPin: pin });
      await eventually(
        'the image is that of git',
        async () => {
          const found = await platform();
          return found?.spec.image === 'registry.example/brain:1.5.0';
        },
        60_000,
      );
      await settles(revision, 'Healthy');
      expect((await platform())?.spec.tierPin).toEqual(pin);
      await patch({ tierPin: null });
    }, 240_000);

    if (tracking === 'annotation') {
      it.each([
        {
          what: 'a schedule that never comes due',
          changes: { callLogSync: { hourly: { schedule: '0 0 31 2 *' } } },
          health: 'Degraded',
          condition: 'Stalled',
          says: /True.*schedule/,
        },
        {
          what: 'a database that does not answer',
          changes: {
            stores: {
              postgres: {
                host: '127.0.0.1',
                port: 9,
                database: 'none',
                secretRef: { name: 'postgres' },
                tls: { mode: 'Disable' },
              },
            },
            // What the database before it said is forgotten soon.
            signals: { staleAfter: '1s', leadsPerDay: { postgres: { interval: '1s' } } },
          },
          health: 'Healthy',
          condition: 'SignalsFresh',
          says: /False.*leadsPerDay/,
        },
        {
          what: 'a pause',
          changes: { mode: 'Paused' },
          health: 'Suspended',
          condition: 'ScalingActive',
          says: /False Paused/,
        },
        {
          what: 'nothing but recommendations',
          changes: { mode: 'Recommend' },
          health: 'Healthy',
          condition: 'ScalingActive',
          says: /False Recommend/,
        },
      ])(
        'calls a platform with $what $health',
        async ({ changes, health, condition, says }) => {
          revision = await commit(changes);
          await settles(revision, health);
          await eventually(`${condition} says so`, async () => {
            const conditions = (await platform())?.status?.conditions;
            const found = conditions?.find(({ type }) => type === condition);
            return says.test(`${found?.status} ${found?.reason} ${found?.message}`);
          });
          await settles(revision, health);
        },
        120_000,
      );
    }

    it('ends when it is deleted, and leaves the definition and what nobody owns', async () => {
      // The one goes with the other, and in which order is nobody's to say.
      await stage.stopOperator();
      await stage.kubectl(['delete', 'application', NAME, '-n', ARGOCD_NAMESPACE, '--timeout=60s']);
      // The Application may go a moment before what it owned has gone.
      await eventually(
        'the platform is gone',
        async () => {
          const left = await platform();
          if (left === undefined) return true;
          throw new Error(JSON.stringify(left.metadata));
        },
        60_000,
      );
      await eventually(
        'nothing of the platform is left',
        async () => Object.keys(await children(ALL)).length === 0,
        60_000,
      );
      expect(await stage.get('configmap', 'unowned', NAMESPACE)).toMatchObject({ data: unowned.data });
      expect(await stage.kubectl(['get', 'crd', 'leadplatforms.leadplatform.io', '-o', 'name'])).not.toBe('');
    }, 180_000);
  });
});
