import { describe, expect, it } from 'vitest';
import { parseProveOptions, seedOf, usage } from '../../../../scripts/prove/options.ts';

const names = ['queue-moves', 'replies'];
const defaults = { name: 'replies', seed: undefined, resume: false, minutes: 60, output: 'text' };

describe('arguments of npm run prove', () => {
  it.each([
    [['replies'], {}],
    [['replies', '--seed', '7'], { seed: 7 }],
    [['--seed=0', 'replies'], { seed: 0 }],
    [['replies', '--resume'], { resume: true }],
    [['replies', '--minutes', '5', '-o', 'json'], { minutes: 5, output: 'json' }],
  ])('%j runs a proof', (args, expected) => {
    expect(parseProveOptions(args, names)).toEqual({ do: 'run', options: { ...defaults, ...expected } });
  });

  it.each([
    [[], 'text'],
    [['--help'], 'text'],
    [['replies', '-h'], 'text'],
    [['-o', 'json'], 'json'],
  ])('%j lists the proofs', (args, output) => {
    expect(parseProveOptions(args, names)).toEqual({ do: 'list', output });
  });

  it.each([
    [['reply'], 'unknown proof "reply"; there are: queue-moves, replies'],
    [['replies', 'queue-moves'], 'one proof at a time; named are replies, queue-moves'],
    [['replies', '--seed', 'x'], '--seed is "x"; write a whole number from 0 to 4294967295'],
    [['replies', '--seed', ''], '--seed is ""; write a whole number from 0 to 4294967295'],
    [['replies', '--minutes', '61'], '--minutes is "61"; write a whole number from 1 to 60'],
    [['replies', '-o', 'yaml'], '--output is "yaml"; write text or json'],
    [['replies', '--sed', '1'], 'unknown option "--sed"; did you mean --seed?'],
    [['replies', '--seed', '1', '--seed', '2'], '--seed is given twice, and takes one value; keep one'],
  ])('%j is refused with a sentence', (args, message) => {
    expect(() => parseProveOptions(args, names)).toThrow(message);
  });
});

describe('the seed of a run', () => {
  it.each([
    ['is the default at first', undefined, undefined, 1],
    ['is the one that was given', 7, undefined, 7],
    ['stays that of the progress', undefined, { seed: 9 }, 9],
    ['may be given again', 9, { seed: 9 }, 9],
  ])('%s', (_, seed, progress, expected) => {
    expect(seedOf({ seed }, progress)).toBe(expected);
  });

  it('cannot change in the middle', () => {
    expect(() => seedOf({ seed: 7 }, { seed: 9 })).toThrow(
      '--seed is 7, and the progress to resume has seed 9; leave out --seed, or --resume',
    );
  });
});

it('the list has one line for each proof', () => {
  const text = usage([
    { name: 'queue-moves', what: 'Nothing is lost.' },
    { name: 'replies', what: 'None is misread.' },
  ]);
  expect(text).toContain('  queue-moves  Nothing is lost.\n  replies      None is misread.\n');
});
