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
    ['that is wrong once is not believed', [100, 1e6, 100, 101], undefined, '.?..'],
    ['that another one bears out is believed', [100, 1e6, 1e6, 1e6], undefined, '.?..'],
    ['that no queue bears out is not, however often it is told', [100, 1e6, 1e6, 1e6], 120, '.???'],
    ['that queues bear out is believed', [100, 900, 900], 800, '.?.'],
    ['of a few is believed', [1, 480], undefined, '..'],
    ['of none is believed, where nobody knows what comes in queues', [100, 0], undefined, '..'],
    ['of none is not, where ten a minute come in them', [100, 0], 10, '.!'],
    ['of none is believed, where fewer do', [100, 0], 9.9, '..'],
  ])('%s', (_, values, expected, words) => {
    expect(heard(values, expected).words).toBe(words);
  });

  it('that no queue bears out is believed after five minutes, and still bears no witness', () => {
    const { words, flow } = heard([100, ...Array.from({ length: 25 }, () => 5_000)], 120);
    expect(words).toBe(`.${'?'.repeat(20)}${'.'.repeat(5)}`);
    expect(flow?.rate).toBe(100 / 60);
  });

  it('leaves the rate as it was where it is not believed', () => {
    expect(heard([100, 1e6]).flow?.rate).toBe(heard([100]).flow?.rate);
    expect(heard([100, 0], 100).flow).toEqual(heard([100]).flow);
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
