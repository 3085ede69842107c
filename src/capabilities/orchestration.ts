import type { KubeObject } from '../kube/object.ts';
import { podTemplateOf } from '../kube/workload.ts';
import { EVICTABLE_ANNOTATION } from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import type { Capability } from './contract/capability.ts';
import { ABSENT, type PartialContribution, gated, leaving, ready } from './contract/contribution.ts';
import { rolledOut } from './environment.ts';
import { componentsBehind } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';

export const orchestration: Capability = {
  name: 'orchestration',
  summary: 'Budgets, spread and priorities for every Deployment.',
  manual: {
    fields: [
      'spec.capabilities.orchestration',
      'spec.podTemplate.priorityClassName',
      'spec.components.*.resources',
    ],
    how: 'By one rolling update every component is spread over nodes as well as may be, gets a disruption budget, the priority class that you name for it, and requests where it has none: of a resource with a limit Kubernetes takes the limit, so they never exceed it. A cluster autoscaler is told by `cluster-autoscaler.kubernetes.io/safe-to-evict` that it may move a pod: a worker that is moved finishes its job within its grace period. Of an autoscaler that is ten minutes at most, so workers with longer jobs say `false`.',
    costs: 'What the requests reserve, by default 100m CPU and 128Mi a container. One rolling update.',
    touches:
      'The pod template of every component, and one PodDisruptionBudget each. PriorityClasses belong to the cluster: the operator makes none, the chart can (`priorityClasses.create`). Others have to be allowed (`authors.allowPriorityClasses`). A class that does not exist is refused by the API server: old pods serve on, and the change is rolled back.',
    undo: 'Set the policy of `orchestration` to `Never`; the next rolling update takes all of it back.',
  },
  build: (context) => (context.wanted ? orchestrated(context) : plainAgain(context)),
};

/** Whether the pods of a Deployment say that they may be moved, or may not. Whoever says it in podTemplate means both. */
const isTold = ({ object }: { readonly object: KubeObject }): boolean =>
  podTemplateOf(object).metadata?.annotations?.[EVICTABLE_ANNOTATION] !== undefined;

function orchestrated(context: CapabilityContext): PartialContribution {
  const { spec, platform, live, transitionState } = context;
  const { priorityClassNames: given, requests } = spec.capabilities.orchestration;
  const names = { 'all-in-one': given.ingest, ingest: given.ingest, sync: given.sync, queue: given.queue };
  const late = componentsBehind(context, ({ object, role }) => {
    const due = spec.podTemplate.priorityClassName ?? names[role];
    return isTold({ object }) && podTemplateOf(object).spec?.priorityClassName === due;
  });
  const bare = transitionState.wanted
    .map(({ component }) => childNames(platform.name).component(component.name))
    .filter((budget) => live('PodDisruptionBudget', budget) === undefined);
  const classes = [...new Set(Object.values(names))].filter((name) => name !== undefined);
  return {
    ...gated(
      [
        rolledOut(late),
        {
          name: 'BudgetsThere',
          done: bare.length === 0,
          waits: `no budget is there yet of ${bare.join(', ')}`,
        },
      ],
      ready(
        `Every component is spread, and has a budget and requests; ${classes.length > 0 ? `its priority is one of ${classes.join(', ')}` : 'no priority class is named'}.`,
      ),
    ),
    pods: {
      spread: true,
      requests,
      isEvictable: true,
      priorityClassNames: Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined)),
    },
  };
}

function plainAgain(context: CapabilityContext): PartialContribution {
  if (context.spec.podTemplate.annotations?.[EVICTABLE_ANNOTATION] !== undefined) return ABSENT;
  return leaving([rolledOut(componentsBehind(context, (live) => !isTold(live)))]);
}
