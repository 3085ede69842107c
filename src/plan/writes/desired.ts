/** Every object that the platform is to have, in the order in which they are written. */
import type { Decision } from '../../model/decision.ts';
import type { Contribution } from '../../capabilities/contract/contribution.ts';
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import type { Component } from '../../api/components.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import { boundedComponentOf, boundsInForce } from '../../scaling/bounds.ts';
import { isWorkers } from '../../scaling/component-sets.ts';
import { built } from '../../workloads/built.ts';
import { disruptionBudget } from '../../workloads/budget.ts';
import { callLogJob } from '../../workloads/call-log-job.ts';
import { jobPasses } from '../../workloads/call-log-passes.ts';
import { hookJob } from '../../workloads/hook-job.ts';
import { deployment } from '../../workloads/deployment.ts';
import { serviceAccount } from '../../workloads/service-account.ts';
import { service } from '../../workloads/service.ts';
import { settings } from '../../workloads/settings.ts';
import { CAPABILITY_LABEL } from '../../kube/labels.ts';
import type { HookRun } from '../transition/hooks.ts';
import type { TransitionState } from '../../transition/transition.ts';
import { PLAIN, type Shape } from '../../workloads/shape.ts';
import { shortHash } from '../../kube/hash.ts';
import { childKey, type KubeObject, type PlatformIdentity } from '../../kube/object.ts';

/** What pods start with comes before them; who sends them requests comes after. */
export function desiredObjects(
  platform: PlatformIdentity,
  spec: LeadPlatformSpec,
  decision: Decision,
  { wanted, target }: TransitionState,
  contributions: readonly Contribution[],
  run?: HookRun,
): readonly KubeObject[] {
  const shape = combined(contributions);
  const shaped = shortHash(shape);
  const { name, namespace, uid } = platform;
  const child = (key: string, inputs: readonly unknown[], build: () => KubeObject) =>
    built(spec, { platform: uid, child: key }, [name, namespace, ...inputs], build);
  return [
    child('account', [], () => serviceAccount(platform)),
    child('settings', [], () => settings(platform, spec)),
    // Before the pods that will look for them.
    ...onceEach(
      contributions.flatMap(({ objects }) => objects),
      childKey,
    ).map((object) => child(childKey(object), [object], () => object)),
    ...wanted.map(({ component, replicas, startedWith }) =>
      child(component.name, [replicas, startedWith, shaped], () =>
        deployment(platform, spec, component, {
          shape,
          ...(replicas !== undefined && { replicas }),
          ...(startedWith !== undefined && { startedWith }),
        }),
      ),
    ),
    ...onceEach(
      contributions.flatMap(({ components }) => components),
      ({ component }) => component.name,
    ).map(({ component, replicas, capability }) =>
      child(component.name, [replicas, shaped], () =>
        ofCapability(
          deployment(platform, spec, component, { shape, ...(replicas !== undefined && { replicas }) }),
          capability,
        ),
      ),
    ),
    child('service', [target], () => service(platform, target)),
    ...wanted
      .filter(({ component }) => shape.spread === true || floorOf(spec, decision, component) >= 2)
      .map(({ component }) =>
        child(`budget/${component.name}`, [], () => disruptionBudget(platform, component.name)),
      ),
    ...(run === undefined
      ? []
      : [
          child(`hook/${run.hook.name}`, [run.job, shaped], () =>
            hookJob(platform, spec, run.hook, run.job, shape),
          ),
        ]),
    ...jobPasses(spec).map((pass) =>
      child(`job/${pass.pass}`, [shaped], () => callLogJob(platform, spec, pass, shape)),
    ),
  ];
}

/** What several capabilities need, such as a server for cache and queues, is there once. */
function onceEach<T>(all: readonly T[], key: (one: T) => string): readonly T[] {
  return [...new Map(all.map((one) => [key(one), one])).values()];
}

/** Not a part of the platform, but what a capability adds. */
function ofCapability(object: KubeObject, capability: string): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: { ...metadata, labels: { ...metadata.labels, [CAPABILITY_LABEL]: capability } },
  };
}

/** All shapes in one: a later capability of the ladder wins over an earlier one. */
function combined(contributions: readonly Contribution[]): Shape {
  let shape: Shape = PLAIN;
  const added = new Set<Contribution['env']>();
  for (const { pods, env, queueConnections } of contributions) {
    const connects = Object.keys(queueConnections).length > 0;
    shape = { ...shape, ...pods, ...(connects && { queueConnections }) };
    // The move of queues is the same for all capabilities that bring a server.
    if (!added.has(env)) shape = { ...shape, env: [...shape.env, ...env] };
    added.add(env);
  }
  return shape;
}

/** The fewest replicas that the component has on its tier, by the ladder or the user. */
function floorOf(spec: LeadPlatformSpec, { tier }: Decision, component: Component): number {
  const ladder = ladderOf(spec);
  const own = isWorkers(component) ? component.settings : component.ingest;
  const on = ladder.byName.get(tier.to);
  const bounds = on && boundsInForce(spec, ladder, on, []);
  return Math.max(bounds?.[boundedComponentOf(component)].min ?? 1, own.replicas.min ?? 0);
}
