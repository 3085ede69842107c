/** How many leads come, by counts of leads/minute; and which of these are believed. */
import { isKnown, unknown, type Reading } from '../model/reading.ts';
import type { LeadFlow } from '../model/witness.ts';
import { count } from '../text/words.ts';
import { CLOCK_SKEW_MS } from './fresh.ts';

/** Over which the rate is taken. */
const MEMORY_S = 240;
/** More than so many times the most that was seen is beyond anything seen; and never less than that of so many. */
const JUMP = 8;
const FEWEST_SEEN = 60;
/** A second count agrees with a first one that is at least one in so many of it. */
const AGREEMENT = 2;
const DAY_S = 86_400;

export interface Counted {
  readonly reading: Reading;
  /** Undefined until something was counted. */
  readonly flow: LeadFlow | undefined;
}

/**
 * After one more count of leads/minute. One that is beyond anything seen waits for a second one. It bears witness only once jobs bear it
 * out: leads of another kind may make none.
 * @param expected Leads a minute, by what comes in the queues; undefined where nobody knows how much work they make.
 */
export function countLeads(
  before: LeadFlow | undefined,
  reading: Reading,
  expected: number | undefined,
): Counted {
  if (!isKnown(reading)) return { reading, flow: before };
  const { value, at } = reading;
  // One from long before the last one: a clock was set back.
  if (before === undefined || at < before.at - CLOCK_SKEW_MS)
    return { reading, flow: { at, rate: value / 60, recent: value / 60, most: value } };
  const { jump } = before;
  const seconds = (at - before.at) / 1_000;
  const most = before.most * 0.5 ** (Math.max(0, seconds) / DAY_S);
  const isJump = value > JUMP * Math.max(FEWEST_SEEN, most);
  const agrees = jump !== undefined && jump.at < at && value <= AGREEMENT * jump.value;
  // The same count once more.
  if (at <= (jump?.at ?? before.at))
    return {
      reading: jump?.isPutOff === true && jump.at === at ? waiting(before, value) : reading,
      flow: before,
    };
  if (isJump && !(agrees && value <= JUMP * Math.max(FEWEST_SEEN, expected ?? Infinity)))
    return {
      reading: agrees ? reading : waiting(before, value),
      flow: { ...before, jump: { at, value, isPutOff: !agrees } },
    };
  const share = 1 - Math.exp(-seconds / MEMORY_S);
  const rate = before.rate + share * (value / 60 - before.rate);
  return { reading, flow: { at, rate, recent: value / 60, most: Math.max(most, value) } };
}

const waiting = ({ most }: LeadFlow, value: number) =>
  unknown(
    'NotYetCompared',
    `${count(value)} were counted, where ${count(most)} were the most; another count will tell`,
  );
