/** A red signal's word: one tier above that of leads/day, and no further. */
import type { Instant } from '../model/reading.ts';
import { count, instant } from '../text/words.ts';
import { relieves, type RedSignal } from './health.ts';
import { higher, tierAt, tierFor, type Tier } from './ladder.ts';
import { busiestOver, resolutionOf } from './load.ts';
import type { Move, TierInput } from './move.ts';

/**
 * The tier that leads/day by itself calls for, never above the current one: what health may add one tier to. While a
 * platform stands raised it is remembered; else the busiest of the look-back tells.
 */
export function calledFor({ spec, ladder, history, now }: TierInput, current: Tier, lowest: Tier): Tier {
  const over = history.raisedOver === undefined ? undefined : ladder.byName.get(history.raisedOver);
  if (over !== undefined && over.index < current.index) return over;
  const { lookback, margin } = spec.scaling.demote;
  const busiest = busiestOver(history.load, now, lookback, resolutionOf(spec).descentGap);
  if (busiest === undefined) return lowest;
  const called = tierFor(ladder, busiest.value / (1 - Math.min(margin, 99) / 100));
  return higher(lowest, called.index > current.index ? current : called);
}

const UNIT_WORDS = { count: '', ms: ' ms', s: ' s', B: ' B', '%': ' %' } as const;
export const redWords = (
  { name, value, unit, since }: RedSignal,
  { isRehearsed }: Pick<TierInput, 'isRehearsed'>,
): string =>
  value === undefined
    ? `${name} was red when it was last known`
    : `${name} is red at ${count(value)}${UNIT_WORDS[unit]}${isRehearsed ? '' : `, since ${instant(since)}`}`;

/**
 * One tier up for a signal that stays red, when that tier relieves it and replicas cannot any more. Where it goes nowhere,
 * what it waits for, or what keeps it.
 */
export function raise(input: TierInput, current: Tier, called: () => Tier, highest: Tier): Move | undefined {
  const { spec, ladder, red, now } = input;
  const { sustainedFor } = spec.scaling.health;
  if (red.length === 0 || current === ladder.highest) return undefined;
  const over = called();
  if (current.index > over.index) return undefined;
  const next = tierAt(ladder, current.index + 1);
  let requeueAt: Instant | undefined;
  for (const signal of red) {
    if (signal.value === undefined || !signal.atBound || !relieves(next, signal.relieved, spec)) continue;
    const due = signal.since + sustainedFor;
    if (due <= now && next.index > highest.index) {
      const clamp = `${redWords(signal, input)}, and ${next.name} would relieve it, but maxTier is ${highest.name}.`;
      return { to: current, rule: 'AtTarget', why: '', clamp };
    }
    if (due <= now) {
      return {
        to: next,
        rule: 'HealthRed',
        raisedOver: over.name,
        why: `${redWords(signal, input)}, and its replicas are at their bound; ${next.name} relieves it, one tier above that of leads/day`,
      };
    }
    requeueAt = Math.min(requeueAt ?? due, due);
  }
  return requeueAt === undefined ? undefined : { to: current, rule: 'AtTarget', why: '', requeueAt };
}
