import { expect, it } from 'vitest';
import { parseOptions, UsageError } from '../../../testbed/demo/options.ts';

it('needs no argument', () => {
  expect(parseOptions([])).toEqual({ realPods: false, keep: false, seed: 1, speed: 1, output: 'table' });
});

it('takes each option', () => {
  const args = '--keep --trace t.csv --seed 7 --speed 0.5 -o json --context c --kubeconfig k'.split(' ');
  expect(parseOptions(args)).toEqual({
    realPods: false,
    keep: true,
    trace: 't.csv',
    seed: 7,
    speed: 0.5,
    output: 'json',
    context: 'c',
    kubeconfig: 'k',
  });
  expect(parseOptions(['--real-pods', '-o', 'json'])).toMatchObject({ realPods: true, output: 'json' });
  expect(parseOptions(['-h'])).toBe('help');
});

it.each([
  [['--seed', 'x'], /--seed is "x"; write a whole number/],
  [['--seed', '-1'], /--seed/],
  [['--speed', '0'], /--speed is "0"; write a number from 0.05 to 4/],
  [['--speed', 'fast'], /--speed is "fast"/],
  [['--output', 'yaml'], /--output is "yaml"; write table or json/],
  [['--real-pods', '--speed', '2'], /--real-pods brings its own load and cluster; leave out --speed/],
  [['--unknown'], /--unknown/],
  [['stray'], /stray/],
])('rejects %j with what would be right', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
