/** What a decision starts from: what can be believed of the readings, what is remembered, and what the signals say. */
import { ladderOf, type Ladder } from '../ladder/ladder.ts';
import { lastLoad, observeLoad, resolutionOf } from '../ladder/load.ts';
import { requiredNow } from '../ladder/required.ts';
import { limitOf } from '../signals/bands.ts';
import { freshReadings, withoutSuddenZero } from '../signals/fresh.ts';
import { observeSize, projectSize } from '../signals/projection.ts';
import { observeRed, viewsOf } from '../signals/view.ts';
import type { CapabilityName } from '../api/names.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { DecideInput, History, SignalView } from '../model/decision.ts';
import { isKnown, type Instant } from '../model/reading.ts';
import type { Readings } from '../model/readings.ts';

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
}

export function look(input: DecideInput, before: History, now: Instant): Look {
  const { spec } = input;
  const ladder = ladderOf(spec);
  const readings = believable(input, before, now);
  const history = observed(before, readings, spec, now);
  const limit = limitOf(spec.limits, 'databaseSize');
  const projection = projectSize(history.sizes, readings.databaseSize, limit, readings.leadsPerDay);
  const signals = viewsOf(readings, spec, projection);
  return {
    input,
    now,
    ladder,
    readings,
    history,
    signals,
    redSince: observeRed(history.redSince, signals, now),
    required: requiredNow(spec, ladder, readings.leadsPerDay, history, now),
  };
}

/** Readings that can be believed, against what was known before. */
function believable(input: DecideInput, history: History, now: Instant): Readings {
  const fresh = freshReadings(input.readings, input.spec, now);
  const leadsPerDay = withoutSuddenZero(fresh.leadsPerDay, lastLoad(history.load), input.spec);
  return leadsPerDay === fresh.leadsPerDay ? fresh : { ...fresh, leadsPerDay };
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
