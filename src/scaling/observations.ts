/** One more look at the Pods of every component, and at every queue. */
import type { Component, WorkerComponent } from '../api/components.ts';
import { own } from '../api/own.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { History, ObservedComponent } from '../model/decision.ts';
import type { LearnedJobs } from '../model/learned.ts';
import type { PodStarts, QueueFlow } from '../model/queue-history.ts';
import { isKnown, type Instant, type Known } from '../model/reading.ts';
import type { QueueReading, Readings } from '../model/readings.ts';
import { queueReading } from '../signals/view.ts';
import { componentSetsOf } from './component-sets.ts';
import { observeFlow, type JobsOfSpec } from './queue/flow.ts';
import { observeStarts } from './queue/pod-starts.ts';
import { isStalled, observeStall } from './queue/stall.ts';
import { jobsOf } from './workers.ts';

export function observePods(
  { starts, learned }: Pick<History, 'starts' | 'learned'>,
  components: readonly Component[],
  observedBy: ReadonlyMap<string, ObservedComponent>,
  now: Instant,
): History['starts'] {
  const next: Record<string, PodStarts> = {};
  let changed = components.length !== Object.keys(starts).length;
  for (const { name } of components) {
    const before = own(starts, name);
    next[name] = observeStarts(before, observedBy.get(name), now, own(learned?.startSeconds, name));
    changed ||= next[name] !== before;
  }
  return changed ? next : starts;
}

/** One more look at every queue. */
export function observeQueues(
  { queues, witnesses, learned }: Pick<History, 'queues' | 'witnesses' | 'learned'>,
  readings: Readings,
  spec: LeadPlatformSpec,
  podsOf: (component: WorkerComponent) => PodStarts,
): History['queues'] {
  const next: Record<string, QueueFlow> = {};
  let changed = false;
  let size = 0;
  for (const component of componentSetsOf(spec).workers) {
    const { queue } = component;
    const before = own(queues, queue);
    const reading = queueReading(readings, queue);
    const after = isKnown(reading)
      ? observed(before, {
          reading,
          late: own(witnesses, queue)?.borneOut,
          jobs: jobsOf(component, spec.scaling),
          earlier: own(learned?.queues, queue),
          pods: podsOf(component),
        })
      : before;
    if (after === undefined) continue;
    next[queue] = after;
    size += 1;
    changed ||= after !== before;
  }
  return changed || size !== Object.keys(queues).length ? next : queues;
}

interface QueueLook {
  readonly reading: Known<QueueReading>;
  /** A look that was put off, and is borne out now: it came when it came. */
  readonly late: Known<QueueReading> | undefined;
  readonly jobs: JobsOfSpec;
  /** What a process before this one had learned of its jobs. */
  readonly earlier: LearnedJobs | undefined;
  /** Of the component whose Pods work for the queue. */
  readonly pods: PodStarts;
}

function observed(
  before: QueueFlow | undefined,
  { reading, late, jobs, earlier, pods }: QueueLook,
): QueueFlow {
  const isNew = late !== undefined && (before === undefined || late.at > before.at);
  const until = isNew ? observeFlow(before, late, jobs, earlier) : before;
  const stall =
    until && observeStall(before?.stall, { reading, pods, flow: until, longestSeconds: jobs.longestSeconds });
  const after = observeFlow(until, reading, jobs, earlier, isStalled(stall));
  return after.stall === stall ? after : { ...after, stall };
}
