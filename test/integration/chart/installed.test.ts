/** The chart, and the manifest that is rendered from it, on a real control plane: what the operator may do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Access, NEVER, rightsOf } from '../../../src/kube/rights.ts';
import { definitionsServed } from '../../../testbed/definitions.ts';
import { installEngines } from '../../../testbed/engines.ts';
import { projectFolder } from '../../../testbed/folders.ts';
import { type Grant, grantsTo, linesOf, wordsOf } from '../../fixtures/grants.ts';
import { OperatorProcess } from '../operator/operator-process.ts';
import { eventually } from '../operator/rig.ts';
import { ChartBed } from './bed.ts';
import { describeWithTools, type KubeObject } from './chart.ts';
import { live } from './life.ts';

type Workload = KubeObject & {
  spec: {
    template: { spec: { serviceAccountName: string; containers: [{ image: string; args: string[] }] } };
  };
};
type Owned = { metadata: { ownerReferences?: { name: string }[] } };

const nameOf = ({ group, resource, verb }: Access) => `${verb} ${resource}${group === '' ? '' : `.${group}`}`;

/** How the operator comes to its rights. */
const SCOPES = [
  {
    name: 'manifests/install.yaml, by kubectl apply -k',
    system: 'leadplatform-system',
    watched: 'everywhere',
    install: (bed: ChartBed) =>
      bed.kubectl(['apply', '--server-side', '-k', join(projectFolder, 'manifests')]),
    uninstall: (bed: ChartBed) => bed.kubectl(['delete', '-k', join(projectFolder, 'manifests')]),
    isEverywhere: true,
    secretNames: undefined,
    rights: rightsOf({ clusterWide: true, nodes: true, reviews: true }),
  },
  {
    name: 'the chart in one namespace, with Secrets by name',
    system: 'leads',
    watched: 'leads',
    install: (bed: ChartBed) =>
      bed.install('leadplatform-operator', 'leads', { rbac: { secretNames: ['brain-postgres'] } }),
    uninstall: (bed: ChartBed) => bed.helm(['uninstall', 'leadplatform-operator', '-n', 'leads', '--wait']),
    isEverywhere: false,
    secretNames: ['brain-postgres'],
    rights: rightsOf({ clusterWide: false, nodes: false, reviews: true }),
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

  describe.each(SCOPES)('as $name', (scope) => {
    const { system, watched, install, uninstall, isEverywhere, rights } = scope;
    const user = `system:serviceaccount:${system}:leadplatform-operator`;
    let operator: OperatorProcess;
    let kubeconfig: string;
    let grants: readonly Grant[];

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
      const kinds = 'roles,rolebindings,clusterroles,clusterrolebindings';
      const { items } = await bed.json<{ items: KubeObject[] }>('get', kinds, '-A');
      grants = grantsTo({ name: serviceAccountName, namespace: system }, items);
      operator = await OperatorProcess.start(kubeconfig, containers[0].args);
      await eventually('it leads', () => operator.isLeading());
      await live(bed, watched, 'brain-postgres');
      await showLiveNumbers(bed, operator, watched);
    }, 600_000);
    afterAll(async () => {
      await operator?.end('SIGTERM');
      await bed.kubectl(['delete', 'lp', '--all', '-n', watched]);
      await uninstall(bed);
    }, 180_000);

    it('grants what the table of rights says, and no more', () => {
      const { secretNames } = scope;
      const lines = linesOf(rights, {
        system,
        watched: isEverywhere ? undefined : [watched],
        ...(secretNames && { secretNames }),
      });
      expect(grants.map(wordsOf).toSorted()).toEqual(lines.toSorted());
    });

    // Whatever is granted once and was asked for would be forbidden without.
    it.each(rights)('needs to $verb $resource $group: it $need', async (right) => {
      if (right.test !== undefined) {
        const [file, test] = right.test;
        expect(await readFile(join(projectFolder, file), 'utf8')).toContain(`it('${test}'`);
        return;
      }
      const asked = await bed.asked(user);
      expect(asked.filter(({ code }) => code !== 403).map(nameOf)).toContain(nameOf(right));
      expect(grants.filter((grant) => nameOf(grant) === nameOf(right))).toHaveLength(1);
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
        ['status', `--namespace=${watched}`, '--no-live', '--kubeconfig', kubeconfig],
      ])
        expect(await command(args)).toMatchObject({ code: 0 });
      expect((await bed.asked(user)).filter(({ code }) => code === 403)).toEqual([]);
    });

    it.each(NEVER)('may never $verbs $resource $group', async ({ verbs, group, resource: type }) => {
      const asked = [...new Set([watched, system])].flatMap((namespace) =>
        verbs.map((verb) => ({ user, verb, group, type, namespace })),
      );
      const answers = await areAllowed(bed, asked);
      expect(answers).toHaveLength(asked.length);
      expect(asked.filter((_, index) => answers[index] !== false)).toEqual([]);
    });

    it('reads no other Secret than it was told, and nothing elsewhere, where it was told', async () => {
      const get = { user, verb: 'get', group: '', type: 'secrets', namespace: watched };
      expect(await isAllowed(bed, { ...get, name: 'brain-postgres' })).toBe(true);
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
      const forward = { user: who, verb: 'create', group: '', type: 'pods/portforward', namespace: watched };
      if (role === 'view') expect(await isAllowed(bed, forward)).toBe(false);
      // It says to which Pod tokens are sent.
      for (const write of ['update', 'patch']) {
        const status = {
          user: who,
          verb: write,
          group: 'leadplatform.io',
          type: 'leadplatforms/status',
          namespace: watched,
        };
        expect(await isAllowed(bed, status)).toBe(false);
      }
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

/** To an account with the cluster's own role view: the operator asks whose token it is, and what it may read. */
async function showLiveNumbers(bed: ChartBed, operator: OperatorProcess, namespace: string): Promise<void> {
  await bed.kubectl(['create', 'serviceaccount', 'reader', '-n', namespace]);
  await bed.kubectl([
    ...['create', 'rolebinding', 'reader', '--clusterrole=view', `--serviceaccount=${namespace}:reader`],
    ...['-n', namespace],
  ]);
  const token = await bed.kubectl(['create', 'token', 'reader', '-n', namespace]);
  // The binding, and what was added to the role view, come to the authorizer a moment later.
  await eventually('live numbers are shown', async () => {
    const { ok } = await fetch(`${operator.live}/api/platforms/${namespace}/brain`, {
      headers: { authorization: `Bearer ${token.trim()}` },
    });
    return ok;
  });
}

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

interface Question {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** With its subresource, like `pods/log`. */
  readonly type: string;
  readonly namespace: string;
  readonly name?: string;
}

const isAllowed = async (bed: ChartBed, question: Question): Promise<boolean> =>
  (await areAllowed(bed, [question]))[0] === true;

/** One answer a question, in their order. */
async function areAllowed(bed: ChartBed, questions: readonly Question[]): Promise<readonly boolean[]> {
  const items = questions.map(({ user, type, ...attributes }) => {
    const [resource, subresource] = type.split('/');
    return {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, resourceAttributes: { ...attributes, resource, subresource } },
    };
  });
  const answers = await bed.kubectl(['create', '-f', '-', '-o', 'jsonpath={.status.allowed}{"\\n"}'], {
    apiVersion: 'v1',
    kind: 'List',
    items,
  });
  return answers
    .trim()
    .split('\n')
    .map((answer) => answer === 'true');
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
