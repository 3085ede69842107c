/** A simulation as a person reads it: a line for every change of tier, and one for every day. */
import type { CapabilityDecision } from '../model/decision.ts';
import { instant, count, plural } from '../text/words.ts';
import type { Moment } from './simulate.ts';

const DAY_MS = 86_400_000;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

interface Day {
  readonly midnight: number;
  readonly replicas: Map<string, [fewest: number, most: number]>;
  deepest: number;
  changes: number;
}

const range = ([fewest, most]: readonly [number, number]): string =>
  fewest === most ? count(fewest) : `${count(fewest)}–${count(most)}`;

function dayLine({ midnight, replicas, deepest, changes }: Day, { leadsPerDay, decision }: Moment): string {
  const components = [...replicas].map(([name, span]) => `${name} ${range(span)}`).join(', ');
  const weekday = WEEKDAYS[new Date(midnight).getUTCDay()] ?? '';
  return `${weekday} ${instant(midnight).slice(0, 10)}  ${count(leadsPerDay).padStart(8)} leads  ${decision.tier.to.padEnd(18)} ${components}; ${plural(changes, 'change')} of size, at most ${plural(Math.round(deepest), 'job')} waiting`;
}

const ahead = (capabilities: readonly CapabilityDecision[]): string =>
  capabilities
    .filter(({ required }) => required)
    .map(({ name }) => name)
    .join(', ');

/** One line a change of tier, of what the load requires, and of the day. */
export function* logOf(moments: Iterable<Moment>): Generator<string> {
  let day: Day | undefined;
  let last: Moment | undefined;
  for (const moment of moments) {
    const { at, decision } = moment;
    // A decision at midnight closes the day before.
    const midnight = Math.floor((at - 1) / DAY_MS) * DAY_MS;
    if (day === undefined || last === undefined || midnight !== day.midnight) {
      if (day !== undefined && last !== undefined) yield dayLine(day, last);
      day = { midnight, replicas: new Map(), deepest: 0, changes: 0 };
    }
    const { from, to, rule } = decision.tier;
    if (last === undefined || from !== to) yield `  ${instant(at)} [${rule}] ${decision.reasons[0] ?? ''}`;
    const before = last === undefined ? '' : ahead(last.decision.capabilities);
    const required = ahead(decision.capabilities);
    if (required !== before)
      yield `  ${instant(at)} [Required] ${required === '' ? 'nothing any more' : required}`;
    for (const { name, replicas } of decision.components) {
      const span = day.replicas.get(name) ?? [replicas, replicas];
      day.replicas.set(name, [Math.min(span[0], replicas), Math.max(span[1], replicas)]);
      const old = last?.decision.components.find((component) => component.name === name)?.replicas;
      if (old !== replicas) day.changes += 1;
    }
    day.deepest = Math.max(day.deepest, moment.backlog);
    last = moment;
  }
  if (day !== undefined && last !== undefined) yield dayLine(day, last);
}
