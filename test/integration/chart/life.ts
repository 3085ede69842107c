/** The life of a platform in which everything happens for which the operator has a right. */
import { eventually } from '../operator/rig.ts';
import type { ChartBed } from './bed.ts';

const LONG_MS = 90_000;

interface Platform {
  readonly name: string;
  readonly spec?: object;
}

const platform = ({ name, spec = {} }: Platform) => ({
  apiVersion: 'leadplatform.io/v1alpha1',
  kind: 'LeadPlatform',
  metadata: { name },
  spec: {
    image: 'registry.example/brain:1.4.0',
    scaling: { scaleDown: { window: '2s' } },
    transitions: { minReadyTime: '1s' },
    ...spec,
  },
});

/** Lets platforms live in `namespace`; ends when everything has happened. */
export async function live(bed: ChartBed, namespace: string, secret: string): Promise<void> {
  const apply = (object: object) =>
    bed.kubectl(['apply', '--server-side', '-n', namespace, '-f', '-'], object);
  const names = async (kind: string, of: string): Promise<string[]> =>
    (
      await bed.kubectl([
        'get',
        kind,
        '-n',
        namespace,
        '-l',
        `app.kubernetes.io/instance=${of}`,
        '-o',
        'name',
      ])
    )
      .split('\n')
      .filter((name) => name !== '');
  const condition = async (of: string, type: string) => {
    const { status } = await bed.json<{
      status?: { conditions?: { type: string; status: string; message: string }[] };
    }>(...['get', 'lp', of, '-n', namespace]);
    return status?.conditions?.find((one) => one.type === type);
  };

  // Objects of others under the names of children: each is looked at, and left alone.
  await bed.kubectl(['create', '-n', namespace, '-f', '-'], {
    apiVersion: 'v1',
    kind: 'List',
    items: [account, ...taken('taken')],
  });
  // Alone: where the account is another's, nothing that would run as it is tried.
  await apply(platform({ name: account.metadata.name }));
  await apply(
    platform({
      name: 'taken',
      spec: { minTier: 'separated', components: { ingest: { replicas: { min: 2 } } } },
    }),
  );
  // A part for which no node has room.
  const resources = { requests: { cpu: '1000000' } };
  await apply(platform({ name: 'stuck', spec: { components: { ingest: { resources } } } }));

  // A Secret is read, though there is none: what is forbidden looks different.
  const stores = {
    postgres: { host: '127.0.0.1', port: 9, secretRef: { name: secret }, tls: { mode: 'Disable' } },
  };
  await apply(platform({ name: 'brain', spec: { stores } }));
  await bed.kubectl(['wait', 'lp/brain', '-n', namespace, '--for=condition=Ready', '--timeout=90s']);
  // Somebody else writes on every child; and a setting changes, which is written into all of them.
  for (const child of [
    'serviceaccount/brain',
    'configmap/brain-settings',
    'service/brain',
    'deployment/brain-all-in-one',
  ])
    await bed.kubectl(['label', child, '-n', namespace, '--overwrite', 'app.kubernetes.io/part-of=somebody']);
  await eventually(
    'drift is repaired',
    async () => (await names('sa,cm,svc,deploy', 'brain,app.kubernetes.io/part-of=brain')).length >= 4,
    LONG_MS,
  );
  // From all-in-one to parts of their own, with budgets; and back to fewer: every kind is written again, or goes.
  const apart = { minTier: 'separated', image: 'registry.example/brain:1.5.0' };
  await apply(
    platform({ name: 'brain', spec: { ...apart, components: { ingest: { replicas: { min: 2 } } } } }),
  );
  await eventually('there is a budget', async () => (await names('pdb', 'brain')).length > 0, LONG_MS);
  await eventually(
    'the old part is gone',
    async () => !(await names('deployment', 'brain')).some((name) => name.endsWith('all-in-one')),
    LONG_MS,
  );
  for (const child of await names('pdb,cronjob', 'brain'))
    await bed.kubectl(['label', child, '-n', namespace, '--overwrite', 'app.kubernetes.io/part-of=somebody']);
  await eventually(
    'drift of budgets and jobs is repaired',
    async () => (await names('pdb,cronjob', 'brain,app.kubernetes.io/part-of=somebody')).length === 0,
    LONG_MS,
  );
  await apply(platform({ name: 'brain', spec: { ...apart, callLogSync: { strategy: 'Webhook' } } }));
  await eventually(
    'budgets and jobs are gone',
    async () => (await names('pdb,cronjob', 'brain')).length === 0,
    LONG_MS,
  );
  await eventually(
    'all that is taken is told',
    async () => {
      const told = [await condition('taken', 'Stalled'), await condition(account.metadata.name, 'Stalled')];
      const text = told.map((one) => one?.message).join('\n');
      return [account, ...taken('taken')].every(({ kind, metadata }) =>
        text.includes(`${kind} "${metadata.name}"`),
      );
    },
    LONG_MS,
  );
  await eventually(
    'the pods of what is stuck were asked',
    async () =>
      /cpu/i.test(JSON.stringify([await condition('stuck', 'Stalled'), await condition('stuck', 'Ready')])),
    LONG_MS,
  );
}

const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'account' } };

/** One object for each other kind of child, as somebody else might have them. */
function taken(of: string) {
  const labels = { app: 'others' };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'a', image: 'registry.example/other:1' }] },
  };
  const job = { template: { spec: { ...template.spec, restartPolicy: 'Never' } } };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${of}-settings` } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: of },
      spec: { ports: [{ port: 80 }], selector: labels },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `${of}-ingest` },
      spec: { selector: { matchLabels: labels }, template },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: `${of}-ingest` },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: `${of}-call-logs-hourly` },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job } },
    },
  ];
}
