/** What a decision starts from: what can be believed of the readings, what is remembered, and what the signals say. */
import { ladderOf, type Ladder } from '../ladder/ladder.ts';
import { lastLoad, observeLoad, resolutionOf } from '../ladder/load.ts';
import { awaitsAnotherCount, requiredNow } from '../ladder/required.ts';
import { limitOf } from '../signals/bands.ts';
import { freshReadings, intervalOf, withoutSuddenZero } from '../signals/fresh.ts';
import { observeSize, projectSize } from '../signals/projection.ts';
import { observeRed, viewsOf } from '../signals/view.ts';
import type { CapabilityName } from '../api/names.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { DecideInput, History, SignalView } from '../model/decision.ts';
import { isKnown, type Instant, type Reading } from '../model/reading.ts';
import type { Readings } from '../model/readings.ts';
import { nextLookAt } from '../scaling/detection.ts';
import { hearWitnesses, leadsByQueues } from '../scaling/witnesses.ts';
import { countDay } from '../signals/day-counts.ts';
import { countLeads } from '../signals/lead-flow.ts';

export interface Look {
  readonly input: DecideInput;
  readonly now: Instant;
  readonly ladder: Ladder;
  /** Only what can be believed. */
  readonly readings: Readings;
  /** With what was just observed in it. */
  readonly history: History;
  readonly signals: readonly SignalView[];
  readonly redSince: History['redSince'];
  /** What the load breaks the platform without. */
  readonly required: readonly CapabilityName[];
  /** When another look tells whether one that was not believed yet is right; undefined where none waits for that. */
  readonly comparesAt: Instant | undefined;
}

export function look(input: DecideInput, before: History, now: Instant): Look {
  const { spec } = input;
  const ladder = ladderOf(spec);
  const { readings, remembered } = believable(input, before, now);
  const history = observed(remembered, readings, spec, now);
  const limit = limitOf(spec.limits, 'databaseSize');
  const projection = projectSize(history.sizes, readings.databaseSize, limit, readings.leadsPerDay);
  const signals = viewsOf(readings, spec, projection);
  const required = requiredNow(spec, ladder, readings.leadsPerDay, history, now);
  return {
    input,
    now,
    ladder,
    readings,
    history,
    signals,
    redSince: observeRed(history.redSince, signals, now),
    required,
    comparesAt: comparesAt(
      input,
      readings,
      now,
      awaitsAnotherCount(ladder, readings.leadsPerDay, { ...history, required }),
    ),
  };
}

/** When the next look is there at what was read, and is not believed before it. */
function comparesAt(
  { spec, readings: read }: DecideInput,
  { leadsPerDay, leadsPerMinute, queues }: Readings,
  now: Instant,
  awaitsCount: boolean,
): Instant | undefined {
  let next = Infinity;
  if (awaitsCount || isPutOff(read.leadsPerDay, leadsPerDay)) next = now + intervalOf(spec, 'leadsPerDay');
  if (isPutOff(read.leadsPerMinute, leadsPerMinute))
    next = Math.min(next, now + intervalOf(spec, 'leadsPerMinute'));
  for (const queue in queues) {
    const look = read.queues[queue];
    if (isKnown(look) && isPutOff(look, queues[queue]!))
      next = Math.min(next, nextLookAt(spec, look.at, now));
  }
  return next === Infinity ? undefined : next;
}

const isPutOff = (read: Reading<unknown> | undefined, believed: Reading<unknown>): boolean =>
  isKnown(read) && !isKnown(believed) && believed.unknown === 'NotYetCompared';

interface Believable {
  readonly readings: Readings;
  /** With these looks in what the next ones are held against. */
  readonly remembered: History;
}

/** Readings that can be believed, against what was known before and against one another. */
function believable(input: DecideInput, before: History, now: Instant): Believable {
  const { spec } = input;
  const fresh = freshReadings(input.readings, spec, now);
  const day = countDay(before.dayCounts, fresh.leadsPerDay);
  const leads = countLeads(before.leads, fresh.leadsPerMinute, leadsByQueues(before));
  const flow = isKnown(leads.reading) ? leads.flow : undefined;
  const { queues, witnesses } = hearWitnesses(before, { input, readings: fresh.queues, leads: flow, now });
  const readings = {
    ...fresh,
    leadsPerDay: withoutSuddenZero(day.reading, lastLoad(before.load), spec),
    leadsPerMinute: leads.reading,
    queues,
  };
  return {
    readings,
    remembered: { ...before, witnesses, leads: leads.flow, dayCounts: day.counts },
  };
}

/** The history with one more look at the load and the size of the database in it. */
function observed(history: History, readings: Readings, spec: LeadPlatformSpec, now: Instant): History {
  const { leadsPerDay } = readings;
  const load = isKnown(leadsPerDay)
    ? observeLoad(history.load, leadsPerDay, resolutionOf(spec), now)
    : history.load;
  const sizes = observeSize(history.sizes, readings.databaseSize);
  return load === history.load && sizes === history.sizes ? history : { ...history, load, sizes };
}
