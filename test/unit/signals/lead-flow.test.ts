import { describe, expect, it } from 'vitest';
import { isKnown, known, unknown } from '../../../src/model/reading.ts';
import type { LeadFlow } from '../../../src/model/witness.ts';
import { countLeads } from '../../../src/signals/lead-flow.ts';

const STEP_S = 15;

interface Heard {
  readonly words: string;
  readonly flow: LeadFlow | undefined;
}

/** What becomes of counts, one each 15 s: `.` believed, `?` not yet, `!` suspicious. */
function heard(values: readonly number[], expected?: number): Heard {
  let flow: LeadFlow | undefined;
  let words = '';
  for (const [index, value] of values.entries()) {
    const next = countLeads(flow, known(value, index * STEP_S * 1_000), expected);
    flow = next.flow;
    words += isKnown(next.reading) ? '.' : next.reading.unknown === 'NotYetCompared' ? '?' : '!';
  }
  return { words, flow };
}

describe('a count of leads/minute', () => {
  it.each([
    ['that is wrong once is not believed', [100, 1e6, 100, 101], '.?..'],
    ['that another one bears out is believed', [100, 1e6, 1e6, 1e6], '.?..'],
    ['that is more by far once more is not', [100, 1e3, 1e6, 100], '.??.'],
    ['of a few is believed', [1, 480], '..'],
    ['of none is believed', [100, 0], '..'],
  ])('%s', (_, values, words) => {
    expect(heard(values).words).toBe(words);
  });

  it.each([
    ['bears witness with the second one, where nobody knows what comes in queues', undefined, 900 / 60],
    ['bears witness with the second one, where queues bear it out', 800, 900 / 60],
    ['bears no witness, where no queue does', 50, undefined],
  ])('that is far more than before %s', (_, expected, recent) => {
    const { words, flow } = heard([100, 900, 900, 900], expected);
    expect(words).toBe('.?..');
    expect(flow?.recent).toBe(recent ?? 100 / 60);
  });

  it('leaves the rate as it was where it is not believed', () => {
    expect(heard([100, 1e6]).flow?.rate).toBe(heard([100]).flow?.rate);
  });

  it('makes the rate that of four minutes, and that of the last one', () => {
    const { flow } = heard([60, 120]);
    expect(flow?.recent).toBe(2);
    expect(flow?.rate).toBeCloseTo(1 + (1 - Math.exp(-STEP_S / 240)));
  });

  it('that is the same once more changes nothing', () => {
    const { flow } = heard([60, 120]);
    expect(countLeads(flow, known(120, STEP_S * 1_000), undefined).flow).toBe(flow);
  });

  it('that cannot be read leaves all as it was', () => {
    const { flow } = heard([60]);
    const silent = unknown('SourceTimeout', 'no answer');
    expect(countLeads(flow, silent, 100)).toEqual({ reading: silent, flow });
  });
});

it('begins anew with a count from long before the last one, as after a clock was set back', () => {
  const { flow } = countLeads(undefined, known(100, 120_000), undefined);
  expect(countLeads(flow, known(7, 59_000), undefined).flow).toEqual(
    countLeads(undefined, known(7, 59_000), undefined).flow,
  );
});
