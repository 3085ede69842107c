import { describe, expect, it } from 'vitest';
import { isKnown, known, type Known, type Reading } from '../../../../src/model/reading.ts';
import type { QueueReading } from '../../../../src/model/readings.ts';
import type { LeadFlow, QueueWitness } from '../../../../src/model/witness.ts';
import { bearWitness, type WitnessInput } from '../../../../src/scaling/queue/witness.ts';
import { countsOf, flowGiven } from './given.ts';

/** Two jobs a second of 5 s each, one for each lead: ten workers are busy. */
const FLOW = flowGiven({ serviceSeconds: 5, counts: countsOf(2) });
const leadsAt = (seconds: number, rate = 2): LeadFlow => ({
  at: seconds * 1_000,
  rate,
  recent: rate,
  most: 60 * rate,
});
const KNOWN: QueueWitness = {
  ...{ at: 0, ready: 3, inFlight: 10, delayed: 0, repeats: 0.1, sameness: 0, most: 40 },
  ...{ work: 100_000, leads: 20_000, countedAt: 0 },
};

const look = (seconds: number, ready: number, inFlight: number): Known<QueueReading> =>
  known({ ready, inFlight, delayed: 0 }, seconds * 1_000);

const input = (
  reading: Reading<QueueReading>,
  seconds: number,
  changed: Partial<WitnessInput> = {},
): WitnessInput => ({
  ...{
    reading,
    isOld: false,
    flow: FLOW,
    leads: leadsAt(seconds),
    workers: 11,
    isHeldUp: false,
    objective: 60,
  },
  ...changed,
});

type LookAt = (second: number) => Reading<QueueReading>;

/** The first second at which a look is not believed, each a second after the other. */
function doubtedFrom(lookAt: LookAt, changed: Partial<WitnessInput> = {}, from = KNOWN): number | undefined {
  let witness: QueueWitness | undefined = from;
  for (let second = 1; second <= 200; second += 1) {
    const heard = bearWitness(witness, input(lookAt(second), second, changed));
    if (!isKnown(heard.reading)) return second;
    witness = heard.witness;
  }
  return undefined;
}

describe('a queue without a job', () => {
  it.each([
    // Half of ten: 16 = 5 + 5 · (1 − e^−0.2) for each look after the first.
    ['is doubted after some looks, where the jobs of leads keep ten workers busy', {}, 14],
    ['is doubted at once, where they keep 35 busy', { leads: leadsAt(0, 7) }, 1],
    // 16 = 1 + (1 − e^−0.2) a look, of which each two minutes forget all but e^−1.
    ['is doubted after more of them, where they keep two busy', { leads: leadsAt(0, 0.4) }, 141],
    ['is believed, where no lead comes', { leads: leadsAt(0, 0) }, undefined],
    ['is believed, while nobody knows whether leads come', { leads: undefined }, undefined],
    ['is believed, before anything is known of its jobs', { flow: undefined }, undefined],
  ])('%s', (_, changed, second) => {
    expect(doubtedFrom((at) => look(at, 0, 0), changed)).toBe(second);
  });

  it('is believed where nobody knows how many jobs a lead makes', () => {
    const few = { ...KNOWN, work: 1_000, leads: 50 };
    const { reading } = bearWitness(few, input(look(1, 0, 0), 1, { leads: leadsAt(1, 7) }));
    expect(isKnown(reading)).toBe(true);
  });

  it('is believed as soon as no lead came for a minute, and soon after most have gone', () => {
    let witness: QueueWitness | undefined = KNOWN;
    const at = (second: number, leads: LeadFlow) => {
      const heard = bearWitness(witness, input(look(second, 0, 0), second, { leads }));
      witness = heard.witness;
      return isKnown(heard.reading);
    };
    for (let second = 1; second <= 600; second += 1) at(second, leadsAt(second, 7));
    const before = witness;
    expect(at(601, { ...leadsAt(601, 7), recent: 0 })).toBe(true);
    witness = before;
    let seconds = 601;
    while (!at(seconds, { ...leadsAt(seconds, 7), recent: 0.01 })) seconds += 1;
    expect(seconds - 600).toBeLessThan(100);
  });

  it('is believed again with its first job', () => {
    const many = { leads: leadsAt(1, 7) };
    const { witness } = bearWitness(KNOWN, input(look(1, 0, 0), 1, many));
    expect(witness?.doubt?.unknown).toBe('Suspicious');
    expect(bearWitness(witness, input(look(2, 0, 1), 2, many)).reading).toEqual(look(2, 0, 1));
  });

  it('is believed after a day, where leads come and make no jobs', () => {
    let witness: QueueWitness | undefined = { ...KNOWN, work: 1_000, leads: 200 };
    let seconds = 0;
    for (let doubted = true; doubted && seconds < 3 * 86_400; seconds += 15) {
      const heard = bearWitness(witness, input(look(seconds, 0, 0), seconds));
      witness = heard.witness;
      doubted = !isKnown(heard.reading) || seconds < 300;
    }
    expect(Math.round(seconds / 3_600)).toBe(24);
  });
});

describe('a queue that tells the same', () => {
  // ½ ln(1 + 4 · 1.8) a look, of which each two minutes forget all but e^−1, come to 20 nats.
  const SLOW = {
    flow: flowGiven({ serviceSeconds: 50, counts: countsOf(0.2) }),
    leads: leadsAt(0, 0.2),
    from: { ...KNOWN, work: 1e6 },
  };
  it.each([
    ['is doubted after some looks, though two jobs come and go in each second', {}, 21],
    ['is believed longer, the fewer do', SLOW, 142],
    ['is doubted for its busy workers alone, while nobody knows of leads', { leads: undefined }, 21],
    ['is believed, where jobs come and go like a clock', { from: { ...KNOWN, repeats: 1 } }, undefined],
    [
      'is believed, where neither leads are known nor how long a job takes',
      { leads: undefined, flow: { ...FLOW, learnedFrom: 15 } },
      undefined,
    ],
  ])('%s', (_, { from = KNOWN, ...changed }: Partial<WitnessInput> & { from?: QueueWitness }, second) => {
    expect(doubtedFrom((at) => look(at, 3, 10), changed, from)).toBe(second);
  });

  it('is believed again once it tells something else', () => {
    let witness: QueueWitness | undefined = KNOWN;
    for (let at = 1; at <= 60; at += 1) ({ witness } = bearWitness(witness, input(look(at, 3, 10), at)));
    expect(witness?.doubt?.unknown).toBe('Suspicious');
    expect(bearWitness(witness, input(look(61, 4, 10), 61)).reading).toEqual(look(61, 4, 10));
  });

  it('is seen as such by looks that are rare, too', () => {
    let witness: QueueWitness | undefined = KNOWN;
    let looks = 0;
    for (; witness?.doubt === undefined && looks < 100; looks += 1)
      ({ witness } = bearWitness(witness, input(look(15 * (looks + 1), 3, 10), 15 * (looks + 1))));
    expect(looks).toBeGreaterThan(5);
    expect(looks).toBeLessThan(20);
  });
});

describe('far more jobs than were ever seen', () => {
  it.each([
    ['are believed at once, where they are at most eight times as many', 318 - 10, '.'],
    ['wait for a second look, where they are more', 322 - 10, '?'],
  ])('%s', (_, jobs, word) => {
    expect(heard(() => look(1, jobs, 10), 1)).toBe(word);
  });

  /** What becomes of each look: `.` believed, `?` not yet compared, `!` suspicious. */
  function heard(lookAt: (second: number) => Known<QueueReading>, seconds: number, every = 1): string {
    let witness: QueueWitness | undefined = KNOWN;
    let words = '';
    for (let second = every; second <= seconds; second += every) {
      const next = bearWitness(witness, input(lookAt(second), second));
      witness = next.witness;
      words += isKnown(next.reading) ? '.' : next.reading.unknown === 'NotYetCompared' ? '?' : '!';
    }
    return words;
  }

  it.each([
    ['come once, are not believed', (at: number) => look(at, at === 3 ? 1e6 : 3 + (at % 3), 10), '..?.....'],
    ['are believed at the second look', (at: number) => look(at, 2_000 - at, 11), '?.....'],
    [
      'that are less at the second look, too',
      (at: number) => look(at, at === 1 ? 2_000 : 1_001, 11),
      '?.....',
    ],
    [
      'and not those that are more by far once more',
      (at: number) => look(at, at < 3 ? 1e3 : 1e6, 11),
      '?.?...',
    ],
  ])('that %s', (_, lookAt, words) => {
    expect(heard(lookAt, words.length)).toBe(words);
  });

  it('tell at the second look what the first one was, which came when it came', () => {
    const burst = look(1, 2_000, 11);
    const { witness } = bearWitness(KNOWN, input(burst, 1));
    expect(witness?.borneOut).toBe(undefined);
    const second = bearWitness(witness, input(look(2, 1_990, 11), 2)).witness;
    expect(second?.borneOut).toEqual(burst);
    expect(bearWitness(second, input(look(3, 1_980, 11), 3)).witness?.borneOut).toBe(undefined);
    // A look like those of before bears nothing out.
    expect(bearWitness(witness, input(look(2, 3, 11), 2)).witness?.borneOut).toBe(undefined);
  });
});

describe('a queue that is not known', () => {
  it.each([
    ['all that a burst has made, which was put off', (at: number) => look(at, 5_000, 11), 400],
    ['not those that the doubt before has made', (at: number) => look(at, 0, at === 2 ? 1 : 0), 11],
  ])('keeps %s', (_, lookAt, kept) => {
    const many = { leads: leadsAt(1, 7) };
    let { witness } = bearWitness(KNOWN, input(lookAt(1), 1, many));
    expect(witness?.doubt).toBeDefined();
    ({ witness } = bearWitness(witness, input(lookAt(2), 2, { ...many, workers: 400 })));
    expect(witness?.doubt).toBe(undefined);
    const silent = { unknown: 'SourceTimeout', message: 'no answer' } as const;
    let second = 3;
    if (kept === 400) ({ witness } = bearWitness(witness, input(silent, second, { workers: 400 })));
    else
      for (; witness?.doubt === undefined && second < 100; second += 1)
        ({ witness } = bearWitness(witness, input(lookAt(second), second, { ...many, workers: 400 })));
    expect(witness?.unknown?.workers).toBe(kept);
  });

  it('keeps the workers that it had when it last was', () => {
    const silent = { unknown: 'SourceTimeout', message: 'no answer' } as const;
    const { witness } = bearWitness(KNOWN, input(silent, 1, { workers: 11 }));
    expect(bearWitness(witness, input(silent, 2, { workers: 30 })).witness?.unknown?.workers).toBe(11);
    expect(bearWitness(witness, input(look(3, 1, 9), 3)).witness?.unknown).toBe(undefined);
  });

  it('has the jobs that leads make beyond those that its workers take', () => {
    const old = input(look(0, 3, 10), 15, { isOld: true, workers: 5 });
    // Of 2 a second, 5 workers of 5 s take 1.
    expect(bearWitness(KNOWN, old).witness).toMatchObject({ unknown: { waiting: 3 + 15, at: 15_000 } });
  });
});

it('a queue is looked at anew after a clock was set back', () => {
  const later = { ...KNOWN, at: 120_000 };
  const { reading, witness } = bearWitness(later, input(look(59, 5_000, 0), 59));
  expect(reading).toEqual(look(59, 5_000, 0));
  expect(witness).toMatchObject({ at: 59_000, most: 5_000, leads: 0 });
});

it.each([
  ['is learned from workers that finish jobs', false],
  ['is not learned while they finish hardly any', true],
])('what a lead makes %s', (_, isHeldUp) => {
  const { witness } = bearWitness(KNOWN, input(look(1, 3, 60), 1, { isHeldUp }));
  expect(witness?.work === KNOWN.work).toBe(isHeldUp);
});
