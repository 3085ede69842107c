/** The chart, and the manifest that is rendered from it, on a real control plane: what the operator may do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionsServed } from '../../../testbed/definitions.ts';
import { installEngines } from '../../../testbed/engines.ts';
import { projectFolder } from '../../../testbed/folders.ts';
import { OperatorProcess } from '../operator/operator-process.ts';
import { eventually } from '../operator/rig.ts';
import { ChartBed } from './bed.ts';
import { describeWithTools, type KubeObject } from './chart.ts';
import { live } from './life.ts';
import { LEASE_NEEDS, NEEDS, type Need, NODE_NEEDS } from './rules.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}
type Role = KubeObject & { rules: Rule[] };
type Workload = KubeObject & {
  spec: {
    template: { spec: { serviceAccountName: string; containers: [{ image: string; args: string[] }] } };
  };
};
type Owned = { metadata: { ownerReferences?: { name: string }[] } };

const wordsOf = ({ group, resource, verb }: Omit<Need, 'need'>) =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}`;
const grantsOf = (roles: readonly Role[]): string[] =>
  roles.flatMap(({ rules }) =>
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => wordsOf({ group, resource, verb }))),
      ),
    ),
  );

/** How the operator comes to its rights. */
const SCOPES = [
  {
    name: 'manifests/install.yaml, by kubectl apply -k',
    system: 'leadplatform-system',
    watched: 'everywhere',
    install: (bed: ChartBed) =>
      bed.kubectl(['apply', '--server-side', '-k', join(projectFolder, 'manifests')]),
    uninstall: (bed: ChartBed) => bed.kubectl(['delete', '-k', join(projectFolder, 'manifests')]),
    roleKind: 'ClusterRole',
    nodesRole: 'leadplatform-system-leadplatform-operator-nodes',
    needs: [...NEEDS, ...LEASE_NEEDS, ...NODE_NEEDS],
  },
  {
    name: 'the chart in one namespace, with Secrets by name',
    system: 'leads',
    watched: 'leads',
    install: (bed: ChartBed) =>
      bed.install('leadplatform-operator', 'leads', { rbac: { secretNames: ['brain-postgres'] } }),
    uninstall: (bed: ChartBed) => bed.helm(['uninstall', 'leadplatform-operator', '-n', 'leads', '--wait']),
    roleKind: 'Role',
    nodesRole: undefined,
    needs: [...NEEDS, ...LEASE_NEEDS],
  },
] as const;

await describeWithTools('The chart', (tools) => {
  let bed: ChartBed;
  beforeAll(async () => {
    bed = await ChartBed.start(tools);
    await bed.kubectl(['apply', '-f', '-'], KEDA);
    await definitionsServed(bed, ['crd/scaledobjects.keda.sh']);
    await installEngines(bed);
  }, 120_000);
  afterAll(() => bed?.stop());

  describe.each(SCOPES)('as $name', ({ system, watched, install, uninstall, roleKind, nodesRole, needs }) => {
    const user = `system:serviceaccount:${system}:leadplatform-operator`;
    let operator: OperatorProcess;
    let kubeconfig: string;
    let roles: Role[];

    beforeAll(async () => {
      await install(bed);
      await bed.kubectl([
        'rollout',
        'status',
        'deployment/leadplatform-operator',
        '-n',
        system,
        '--timeout=90s',
      ]);
      if (watched !== system) await bed.kubectl(['create', 'namespace', watched]);
      const deployment = await bed.json<Workload>('get', 'deployment', 'leadplatform-operator', '-n', system);
      const { serviceAccountName, containers } = deployment.spec.template.spec;
      kubeconfig = await bed.kubeconfigOf(system, serviceAccountName);
      const get = (kind: string, name: string) => bed.json<Role>('get', kind, name, '-n', system);
      roles = [
        await get(roleKind, 'leadplatform-operator'),
        await get('role', 'leadplatform-operator-lease'),
        ...(nodesRole === undefined ? [] : [await get('clusterrole', nodesRole)]),
      ];
      operator = await OperatorProcess.start(kubeconfig, containers[0].args);
      await eventually('it leads', () => operator.isLeading());
      await live(bed, watched, 'brain-postgres');
    }, 600_000);
    afterAll(async () => {
      await operator?.end('SIGTERM');
      await bed.kubectl(['delete', 'lp', '--all', '-n', watched]);
      await uninstall(bed);
    }, 180_000);

    it('grants what the table of needs says, and no more', () => {
      expect(grantsOf(roles).toSorted()).toEqual(needs.map(wordsOf).toSorted());
    });

    // Whatever is granted once and was asked for would be forbidden without.
    it.each(needs)('needs to $verb $resource $group: it $need', async (need) => {
      if (need.elsewhere !== undefined) {
        const [file, test] = need.elsewhere;
        expect(await readFile(join(projectFolder, file), 'utf8')).toContain(`it('${test}'`);
        return;
      }
      const asked = await bed.asked(user);
      expect(asked.filter(({ code }) => code !== 403).map(wordsOf)).toContain(wordsOf(need));
      expect(grantsOf(roles).filter((grant) => grant === wordsOf(need))).toHaveLength(1);
    });

    it('asks for nothing that is forbidden', async () => {
      const asked = await bed.asked(user);
      expect(asked.length).toBeGreaterThan(100);
      expect(asked.filter(({ code }) => code === 403 || code === 401)).toEqual([]);
      expect(await operator.metrics()).not.toMatch(
        /^leadplatform_kube_request_duration_seconds_count\{[^}]*code="40[13]"/m,
      );
    });

    it('passes what helm test asks for', async () => {
      for (const args of [
        ['ready', operator.address, '--within=30s'],
        ['status', `--namespace=${watched}`, `--operator=${operator.address}`, '--kubeconfig', kubeconfig],
      ])
        expect(await command(args)).toMatchObject({ code: 0 });
      expect((await bed.asked(user)).filter(({ code }) => code === 403)).toEqual([]);
    });

    it.each([
      ['watch', '', 'pods'],
      ['delete', '', 'pods'],
      ['create', '', 'pods'],
      ['get', '', 'pods/log'],
      ['list', '', 'secrets'],
      ['patch', 'leadplatform.io', 'leadplatforms'],
      ['delete', 'leadplatform.io', 'leadplatforms'],
      ['update', 'leadplatform.io', 'leadplatforms/finalizers'],
      ['delete', '', 'serviceaccounts'],
      ['delete', '', 'secrets'],
      ['delete', '', 'persistentvolumeclaims'],
      ['create', 'rbac.authorization.k8s.io', 'rolebindings'],
    ])('may not %s %s %s', async (verb, group, type) => {
      const namespace = watched;
      expect(await isAllowed(bed, { user, verb, group, type, namespace })).toBe(false);
    });

    it('reads no other Secret than it was told, and nothing elsewhere, where it was told', async () => {
      const get = { user, verb: 'get', group: '', type: 'secrets', namespace: watched };
      expect(await isAllowed(bed, { ...get, name: 'brain-postgres' })).toBe(true);
      const isEverywhere = roleKind === 'ClusterRole';
      expect(await isAllowed(bed, { ...get, name: 'others' })).toBe(isEverywhere);
      const list = { user, verb: 'list', group: 'apps', type: 'deployments', namespace: 'default' };
      expect(await isAllowed(bed, list)).toBe(isEverywhere);
    });

    it.each([
      ['view', 'get', true],
      ['view', 'create', false],
      ['edit', 'create', true],
      ['edit', 'delete', true],
      ['admin', 'patch', true],
    ])('lets whoever has the role %s %s a LeadPlatform: %s', async (role, verb, allowed) => {
      const who = `${role}er-of-${watched}`;
      const binding = await bed.kubectl([
        ...['create', 'rolebinding', who, `--clusterrole=${role}`, `--user=${who}`, '-n', watched],
        ...['--dry-run=client', '-o', 'yaml'],
      ]);
      await bed.kubectl(['apply', '-f', '-'], binding);
      const may = () =>
        isAllowed(bed, {
          user: who,
          verb,
          group: 'leadplatform.io',
          type: 'leadplatforms',
          namespace: watched,
        });
      // The binding, and what was added to the cluster's own roles, come to the authorizer a moment later.
      if (allowed) await eventually('the right is there', may);
      expect(await may()).toBe(allowed);
      const proxy = { user: who, verb: 'get', group: '', type: 'pods/proxy', namespace: watched };
      if (role === 'view') expect(await isAllowed(bed, proxy)).toBe(false);
    });

    // Its namespace is that of the sample.
    if (watched === 'leads') {
      it('takes over what the sample of an adoption hands over', async () => {
        await bed.kubectl(['apply', '--server-side', '-f', 'manifests/samples/adoption.yaml']);
        const name = 'brain-adopted';
        for (const [kind, child] of [
          ['service', name],
          ['deployment', `${name}-ingest`],
        ] as const)
          await eventually(
            `the ${kind} is taken over`,
            async () => {
              const { metadata } = await bed.json<Owned>('get', kind, child, '-n', watched);
              if (metadata.ownerReferences?.[0]?.name === name) return true;
              // What the operator says of it is what a failure has to show.
              const said = await bed.kubectl([
                'get',
                'lp',
                name,
                '-n',
                watched,
                '-o',
                'jsonpath={.status.conditions}',
              ]);
              throw new Error(said);
            },
            60_000,
          );
        await bed.kubectl(['wait', `lp/${name}`, '-n', watched, '--for=condition=Ready', '--timeout=90s']);
        const { spec } = await bed.json<Workload>('get', 'deployment', `${name}-ingest`, '-n', watched);
        expect(spec.template.spec.containers.map(({ image }) => image)).toEqual([
          'registry.example/brain:1.4.0',
        ]);
      }, 240_000);
    }
  });
});

/** Runs the command line as a process of its own. */
async function command(args: readonly string[]): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, ['bin/leadplatform.js', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (said += chunk));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

async function isAllowed(
  bed: ChartBed,
  {
    user,
    type,
    ...attributes
  }: {
    user: string;
    verb: string;
    group: string;
    type: string;
    namespace: string;
    name?: string;
  },
): Promise<boolean> {
  const [resource, subresource] = type.split('/');
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, resourceAttributes: { ...attributes, resource, subresource } },
  };
  const answer = await bed.kubectl(['create', '-f', '-', '-o', 'json'], review);
  return (JSON.parse(answer) as { status: { allowed: boolean } }).status.allowed;
}

/** KEDA's type, so that there is something to watch. */
const KEDA = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'scaledobjects.keda.sh' },
  spec: {
    group: 'keda.sh',
    scope: 'Namespaced',
    names: {
      kind: 'ScaledObject',
      listKind: 'ScaledObjectList',
      plural: 'scaledobjects',
      singular: 'scaledobject',
    },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
