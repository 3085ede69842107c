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
const DAY_S = 86_400;
/** For so long counts that no queue bears out have to agree. */
const PATIENCE_MS = 300_000;
/** A second count agrees with a first one that is at most so many times as large. */
const AGREEMENT = 2;

export interface Counted {
  readonly reading: Reading;
  /** Undefined until something was counted. */
  readonly flow: LeadFlow | undefined;
}

/**
 * After one more count of leads/minute. One that is beyond anything seen waits for a second one, and for jobs that bear it out.
 * @param expected Leads a minute, by what comes in the queues; undefined where nobody knows how many jobs they make.
 */
export function countLeads(
  before: LeadFlow | undefined,
  counted: Reading,
  expected: number | undefined,
): Counted {
  const reading = leadsAgainst(counted, expected ?? 0);
  if (!isKnown(reading)) return { reading, flow: before };
  const { value, at } = reading;
  // One from long before the last one: a clock was set back.
  if (before === undefined || at < before.at - CLOCK_SKEW_MS)
    return { reading, flow: { at, rate: value / 60, recent: value / 60, most: value } };
  const { jump } = before;
  // The same count once more.
  if (at <= (jump?.at ?? before.at))
    return { reading: jump?.at === at && !isPatient(jump) ? waiting(before, value) : reading, flow: before };
  const seconds = (at - before.at) / 1_000;
  const most = before.most * 0.5 ** (seconds / DAY_S);
  const isJump = value > JUMP * Math.max(FEWEST_SEEN, most);
  const agrees = jump !== undefined && value <= AGREEMENT * jump.value;
  if (isJump && !(agrees && value <= JUMP * Math.max(FEWEST_SEEN, expected ?? Infinity))) {
    const next = { since: agrees ? jump.since : at, at, value };
    return {
      reading: isPatient(next) ? reading : waiting(before, value),
      flow: { ...before, jump: next },
    };
  }
  const share = 1 - Math.exp(-seconds / MEMORY_S);
  const rate = before.rate + share * (value / 60 - before.rate);
  return { reading, flow: { at, rate, recent: value / 60, most: Math.max(most, value) } };
}

/**
 * Nobody may refuse leads for long, whatever queues say: leads of another kind may make no jobs. It still bears no witness against a queue.
 */
const isPatient = ({ since, at }: NonNullable<LeadFlow['jump']>): boolean => at - since >= PATIENCE_MS;

const waiting = ({ most }: LeadFlow, value: number) =>
  unknown(
    'NotYetCompared',
    `${count(value)} were counted, where ${count(most)} were the most; another count will tell`,
  );

/** No lead for a minute, where so many are expected, is no chance: e^−10. */
const FEWEST_EXPECTED = 10;

/** A minute without a lead, while jobs come that leads make. @param expected Leads a minute, by what comes in the queues. */
function leadsAgainst(reading: Reading, expected: number): Reading {
  if (!isKnown(reading) || reading.value > 0 || expected < FEWEST_EXPECTED) return reading;
  return unknown(
    'Suspicious',
    `no lead came within a minute, while the jobs of about ${count(expected)} did`,
  );
}
