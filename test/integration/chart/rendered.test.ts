/** What Helm makes of the chart, before anything is installed: by its own words, by the API server's, and by Prometheus'. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseRunOptions } from '../../../controller/commands/run.ts';
import { OperatorMetrics } from '../../../controller/http/metrics.ts';
import { type Installation, rightsOf } from '../../../src/kube/rights.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { definitionsServed } from '../../../testbed/definitions.ts';
import { schemaLocation, writeSchemas } from '../../../testbed/kube-schemas.ts';
import { grantsTo, linesOf, wordsOf } from '../../fixtures/grants.ts';
import { createNamespace, describeWith, kubectl, testbed } from '../support.ts';
import { CHART, SCRATCH, describeWithTools, objectsOf, render, renderText, run } from './chart.ts';
import { MISTAKES, WAYS } from './values.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The paths at which a schema says what is there, and those of an example of it. */
const schemaPaths = ({ properties = {} }: Schema, path = ''): string[] =>
  Object.entries(properties).flatMap(([name, inner]) => [
    `${path}/${name}`,
    ...schemaPaths(inner, `${path}/${name}`),
  ]);
const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const valuePaths = (values: object, path = ''): string[] =>
  Object.entries(values).flatMap(([name, inner]) => [
    `${path}/${name}`,
    ...(isMap(inner) ? valuePaths(inner, `${path}/${name}`) : []),
  ]);

/**
 * As `helm upgrade --reuse-values` has them: all that the earlier version had, its defaults too, and nothing of what came later. To
 * Helm a null is a value that is not there.
 */
const reusedValues = (earlier: object, values: object): object => ({
  ...earlier,
  ...Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
      if (!Object.hasOwn(earlier, name)) return [[name, null]];
      const before = (earlier as Readonly<Record<string, unknown>>)[name];
      return isMap(before) && isMap(value) ? [[name, reusedValues(before, value)]] : [];
    }),
  ),
});

/** What a scrape may hold: each metric, and what a histogram makes of itself. */
async function metricNames(): Promise<ReadonlySet<string>> {
  const metrics = new OperatorMetrics();
  metrics.observe({
    isLeading: () => false,
    platforms: () => new Map().entries(),
    platform: () => undefined,
    *readyReplicas() {},
    queueDepth: () => 0,
    watchEvents: () => new Map(),
    sourceStats: () => ({ platforms: 0, sources: 0, inFlight: 0, waiting: 0, bySource: {} }),
  });
  const text = (await Array.fromAsync(metrics.exposition())).join('');
  return new Set(
    [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['_bucket', '_count', '_sum'].map((end) => name + end) : [name],
    ),
  );
}
const namesIn = (text: string) => new Set(text.match(/\b(?:leadplatform|process|nodejs)_[a-z_]+[a-z]\b/g));

await describeWithTools('The chart', (tools) => {
  const rules = join(SCRATCH, 'rules');
  afterAll(() => rm(SCRATCH, { recursive: true, force: true }));

  it.each(WAYS)('passes helm lint $name', async ({ values }) => {
    expect(
      await run(tools.helm, ['lint', '--strict', '--values', '-', CHART], JSON.stringify(values)),
    ).toContain('0 chart(s) failed');
  });

  it.each(MISTAKES)('refuses $name, and says what is wrong', async ({ values, says }) => {
    const rendering = renderText(tools, { values });
    for (const words of says) await expect(rendering).rejects.toThrow(words);
  });

  it.each(WAYS.filter(({ adds, lacks }) => adds ?? lacks))(
    'holds what is asked for $name',
    async ({ values, adds = [], lacks = [] }) => {
      const kinds = (await render(tools, { values })).map(({ kind }) => kind);
      const usual = (await render(tools)).map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining([...adds]));
      for (const kind of adds) expect(usual).not.toContain(kind);
      for (const kind of lacks) {
        expect(usual).toContain(kind);
        expect(kinds).not.toContain(kind);
      }
    },
  );

  it('has other names for policies of the cluster in each namespace, whatever releases are called', async () => {
    const releases = [
      { release: 'b-c', namespace: 'a' },
      { release: 'c', namespace: 'a-b' },
    ];
    const objects = (await Promise.all(releases.map((options) => render(tools, options)))).flat();
    const policies = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(new Set(policies.map(({ metadata }) => metadata.name)).size).toBe(4);
    const bindings = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding') as unknown as {
      spec: { policyName: string };
    }[];
    expect(bindings.map(({ spec }) => spec.policyName).toSorted()).toEqual(
      policies.map(({ metadata }) => metadata.name).toSorted(),
    );
  });

  it('has the version of the project', async () => {
    const chart = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8')) as object;
    expect(chart).toMatchObject({ version: packageJson.version, appVersion: packageJson.version });
  });

  it('knows the values that it has, and has those that it knows', async () => {
    const schema = JSON.parse(await readFile(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
    const values = valuePaths(parse(await readFile(join(CHART, 'values.yaml'), 'utf8')) as object);
    const known = schemaPaths(schema).filter((path) => !path.startsWith('/global'));
    // What is handed through to Kubernetes as it is has no schema of ours, and need not be there.
    const free = /^\/(?:resources|podSecurityContext|securityContext|affinity|metrics\/dashboard\/labels)\//;
    const items = /^\/(?:imagePullSecrets|userRoles\/statusReaders)\//;
    const ours = (paths: string[]) =>
      paths.filter((path) => !free.test(path) && !items.test(path)).toSorted();
    expect(ours(known)).toEqual(ours(values));
  });

  it('means by the values of an earlier version, which lack the later ones, what it means by their defaults', async () => {
    const read = async (file: string) => parse(await readFile(file, 'utf8')) as object;
    const [earlier, values] = await Promise.all([
      read(join(import.meta.dirname, 'earlier-values.yaml')),
      read(join(CHART, 'values.yaml')),
    ]);
    const reused = reusedValues(earlier, values);
    expect(reused).toMatchObject({ authors: { checkSecrets: null }, rbac: { reviews: null } });
    expect(await renderText(tools, { values: reused })).toBe(await renderText(tools, { values: earlier }));
  });

  it('gives the operator the flags of its values', async () => {
    const container = async (values: object) => {
      const deployment = (await render(tools, { values })).find(
        ({ kind }) => kind === 'Deployment',
      ) as unknown as {
        spec: { template: { spec: { containers: [{ image: string; args: string[]; env: object[] }] } } };
      };
      return deployment.spec.template.spec.containers[0];
    };
    expect(await container({})).toMatchObject({
      image: `registry.example/leadplatform-operator:${packageJson.version}`,
      args: [
        ...['run', '--namespace=leads', '--concurrency=32', '--log-level=info', '--log-format=json'],
        '--service-host=lp-leadplatform-operator-metrics.leads.svc',
      ],
    });
    const { image, args, env } = await container({
      extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example:3128' }],
      image: { repository: 'a/b', tag: 'ignored', digest: `sha256:${'a'.repeat(64)}` },
      watch: { clusterWide: true },
      authors: {
        ...{ allowPrivileged: true, allowHostPaths: true, allowServiceAccounts: true },
        ...{
          allowPriorityClasses: ['high'],
          allowTolerations: ['*'],
          allowHostnames: ['a.example', 'b.example'],
        },
        ...{ allowIngressAnnotations: ['cert-manager.io/*'], allowPodAnnotations: ['proxy.istio.io/config'] },
      },
      priorityClasses: { create: true },
    });
    expect(image).toBe(`a/b@sha256:${'a'.repeat(64)}`);
    expect(env).toEqual([
      ...Object.entries({ NAMESPACE: 'namespace', POD: 'name', POD_UID: 'uid' }).map(([name, field]) => ({
        name: `OPERATOR_${name}`,
        valueFrom: { fieldRef: { fieldPath: `metadata.${field}` } },
      })),
      { name: 'OPERATOR_IMAGE', value: image },
      { name: 'POD_IPS', valueFrom: { fieldRef: { fieldPath: 'status.podIPs' } } },
      { name: 'HTTPS_PROXY', value: 'http://proxy.example:3128' },
    ]);
    expect(args.slice(4)).toEqual([
      ...['--allow-privileged', '--allow-host-path', '--allow-service-account'],
      ...['ingest', 'sync', 'queue'].map((part) => `--allow-priority-class=leadplatform-${part}`),
      ...['--allow-hostname=a.example', '--allow-hostname=b.example'],
      '--allow-ingress-annotation=cert-manager.io/*',
      '--allow-pod-annotation=proxy.istio.io/config',
      '--allow-priority-class=high',
      '--allow-toleration=*',
      '--look-at-nodes',
      '--service-host=lp-leadplatform-operator-metrics.leads.svc',
    ]);
    // What the chart says, the operator understands.
    expect(parseRunOptions(args.slice(1)).permissions).toEqual({
      ...{ privileged: true, hostPath: true, serviceAccount: true, tolerations: ['*'] },
      priorityClasses: ['leadplatform-ingest', 'leadplatform-sync', 'leadplatform-queue', 'high'],
      hostnames: ['a.example', 'b.example'],
      ingressAnnotations: ['cert-manager.io/*'],
      podAnnotations: ['proxy.istio.io/config'],
    });
    expect(args.filter((arg) => arg.startsWith('--namespace'))).toEqual([]);
  });

  it('opens the addresses of its values', async () => {
    const text = await renderText(tools, { values: { authors: { allowAddresses: ['127.0.0.0/8', '::1'] } } });
    expect(text).toMatch(/ - --allow-address=127\.0\.0\.0\/8\n +- --allow-address=::1\n/);
  });

  it.each(['0.0.0.0/0', '::/0', '0.0.0.0/00'])(
    'is not rendered with %s, which turns a check off',
    async (opened) => {
      await expect(renderText(tools, { values: { authors: { allowAddresses: [opened] } } })).rejects.toThrow(
        `authors.allowAddresses has ${opened}, which turns the check off; name the networks that you need, like 127.0.0.0/8`,
      );
    },
  );

  it.each<[string, object, readonly string[] | undefined]>([
    ['in one namespace', {}, undefined],
    ['in one namespace, where it is asked for', { preflight: { nodes: true } }, ['nodes', 'pods']],
    // All else that is granted in the cluster has the pods in it.
    ['in the cluster', { watch: { clusterWide: true } }, ['nodes']],
    [
      'in the cluster, where it is not',
      { watch: { clusterWide: true }, preflight: { nodes: false } },
      undefined,
    ],
    [
      'in the cluster, by rights of one’s own',
      { watch: { clusterWide: true }, rbac: { create: false } },
      undefined,
    ],
  ])('looks at nodes %s as far as it has the right to', async (_case, values, resources) => {
    const objects = await render(tools, { values });
    const role = objects.find(({ metadata }) => metadata.name === 'leads-lp-leadplatform-operator-nodes') as
      { rules: { resources: string[]; verbs: string[] }[] } | undefined;
    expect(role?.rules.flatMap((rule) => rule.resources)).toEqual(resources);
    for (const { verbs } of role?.rules ?? []) expect(verbs).toEqual(['list']);
    const deployment = JSON.stringify(objects.find(({ kind }) => kind === 'Deployment'));
    expect(deployment.includes('--look-at-nodes')).toBe(resources !== undefined);
  });

  it.each<[string, object, object]>([
    [
      'inwards and nothing else',
      {},
      { policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 'http', protocol: 'TCP' }] }] },
    ],
    [
      'outwards, too, where it is told what is reached',
      { networkPolicy: { egress: [{ ports: [{ port: 5432 }] }] } },
      {
        policyTypes: ['Ingress', 'Egress'],
        egress: [
          {
            ports: [
              { port: 53, protocol: 'UDP' },
              { port: 53, protocol: 'TCP' },
            ],
          },
          { ports: [{ port: 5432 }] },
        ],
      },
    ],
  ])('closes its pods %s', async (_case, values, spec) => {
    const policy = (await render(tools, { values })).find(({ kind }) => kind === 'NetworkPolicy');
    expect(policy).toMatchObject({ spec });
    if (!('networkPolicy' in values)) expect(policy).not.toHaveProperty('spec.egress');
  });

  it('asks about health at a port of its own, which no policy opens to others', async () => {
    const objects = await render(tools);
    const deployment = JSON.stringify(objects.find(({ kind }) => kind === 'Deployment'));
    expect(deployment).toContain('"containerPort":8081');
    for (const path of ['/healthz', '/readyz'])
      expect(deployment).toContain(`{"path":"${path}","port":"health"}`);
    const waysIn = objects.filter(({ kind }) => kind === 'NetworkPolicy' || kind === 'Service');
    expect(waysIn.map(({ kind }) => kind).toSorted()).toEqual(['NetworkPolicy', 'Service']);
    expect(JSON.stringify(waysIn)).not.toMatch(/"health"|8081/);
  });

  it.each<{ name: string; values: object; how: Installation; watched?: string[]; secretNames?: string[] }>([
    { name: 'in one namespace', values: {}, how: { clusterWide: false, nodes: false, reviews: true } },
    {
      name: 'in two namespaces, with a look at nodes',
      values: { watch: { namespaces: ['a', 'b'] }, preflight: { nodes: true } },
      how: { clusterWide: false, nodes: true, reviews: true },
      watched: ['a', 'b'],
    },
    {
      name: 'in the cluster',
      values: { watch: { clusterWide: true } },
      how: { clusterWide: true, nodes: true, reviews: true },
    },
    {
      name: 'with Secrets by name and no right on the cluster',
      values: { rbac: { reviews: false, secretNames: ['a', 'b'] } },
      how: { clusterWide: false, nodes: false, reviews: false },
      secretNames: ['a', 'b'],
    },
    {
      name: 'to an account of its own',
      values: { serviceAccount: { name: 'mine' } },
      how: { clusterWide: false, nodes: false, reviews: true },
    },
  ])('grants $name what the table of rights says, and no more', async (way) => {
    const { values, how, watched = ['leads'], secretNames } = way;
    const { serviceAccount = { name: 'lp-leadplatform-operator' } } = values as {
      serviceAccount?: { name: string };
    };
    const grants = grantsTo({ ...serviceAccount, namespace: 'leads' }, await render(tools, { values }));
    const lines = linesOf(rightsOf(how), {
      system: 'leads',
      watched: how.clusterWide ? undefined : watched,
      ...(secretNames && { secretNames }),
    });
    expect(grants.map(wordsOf).toSorted()).toEqual(lines.toSorted());
  });

  it('lets readers of live numbers forward a port to the leader, and nothing else', async () => {
    const statusReaders = [{ kind: 'ServiceAccount', name: 'reader', namespace: 'sales' }];
    const objects = await render(tools, { values: { userRoles: { statusReaders } } });
    const grants = grantsTo({ name: 'reader', namespace: 'sales' }, objects);
    expect(grants.map(wordsOf)).toEqual([
      'get pods in leads',
      'get pods/portforward in leads',
      'create pods/portforward in leads',
    ]);
    expect(grantsTo({ name: 'reader', namespace: 'sales' }, await render(tools))).toEqual([]);
    const values = { userRoles: { statusReaders }, rbac: { reviews: false } };
    expect(grantsTo({ name: 'reader', namespace: 'sales' }, await render(tools, { values }))).toEqual([]);
  });

  it('puts the web side before sync, and sync before other queues, where it makes priority classes', async () => {
    const objects = await render(tools, { values: { priorityClasses: { create: true } } });
    const classes = objects.filter(({ kind }) => kind === 'PriorityClass') as unknown as {
      metadata: { name: string };
      value: number;
      preemptionPolicy: string;
    }[];
    expect(
      classes.map(({ metadata, value, preemptionPolicy }) => [metadata.name, value, preemptionPolicy]),
    ).toEqual([
      ['leadplatform-queue', 1_000, 'PreemptLowerPriority'],
      ['leadplatform-sync', 1_100, 'PreemptLowerPriority'],
      ['leadplatform-ingest', 1_200, 'PreemptLowerPriority'],
    ]);
  });

  it('has alerts that fire when they should, and only then', async () => {
    await mkdir(rules, { recursive: true });
    const values = { metrics: { prometheusRule: { enabled: true } } };
    const rule = (await render(tools, { values })).find(
      ({ kind }) => kind === 'PrometheusRule',
    ) as unknown as {
      spec: { groups: { rules: { alert: string }[] }[] };
    };
    await writeFile(join(rules, 'alerts.yaml'), JSON.stringify(rule.spec));
    const tests = await readFile(join(import.meta.dirname, 'alerts.test.yaml'), 'utf8');
    await writeFile(join(rules, 'tests.yaml'), tests);
    expect(await run(tools.promtool, ['test', 'rules', join(rules, 'tests.yaml')])).toContain('SUCCESS');
    // An alert that is not there is not missed by promtool.
    for (const { alert } of rule.spec.groups.flatMap((group) => group.rules))
      expect(tests).toMatch(new RegExp(`alertname: ${alert}\n`));
  }, 60_000);

  it.each(['alerts.yaml', 'dashboard.json'])('asks in files/%s for metrics that there are', async (file) => {
    const text = await readFile(join(CHART, 'files', file), 'utf8');
    const asked = namesIn(file.endsWith('.json') ? expressions(JSON.parse(text)).join('\n') : text);
    expect(asked.size).toBeGreaterThan(8);
    const known = await metricNames();
    expect([...asked].filter((name) => !known.has(name))).toEqual([]);
  });

  it('writes the dashboard into its ConfigMap as it is', async () => {
    const values = { metrics: { dashboard: { enabled: true } } };
    const map = (await render(tools, { values })).find(({ kind }) => kind === 'ConfigMap') as unknown as {
      data: Record<string, string>;
    };
    const file = await readFile(join(CHART, 'files', 'dashboard.json'), 'utf8');
    expect(JSON.parse(map.data['leadplatform.json'] ?? '')).toEqual(JSON.parse(file));
  });

  describeWith(['cluster'], 'on a real API server', () => {
    const schemas = join(SCRATCH, 'schemas');
    let namespace: string;

    beforeAll(async () => {
      namespace = await createNamespace('chart');
      const definitions = ['servicemonitors', 'prometheusrules'].map(
        (name) => `--filename=${join(tools.prometheusDefinitions, `monitoring.coreos.com_${name}.yaml`)}`,
      );
      await kubectl(['apply', '--server-side', ...definitions]);
      await definitionsServed(testbed().cluster, definitions);
      return () => void kubectl(['delete', '--wait=false', ...definitions]);
    });

    const ops = { kind: 'Group', name: 'ops', apiGroup: 'rbac.authorization.k8s.io' };
    it.each([
      {
        name: 'with nothing said',
        values: {},
        says: [
          /image\.repository is still the placeholder/,
          /helm upgrade lp CHART -n leads --reset-then-reuse-values --set/,
          /kubectl apply -n leads/,
        ],
      },
      { name: 'without the definition', values: { crds: { install: false } }, says: [/apply crds\/ before/] },
      { name: 'without rights', values: { rbac: { create: false } }, says: [/No rights were granted/] },
      {
        name: 'with readers of live numbers',
        values: { userRoles: { statusReaders: [ops] } },
        says: [/statusReaders may read every pod/],
      },
      {
        name: 'without reviews, and readers who get no Role',
        values: { rbac: { reviews: false }, userRoles: { statusReaders: [ops] } },
        says: [/There are no live numbers(?![^]*statusReaders may)/],
      },
      {
        name: 'to be removed whole',
        values: { crds: { keep: false } },
        says: [/Uninstalling deletes the definition/],
      },
      {
        name: 'without a check of who may name a Secret',
        values: { authors: { checkSecrets: false } },
        says: [
          /authors\.checkSecrets is false\. Unless another release checks it/,
          /Grant edit on\s+LeadPlatforms as you grant get on Secrets/,
        ],
      },
      { name: 'for a cluster', values: { watch: { clusterWide: true } }, says: [/watches all namespaces/] },
      {
        name: 'without what an earlier version does not have',
        values: { authors: { checkSecrets: null }, rbac: { reviews: null } },
        says: [/is installed in leads/],
        lacks: [/checkSecrets/, /no live numbers/],
      },
    ])('says what to do next when installed $name', async ({ values, says, lacks = [] }) => {
      const { kubeconfigPath } = testbed().cluster;
      const args = ['install', 'lp', CHART, '-n', 'leads', '--dry-run=client', '--values', '-'];
      // The definition is there already, and not by Helm.
      args.push('--take-ownership', '--kubeconfig', kubeconfigPath);
      const notes = (await run(tools.helm, args, JSON.stringify(values))).split('\nNOTES:\n')[1];
      for (const words of says) expect(notes).toMatch(words);
      for (const words of lacks) expect(notes).not.toMatch(words);
      // What an upgrade says: versions.test.ts.
      expect(notes).not.toContain('in clear');
      const own = await run(
        tools.helm,
        [...args, '--set', 'image.repository=registry.local/operator'],
        JSON.stringify(values),
      );
      expect(own).not.toContain('placeholder');
    });

    it('is asked by schemas that let no unknown field through', async () => {
      const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { port: [] } };
      await writeSchemas(testbed().cluster, [service], schemas);
      const args = ['-strict', '-schema-location', schemaLocation(schemas)];
      await expect(run(tools.kubeconform, args, JSON.stringify(service))).rejects.toThrow('port');
    });

    it.each(WAYS)('means objects that it would take, and knows every field of, $name', async ({ values }) => {
      const text = await renderText(tools, { namespace, values });
      await writeSchemas(testbed().cluster, objectsOf(text), schemas);
      const checked = await run(
        tools.kubeconform,
        ['-strict', '-summary', '-output=json', '-schema-location', schemaLocation(schemas)],
        text,
      );
      expect(JSON.parse(checked)).toMatchObject({ summary: { invalid: 0, errors: 0, skipped: 0 } });
      expect((JSON.parse(checked) as { summary: { valid: number } }).summary.valid).toBe(
        objectsOf(text).length,
      );
      const args = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'];
      // The pod of `helm test` comes when the rest is there: admission looks for its account.
      const items = objectsOf(text).filter(({ kind }) => kind !== 'Pod');
      await kubectl([...args, '-f', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
      });
    });
  });
});

/** Everything that a panel, or a variable, asks Prometheus. */
function expressions(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(expressions);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    (key === 'expr' || key === 'query') && typeof inner === 'string' ? [inner] : expressions(inner),
  );
}
