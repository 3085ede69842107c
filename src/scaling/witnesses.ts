/** All queues of a platform, each held against what was seen of it and against leads/minute; and leads/minute against the queues. */
import { own } from '../api/own.ts';
import type { DecideInput, History } from '../model/decision.ts';
import { isKnown, type Instant, type Reading } from '../model/reading.ts';
import type { QueueReading, Readings } from '../model/readings.ts';
import type { LeadFlow, QueueWitness } from '../model/witness.ts';
import { queueReading } from '../signals/view.ts';
import { componentSetsOf } from './component-sets.ts';
import { detectionSecondsOf, isOldLook } from './detection.ts';
import { workPerLead } from './queue/work-per-lead.ts';
import { bearWitness } from './queue/witness.ts';

const ALL_IN_ONE = 'all-in-one';

export interface Hearing {
  readonly input: DecideInput;
  /** Where their times and ranges can be believed. */
  readonly readings: Readings['queues'];
  /** Undefined while leads/minute is unknown. */
  readonly leads: LeadFlow | undefined;
  readonly now: Instant;
}

/** What is believed of the queues, and what the next looks at them are held against. */
export function hearWitnesses(
  before: Pick<History, 'witnesses' | 'queues'>,
  { input: { spec, components }, readings, leads, now }: Hearing,
): { readonly queues: Readings['queues']; readonly witnesses: History['witnesses'] } {
  let queues: Record<string, Reading<QueueReading>> | undefined;
  const witnesses: Record<string, QueueWitness> = {};
  const replicasOf = (name: string) =>
    components.find((component) => component.name === name)?.desiredReplicas;
  for (const { name, queue } of componentSetsOf(spec).workers) {
    const read = queueReading({ queues: readings }, queue);
    const { reading, witness } = bearWitness(own(before.witnesses, queue), {
      reading: read,
      isOld: isKnown(read) && isOldLook(read.at, detectionSecondsOf(spec), now),
      flow: own(before.queues, queue),
      leads,
      isHeldUp: own(before.queues, queue)?.stall?.held !== undefined,
      workers: replicasOf(name) ?? replicasOf(ALL_IN_ONE) ?? 0,
    });
    // Nearly always all are believed.
    if (reading !== read) (queues ??= { ...readings })[queue] = reading;
    if (witness !== undefined) witnesses[queue] = witness;
  }
  return { queues: queues ?? readings, witnesses };
}

/** Leads a minute by what comes in the queue that tells of the most; undefined where none can tell. */
export function leadsByQueues({
  queues,
  witnesses,
}: Pick<History, 'witnesses' | 'queues'>): number | undefined {
  let most: number | undefined;
  for (const queue in witnesses) {
    const witness = witnesses[queue]!;
    const perLead = witness.unknown === undefined ? workPerLead(witness) : undefined;
    const flow = own(queues, queue);
    if (!perLead || flow === undefined) continue;
    most = Math.max(
      most ?? 0,
      (60 * Math.max(flow.steady.rate, flow.recent.rate) * flow.serviceSeconds) / perLead,
    );
  }
  return most;
}
