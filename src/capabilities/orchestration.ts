import type { Capability } from './capability.ts';
import { ABSENT, type Contribution, gated, ready } from './contribution.ts';
import { rolledOut } from './environment.ts';
import { partsBehind, type Site, templateOf } from './site.ts';

/** A cluster autoscaler that makes room may move the pod. */
const EVICTABLE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

export const orchestration: Capability = {
  name: 'orchestration',
  recommendedFrom: 50_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['cpu', 'memory'],
  summary: 'Budgets, spread and priorities for every Deployment.',
  manual: {
    fields: ['spec.capabilities.orchestration', 'spec.podTemplate.priorityClassName'],
    how: 'By one rolling update every part is spread over nodes as well as may be, gets a disruption budget, the priority class that you name for it, requests where it has none (never above a limit that you give), and the annotation by which a cluster autoscaler may move it: a worker that is moved finishes its job within its grace period.',
    costs: 'What the requests reserve. One rolling update.',
    touches:
      'The pod template of every part, and one PodDisruptionBudget each. PriorityClasses belong to the cluster: the operator makes none.',
    undo: 'Set the policy of `orchestration` to `Never`; the next rolling update takes all of it back.',
  },
  build: (site) => (site.wanted ? orchestrated(site) : ABSENT),
};

function orchestrated(site: Site): Contribution {
  const { priorityClassNames: names, requests } = site.spec.capabilities.orchestration;
  const { ingest, sync, queue } = names;
  const late = partsBehind(
    site,
    ({ object }) => templateOf(object).metadata?.annotations?.[EVICTABLE] === 'true',
  );
  const named = [ingest, sync, queue].filter((name) => name !== undefined);
  return {
    ...gated(
      [rolledOut(late)],
      ready(
        `Every part is spread, has a budget and requests${named.length > 0 ? ` and the priority ${[...new Set(named)].join(', ')}` : '; no priority class is named'}.`,
      ),
    ),
    pods: {
      spread: true,
      requests,
      annotations: { [EVICTABLE]: 'true' },
      priorityClassNames: {
        ...(ingest !== undefined && { ingest, 'all-in-one': ingest }),
        ...(sync !== undefined && { sync }),
        ...(queue !== undefined && { queue }),
      },
    },
  };
}
