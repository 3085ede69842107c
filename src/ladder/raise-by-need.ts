/** A raise by a need: up to the first tier that carries it once it has lasted; and no descent to one that would not. */
import { own } from '../api/own.ts';
import { formatDuration } from '../api/quantity.ts';
import type { DueNeed, QueueNeed, Workers } from '../model/need.ts';
import { capitalised, instant, plural } from '../text/words.ts';
import { tierAt, type Tier } from './ladder.ts';
import type { Move, TierInput } from './move.ts';
import { mayChange } from './windows.ts';
import { LASTING_SHARE, leastOver, mostOf, needLookback, type NeedOfTiers } from './need.ts';

/** Less is the dust of a sum. */
const DUST = 1e-9;
/** Every tier allows one. */
const ALWAYS_GRANTED = 1;

function totalOf(workers: Workers): number {
  let total = 0;
  for (const queue in workers) total += workers[queue]!;
  return total;
}

/** The need of all queues; undefined where every tier carries it. */
function needBy(of: (need: QueueNeed) => number, needs: TierInput['history']['needs']): Workers | undefined {
  const workers: Record<string, number> = {};
  for (const queue in needs) workers[queue] = of(needs[queue]!);
  return totalOf(workers) > ALWAYS_GRANTED ? workers : undefined;
}

/** What has been needed for so long, until now. */
function neededFor(ms: number, { history: { needs }, need: { gap }, now }: TierInput): Workers | undefined {
  return needBy(({ at, recent }) => (now - at <= gap ? leastOver(recent, ms) : 0), needs);
}

const carries = ({ granted }: NeedOfTiers, tier: Tier, workers: Workers): boolean =>
  granted(tier, workers) >= totalOf(workers) - DUST;

/** Whether all queues were seen for as long as a need takes to raise the platform, until now. */
export function areNeedsKnown({ spec, history: { needs = {} }, need: { gap }, now }: TierInput): boolean {
  const { sustainedFor } = spec.scaling.health;
  const seenFor = ({ recent }: QueueNeed) => recent.reduce((sum, { ms }) => sum + ms, 0);
  const all = Object.values(needs);
  return all.length > 0 && all.every((one) => now - one.at <= gap && seenFor(one) >= sustainedFor);
}

/** A need that waits for a window waits until the end of the next one. */
export function stillDue({
  spec: {
    transitions: { windows },
  },
  history: { needDue },
  now,
}: Pick<TierInput, 'spec' | 'history' | 'now'>): DueNeed | undefined {
  if (needDue === undefined || windows.length === 0) return undefined;
  return now < needDue.opens || mayChange(windows, now) ? needDue : undefined;
}

/** What was due while no window was open, of the queues that can still have a need; undefined where the tier carries it. */
function dueBefore(input: TierInput, current: Tier): Workers | undefined {
  const {
    history: { needs },
    need,
    now,
  } = input;
  const needDue = stillDue(input);
  if (needDue === undefined || now < needDue.opens) return undefined;
  const still = Object.entries(needDue.workers).filter(
    ([queue]) => (own(needs, queue)?.recent.length ?? 0) > 0,
  );
  const due = Object.fromEntries(still);
  return carries(need, current, due) ? undefined : due;
}

/**
 * Up to the first tier that carries the need, from the current one on. Where none does, or maxTier is below it, to the first that
 * allows the most; to none that allows no more than this one.
 * @param over The tier that leads/day by itself asks for.
 */
export function raiseByNeed(
  input: TierInput,
  current: Tier,
  over: () => Tier,
  highest: Tier,
): Move | undefined {
  const { ladder, need } = input;
  if (input.history.needs === undefined || current === ladder.highest) return undefined;
  const due = dueBefore(input, current);
  const lasting = lastingOn(input, current);
  const workers = due === undefined || lasting === undefined ? (due ?? lasting) : mostOf(due, lasting);
  if (workers === undefined || carries(need, current, workers)) return undefined;
  const best = roomiest(input, current, workers, ladder.highest);
  if (best === undefined) return undefined;
  const words = raiseWords(input, current, workers, lasting);
  const most = `${capitalised(words)}; ${best.name} allows more, but maxTier is ${highest.name}.`;
  const clamp = best.index > highest.index ? most : undefined;
  const to = roomiest(input, current, workers, highest);
  if (to === undefined) return { to: current, rule: 'AtTarget', why: '', clamp };
  return {
    to,
    rule: 'NeedSustained',
    why: `${words}; ${to.name} allows ${carries(need, to, workers) ? 'as many' : 'more'}`,
    raisedOver: over().name,
    needed: lasting,
    clamp,
  };
}

/**
 * What the current tier has not carried for long enough, with all that it allows ready. A load that rises is told by its second
 * half, so that one climb is enough.
 */
function lastingOn(input: TierInput, current: Tier): Workers | undefined {
  const { spec, history, need, now } = input;
  const { sustainedFor } = spec.scaling.health;
  // What the tier before did not carry says nothing of this one.
  if (now - (history.tierSince ?? now) < sustainedFor) return undefined;
  const lasting = neededFor(sustainedFor, input);
  if (lasting === undefined || carries(need, current, lasting) || !need.isAtBound(current, lasting))
    return undefined;
  return neededFor(sustainedFor * LASTING_SHARE, input);
}

/** The first tier above that carries the need, else the first that allows the most, if that is more than the current one does. */
function roomiest(
  { ladder, need }: TierInput,
  current: Tier,
  workers: Workers,
  highest: Tier,
): Tier | undefined {
  let best: Tier | undefined;
  let most = need.granted(current, workers) + DUST;
  for (let index = current.index + 1; index <= highest.index; index += 1) {
    const tier = tierAt(ladder, index);
    const granted = need.granted(tier, workers);
    if (granted <= most) continue;
    best = tier;
    most = granted + DUST;
    if (carries(need, tier, workers)) break;
  }
  return best;
}

/** The most that lasted within the look-back of a descent, and when it did last. */
function lastedOf(
  { lasted }: QueueNeed,
  { spec, now }: Pick<TierInput, 'spec' | 'now'>,
): QueueNeed['lasted'][number] | undefined {
  const since = now - needLookback(spec.scaling);
  let most: QueueNeed['lasted'][number] | undefined;
  for (const one of lasted) {
    // What was kept may say anything: of the future, where a clock was set back.
    if (one.at > since && one.at <= now && one.workers >= (most?.workers ?? 0)) most = one;
  }
  return most;
}

/** What lasted within the look-back of a descent, and its margin. */
function lastedNeed(input: TierInput): Workers | undefined {
  const share = 1 - Math.min(input.spec.scaling.demote.margin, 99) / 100;
  return needBy((one) => (lastedOf(one, input)?.workers ?? 0) / share, input.history.needs);
}

/** The lowest tier that carries what lasted, or allows the most of it. */
export function neededTier(input: TierInput): Tier {
  const { lowest, highest } = input.ladder;
  const workers = lastedNeed(input);
  return (workers && roomiest(input, lowest, workers, highest)) ?? lowest;
}

/** What keeps the platform from a tier below: a need within the look-back that it would not carry. */
export function heldByNeed(input: TierInput, current: Tier, below: Tier, why: string): Move | undefined {
  const { spec, history, need, isRehearsed } = input;
  const { margin } = spec.scaling.demote;
  const lookback = needLookback(spec.scaling);
  const workers = lastedNeed(input);
  if (workers === undefined) return undefined;
  if (need.granted(below, workers) >= need.granted(current, workers) - DUST) return undefined;
  const queue = lacking(need, below, workers);
  const at = queue === undefined ? undefined : lastedOf(own(history.needs, queue)!, input)?.at;
  const when = at === undefined || isRehearsed ? '' : `, as late as ${instant(at)}`;
  return {
    to: current,
    rule: 'NeedRemembered',
    why: `${needWords(need, below, workers)} with a margin of ${margin} %${when}, more than tier ${below.name} allows; ${why}`,
    ...(at !== undefined && { requeueAt: at + lookback + 1 }),
  };
}

/** The queue that lacks the most on a tier; undefined where only all of them together lack some. */
function lacking({ granted }: NeedOfTiers, tier: Tier, workers: Workers): string | undefined {
  let most = DUST;
  let found: string | undefined;
  for (const queue in workers) {
    const lack = workers[queue]! - granted(tier, { [queue]: workers[queue]! });
    if (lack > most) [most, found] = [lack, queue];
  }
  return found;
}

/** The queue that lacks the most on a tier, and how much it needs. */
function needOn(need: NeedOfTiers, tier: Tier, workers: Workers) {
  const queue = lacking(need, tier, workers);
  const amountOf = (all: Workers) => (queue === undefined ? totalOf(all) : (own(all, queue) ?? 0));
  const many = plural(Math.ceil(amountOf(workers) - DUST), 'worker');
  return { amountOf, whose: queue ?? 'all queues together', many };
}

function needWords(need: NeedOfTiers, tier: Tier, workers: Workers): string {
  const { whose, many } = needOn(need, tier, workers);
  return `the jobs that come to ${whose} need ${many}`;
}

/** @param lasting What of it is needed now. */
function raiseWords(
  { need, spec }: TierInput,
  current: Tier,
  workers: Workers,
  lasting: Workers = {},
): string {
  const { amountOf, whose, many } = needOn(need, current, workers);
  const duration = formatDuration(spec.scaling.health.sustainedFor);
  return amountOf(lasting) < amountOf(workers) - DUST
    ? `the jobs that came to ${whose} while no window was open needed ${many}, more than tier ${current.name} allows`
    : `the jobs that come to ${whose} need ${many}, and for ${duration} have needed more than tier ${current.name} allows`;
}
