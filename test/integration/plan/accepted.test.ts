/** What the API server accepts of a LeadPlatform it accepts of its children, and of their Pods: nothing stands refused. */
import { beforeAll, expect, it } from 'vitest';
import { admit, describeProblem } from '../../../src/api/admit.ts';
import type { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import { hookJob } from '../../../src/workloads/hook-job.ts';
import { PLAIN } from '../../../src/workloads/shape.ts';
import { plan } from '../../../src/plan/plan.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { ACCEPTED, manifest } from '../../fixtures/manifests.ts';
import { decisionOf, NOW, PLATFORM, snapshotOf } from '../../unit/plan/fixtures.ts';
import { createNamespace, describeWith, kubectl } from '../support.ts';

type Template = { readonly metadata?: object; readonly spec: Readonly<Record<string, unknown>> };
type WithTemplate = { readonly template?: Template; readonly jobTemplate?: { readonly spec: WithTemplate } };

/**
 * A Pod of the object, where it makes some; those of a StatefulSet get volumes that only its controller adds. Nobody has made
 * the account and the class that a spec may name.
 */
function podOf({ kind, metadata, spec }: KubeObject): readonly object[] {
  if (kind === 'StatefulSet') return [];
  const { template, jobTemplate } = (spec ?? {}) as WithTemplate;
  const { metadata: head, spec: pod } = jobTemplate?.spec.template ?? template ?? {};
  if (pod === undefined) return [];
  const { serviceAccountName: _account, priorityClassName: _class, ...rest } = pod;
  const name = `${kind.toLowerCase()}-${metadata.name}`;
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...head, name, namespace: metadata.namespace },
      spec: { ...rest, automountServiceAccountToken: false },
    },
  ];
}

/** Everything that a platform with this spec has, before and after its workers are separate, and a Job of each hook. */
function childrenOf(spec: LeadPlatformSpec, namespace: string): readonly KubeObject[] {
  const platform = { ...PLATFORM, namespace };
  const names = ['multiple-app-servers', 'load-balancer', 'dedicated-queue-server', 'microservices'] as const;
  const capabilities = names.map((name) => ({ name, required: false, consent: 'Given' as const }));
  const objects = [false, true].flatMap((separate) => {
    const decision = decisionOf({ spec, separate, capabilities, tier: { to: 'microservices' } });
    return plan({ snapshot: snapshotOf({ platform, spec }), decision, now: NOW }).actions.map(
      ({ object }) => object,
    );
  });
  const jobs = spec.transitions.hooks.map((hook) =>
    hookJob(platform, spec, hook, `hook-${hook.name}`, PLAIN),
  );
  return [
    ...new Map(
      [...objects, ...jobs].map((object) => [`${object.kind}/${object.metadata.name}`, object]),
    ).values(),
  ];
}

/** Whether there may be privileged containers is the cluster's own to say, by a flag of its API server. */
function withoutPrivileges(spec: LeadPlatformSpec): LeadPlatformSpec {
  const { privileged: _, ...own } = spec.podTemplate.containerSecurityContext ?? {};
  return { ...spec, podTemplate: { ...spec.podTemplate, containerSecurityContext: own } };
}

describeWith(['cluster'], 'a LeadPlatform that the API server accepts', () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await createNamespace('accepted');
    await kubectl(['wait', '--for=create', 'serviceaccount/default', `--namespace=${namespace}`]);
  });

  it.each(ACCEPTED)('has children and Pods that it accepts, too: $name', async (row) => {
    const object = manifest('brain', row);
    const admission = admit(object);
    if (!admission.ok) throw new Error(admission.problems.map(describeProblem).join('; '));
    const children = childrenOf(withoutPrivileges(admission.spec), namespace);
    const items = [object, ...children, ...children.flatMap(podOf)];
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const args = ['create', '--dry-run=server', '--validate=strict', '--namespace', namespace];
    const answer = await kubectl([...args, '--output=name', '--filename=-'], { input });
    expect(answer.trim().split('\n')).toHaveLength(items.length);
  });
});
