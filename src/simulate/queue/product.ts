/** The operator's own `decide()`, over what its sources would have read, at their intervals. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { decide, emptyHistory } from '../../decide/decide.ts';
import type { History, ObservedComponent } from '../../model/decision.ts';
import { componentSetsOf } from '../../scaling/component-sets.ts';
import type { Instant } from '../../model/reading.ts';
import { ComponentSizes, type ComponentSize } from './component-sizes.ts';
import type { Policy } from './policy.ts';
import { ProductSources } from './product-sources.ts';
import type { Workload } from './workload.ts';

const DAY_MS = 86_400_000;

const NOTHING_CONFIRMED: ReadonlySet<string> = new Set();

export interface ProductSettings {
  readonly spec: LeadPlatformSpec;
  /** As the application writes it; the other queues of the spec are empty. */
  readonly queue: string;
  readonly workload: Pick<Workload, 'from' | 'jobsPerLead'>;
  /** Leads of each day before the trace, which the sources would still count. Default: none, and the past is not known. */
  readonly leadsBefore?: number;
}

export interface Limited {
  readonly seconds: number;
  /** A sentence without its end, with what to set. */
  readonly why: string;
}

export interface ProductPolicy extends Policy {
  /** The tier that it stands on; undefined before its first decision. */
  readonly tier: string | undefined;
  /** How often it went to another one. */
  readonly tierChanges: number;
  /** For how long the queue's workers did not get what they asked for, and why last; undefined where they always did. */
  readonly limited: Limited | undefined;
  /** What it made of the components that do not serve the queue, until a second. */
  componentsUntil(end: number): readonly ComponentSize[];
}

/** What the sources tell of the past at the start: every day was like the last one. */
function historyBefore({ scaling }: LeadPlatformSpec, leads: number, now: Instant): History {
  if (leads === 0) return emptyHistory();
  const { promote, demote } = scaling;
  const start = now - Math.max(promote.sustainedFor, demote.lookback) - DAY_MS;
  return { ...emptyHistory(), load: [{ start, until: now, low: leads, high: leads }] };
}

/** @throws Error where the spec has no such queue */
export function productPolicy({ spec, queue, workload, leadsBefore = 0 }: ProductSettings): ProductPolicy {
  const { workers } = componentSetsOf(spec);
  const own = workers.find((component) => component.queue === queue);
  if (own === undefined) throw new Error(`the spec has no queue ${queue}`);
  const { jobsPerLead } = workload;
  const sources = new ProductSources({ spec, workers, own, jobsPerLead, leadsBefore });
  const sizes = new ComponentSizes();
  /** Whichever of them is there serves the queue. */
  const serving = new Set([own.name, 'all-in-one']);
  let history = historyBefore(spec, leadsBefore, workload.from);
  let components: readonly ObservedComponent[] = [];
  let tierChanges = 0;
  let limited: Limited | undefined;

  return {
    name: 'leadplatform',
    settings: {},
    interval: sources.queueInterval,
    get tier() {
      return history.tier;
    },
    get tierChanges() {
      return tierChanges;
    },
    get limited() {
      return limited;
    },
    componentsUntil: (end) => sizes.sizesUntil(end),
    next: (view) => {
      const now = workload.from + view.now * 1_000;
      const seen = components.map((component) =>
        serving.has(component.name)
          ? { ...component, desiredReplicas: view.wanted, readyReplicas: view.readyPods }
          : component,
      );
      const input = {
        spec,
        components: seen,
        readings: sources.read(view, now),
        confirmed: NOTHING_CONFIRMED,
      };
      const decision = decide(input, history, now);
      if (history.tier !== undefined && history.tier !== decision.tier.to) tierChanges += 1;
      history = decision.history;
      components = decision.components.map(({ name, replicas }) => ({
        name,
        desiredReplicas: replicas,
        readyReplicas: replicas,
      }));
      let wanted = view.wanted;
      const others = new Map<string, number>();
      for (const { name, replicas, limit } of decision.components) {
        if (!serving.has(name)) others.set(name, replicas);
        else {
          wanted = replicas;
          if (limit !== undefined)
            limited = { seconds: (limited?.seconds ?? 0) + sources.queueInterval, why: limit.message };
        }
      }
      sizes.note(view.now, others);
      return wanted;
    },
  };
}
