/** `leadplatform doctor` on a real API server of its own: policies of admission are of the whole cluster. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { doctorCommand } from '../../../controller/commands/doctor.ts';
import type { Finding } from '../../../controller/commands/doctor/finding.ts';
import { main } from '../../../src/cli/main.ts';
import { obtainBinaries } from '../../../testbed/binaries.ts';
import { type ControlPlane, startControlPlane } from '../../../testbed/control-plane.ts';
import { projectFolder } from '../../../testbed/folders.ts';
import { kubectl } from '../../../testbed/kubectl.ts';
import { describeWith } from '../support.ts';

interface Shipped {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

/** The policies and bindings as a user without Helm applies them. */
async function shipped(): Promise<{ policies: Shipped[]; bindings: Shipped[] }> {
  const text = await readFile(join(projectFolder, 'manifests', 'install.yaml'), 'utf8');
  const all = parseAllDocuments(text).map((document) => document.toJS() as Shipped);
  const ofKind = (kind: string) => all.filter((one) => one.kind === kind);
  return {
    policies: ofKind('ValidatingAdmissionPolicy'),
    bindings: ofKind('ValidatingAdmissionPolicyBinding'),
  };
}

describeWith(['cluster'], 'leadplatform doctor', () => {
  let controlPlane: ControlPlane | undefined;
  beforeAll(async () => {
    const { source, etcd, kubeApiserver, kubectl: binary } = await obtainBinaries();
    const binaries = { source, etcd, kubeApiserver, kubectl: binary };
    controlPlane = await startControlPlane({
      name: 'doctor',
      binaries,
      users: [{ name: 'ann', groups: [] }],
    });
  });
  afterAll(() => controlPlane?.stop());

  function plane(): ControlPlane {
    if (controlPlane === undefined) throw new Error('the control plane did not start');
    return controlPlane;
  }
  const apply = (items: readonly object[]) =>
    kubectl(plane(), ['apply', '--server-side', '--force-conflicts', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
  const remove = (kind: string) => kubectl(plane(), ['delete', kind, '--all']);

  async function doctor(kubeconfig: string, ...args: string[]) {
    const said = { out: '', err: '' };
    const to = (of: 'out' | 'err') => ({
      write: (text: string) => void (said[of] += text),
      colour: false,
      columns: 80,
    });
    const io = {
      out: to('out'),
      err: to('err'),
      read: () => Promise.reject(new Error()),
      now: Date.now,
    };
    const commands = [{ name: 'doctor', summary: '', load: () => Promise.resolve(doctorCommand) }];
    const code = await main(['doctor', '--kubeconfig', kubeconfig, ...args], io, { commands, version: '' });
    return { code, ...said };
  }
  const found = async () => {
    const { code, out } = await doctor(plane().kubeconfigPath, '-o', 'json');
    return { code, findings: JSON.parse(out) as Finding[] };
  };

  it('says what edit on LeadPlatforms is worth where nothing checks whose Secrets an author names', async () => {
    const { code, out } = await doctor(plane().kubeconfigPath);
    expect(code).toBe(4);
    const words = out.replaceAll(/\s+/g, ' ');
    expect(words).toContain('admission: problem No policy checks whose Secrets an author names');
    expect(words).toContain('can read every Secret of their namespace');
    expect(words).toContain('To mend it: set authors.checkSecrets to true');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('finds nothing once the policies are there as they are shipped', async () => {
    const { policies, bindings } = await shipped();
    await apply([...policies, ...bindings]);
    expect(await found()).toMatchObject({
      code: 0,
      findings: [
        { check: 'admission', state: 'ok', message: expect.stringContaining('-secrets-2') as string },
      ],
    });
  });

  it.each([
    {
      name: 'has no binding',
      change: ({ bindings }: Bound) => bindings.slice(1),
      says: /is bound by nothing/,
    },
    {
      name: 'only warns',
      change: ({ bindings: [first, ...rest] }: Bound) => [
        withSpec(first!, { validationActions: ['Warn'] }),
        ...rest,
      ],
      says: /is bound by nothing/,
    },
    {
      name: 'is bound in some namespaces',
      change: ({ bindings: [first, ...rest] }: Bound) => [
        withSpec(first!, { matchResources: { namespaceSelector: { matchLabels: { team: 'leads' } } } }),
        ...rest,
      ],
      says: /is bound by nothing that denies in all namespaces/,
    },
    {
      name: 'is for some names alone',
      change: ({ policies: [first, ...rest], bindings }: Bound) => [
        withRule(first!, { resourceNames: ['brain'] }),
        ...rest,
        ...bindings,
      ],
      says: /are not those of this version/,
    },
    {
      name: 'is for what belongs to the cluster alone',
      change: ({ policies: [first, ...rest], bindings }: Bound) => [
        withRule(first!, { scope: 'Cluster' }),
        ...rest,
        ...bindings,
      ],
      says: /are not those of this version/,
    },
    {
      name: 'lets pass what cannot be judged',
      change: ({ policies: [first, ...rest], bindings }: Bound) => [
        withSpec(first!, { failurePolicy: 'Ignore' }),
        ...rest,
        ...bindings,
      ],
      says: /are not those of this version/,
    },
    {
      name: 'is that of another version',
      change: ({ policies: [first, ...rest], bindings }: Bound) => [
        withSpec(first!, { validations: [{ expression: 'true' }] }),
        ...rest,
        ...bindings,
      ],
      says: /are not those of this version, so it is not known/,
    },
  ])('finds a policy that $name', async ({ change, says }) => {
    const bound = await shipped();
    await remove('validatingadmissionpolicybindings');
    await apply([
      ...new Map(
        [...bound.policies, ...change(bound)].map((one) => [`${one.kind}/${one.metadata.name}`, one]),
      ).values(),
    ]);
    const { code, findings } = await found();
    expect({ code, state: findings[0]?.state }).toEqual({ code: 4, state: 'problem' });
    expect(findings[0]?.message).toMatch(says);
  });

  it('finds that the second of the two is missing', async () => {
    const { policies, bindings } = await shipped();
    await remove('validatingadmissionpolicybindings');
    await remove('validatingadmissionpolicies');
    await apply([policies[0]!, bindings[0]!]);
    const { code, findings } = await found();
    expect(code).toBe(4);
    expect(findings[0]?.message).toMatch(/^Of the 2 policies .* there is only \S+-secrets:/);
  });

  it('knows nothing, and finds no problem, as a user who may not list policies', async () => {
    const { code, out } = await doctor(plane().kubeconfigPathOf('ann'));
    expect(code).toBe(0);
    expect(out).toMatch(/^admission: unknown\n {2}You may not list ValidatingAdmissionPolicies/);
  });

  it('takes no names', async () => {
    const { code, err } = await doctor(plane().kubeconfigPath, 'brain');
    expect({ code, err }).toEqual({
      code: 2,
      err: 'leadplatform: doctor takes no names; it looks at the whole cluster\n',
    });
  });
});

type Bound = Awaited<ReturnType<typeof shipped>>;

/** With this in the rule that says what it is for. */
function withRule(object: Shipped, change: object): Shipped {
  const { matchConstraints } = object.spec as { matchConstraints: { resourceRules: object[] } };
  const resourceRules = matchConstraints.resourceRules.map((rule) => ({ ...rule, ...change }));
  return withSpec(object, { matchConstraints: { ...matchConstraints, resourceRules } });
}

const withSpec = (object: Shipped, change: object): Shipped => ({
  ...object,
  spec: { ...object.spec, ...change },
});
