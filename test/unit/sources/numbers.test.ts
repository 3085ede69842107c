import { expect, it } from 'vitest';
import type { UnknownReason } from '../../../src/model/reading.ts';
import { SourceFailure } from '../../../src/sources/failure.ts';
import { numberAt } from '../../../src/sources/http/json-path.ts';
import { resultOf } from '../../../src/sources/http/prometheus-result.ts';
import { parseCached } from '../../../src/sources/redis/cached-number.ts';
import { toBase, type Kind } from '../../../src/sources/units.ts';

/** The value, or the reason why there is none. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof SourceFailure) return error.reason;
    throw error;
  }
}

it.each<{ kind: Kind; value: number; unit: string; of?: number; expected: number | UnknownReason }>([
  { kind: 'count', value: 7, unit: 'count', expected: 7 },
  { kind: 'time', value: 0.7, unit: 's', expected: 700 },
  { kind: 'time', value: 620, unit: 'ms', expected: 620 },
  { kind: 'size', value: 12, unit: 'GB', expected: 12e9 },
  { kind: 'size', value: 12, unit: 'MB', expected: 12e6 },
  { kind: 'share', value: 0.25, unit: 'ratio', expected: 25 },
  { kind: 'share', value: 59, unit: 'percent', expected: 59 },
  { kind: 'share', value: 256, unit: 'MB', of: 512, expected: 50 },
  { kind: 'share', value: 1.5, unit: 'cores', of: 2, expected: 75 },
  { kind: 'share', value: 256, unit: 'MB', expected: 'NotConfigured' },
  { kind: 'count', value: -1, unit: 'count', expected: 'OutOfRange' },
  { kind: 'count', value: 1e16, unit: 'count', expected: 'OutOfRange' },
  { kind: 'count', value: Number.NaN, unit: 'count', expected: 'NotANumber' },
  { kind: 'count', value: Infinity, unit: 'count', expected: 'NotANumber' },
])('$value $unit of $of as $kind is $expected', ({ kind, value, unit, of, expected }) => {
  expect(outcome(() => toBase(kind, value, unit, of))).toBe(expected);
});

const health = {
  data: {
    depth: 12,
    none: null,
    text: '12',
    fraction: ' 17.5e1 ',
    empty: '',
    hex: '0x10',
    thousands: '1,200',
    unit: '12 ms',
    infinite: 'Infinity',
    huge: '1e999',
    list: [{ value: 3 }],
    deep: { 'a-b': 0 },
    yes: true,
  },
};
it.each([
  { path: 'data.depth', expected: 12 },
  { path: 'data.list.0.value', expected: 3 },
  { path: 'data.deep.a-b', expected: 0 },
  { path: 'data.none', expected: 'EmptyResult' },
  { path: 'data.text', expected: 12 },
  { path: 'data.fraction', expected: 175 },
  { path: 'data.empty', expected: 'NotANumber' },
  { path: 'data.hex', expected: 'NotANumber' },
  { path: 'data.thousands', expected: 'NotANumber' },
  { path: 'data.unit', expected: 'NotANumber' },
  { path: 'data.infinite', expected: 'NotANumber' },
  { path: 'data.huge', expected: 'NotANumber' },
  { path: 'data.yes', expected: 'NotANumber' },
  { path: 'data.list', expected: 'NotANumber' },
  { path: 'data.missing', expected: 'NotFound' },
  { path: 'data.depth.more', expected: 'NotFound' },
  { path: 'data.none.more', expected: 'NotFound' },
  { path: 'data.list.length', expected: 'NotFound' },
  { path: 'data.constructor.length', expected: 'NotFound' },
])('finds $expected at $path', ({ path, expected }) => {
  expect(outcome(() => numberAt(health, path))).toBe(expected);
});

const NOW = Date.parse('2026-03-02T09:00:00Z');
const success = (resultType: string, result: unknown, rest = {}) => ({
  status: 'success',
  data: { resultType, result },
  ...rest,
});
const sample = [NOW / 1_000, '42.5'];
it.each([
  { name: 'a scalar', answer: success('scalar', sample), expected: { value: 42.5, at: NOW } },
  {
    name: 'one element',
    answer: success('vector', [{ metric: {}, value: sample }]),
    expected: { value: 42.5, at: NOW },
  },
  {
    name: 'warnings',
    answer: success('scalar', sample, { warnings: ['partial'] }),
    expected: { value: 42.5, at: NOW },
  },
  {
    name: "yesterday's sample",
    answer: success('scalar', [NOW / 1_000 - 86_400, '1']),
    expected: { value: 1, at: NOW - 86_400_000 },
  },
  {
    name: 'a clock a little ahead',
    answer: success('scalar', [NOW / 1_000 + 1, '1']),
    expected: { value: 1, at: NOW },
  },
  {
    name: 'a sample of the future',
    answer: success('scalar', [NOW / 1_000 + 3_600, '1']),
    expected: 'OutOfRange',
  },
  { name: 'nothing', answer: success('vector', []), expected: 'EmptyResult' },
  {
    name: 'several series',
    answer: success('vector', [{ value: sample }, { value: sample }]),
    expected: 'NotANumber',
  },
  { name: 'NaN', answer: success('scalar', [1, 'NaN']), expected: 'NotANumber' },
  { name: 'infinity', answer: success('scalar', [1, '+Inf']), expected: 'NotANumber' },
  { name: 'an empty text', answer: success('scalar', [1, '']), expected: 'NotANumber' },
  { name: 'a matrix', answer: success('matrix', []), expected: 'NotANumber' },
  { name: 'a histogram', answer: success('vector', [{ histogram: [1, {}] }]), expected: 'NotANumber' },
  { name: 'an error', answer: { status: 'error', errorType: 'x' }, expected: 'SourceRefused' },
  { name: 'another API', answer: [1, 2], expected: 'SourceRefused' },
  { name: 'null', answer: null, expected: 'SourceRefused' },
])('takes $name out of an answer of Prometheus', ({ answer, expected }) => {
  expect(outcome(() => resultOf(answer, NOW))).toEqual(expected);
});

it.each([
  { text: '123.4', expected: 123.4 },
  { text: '7', expected: 7 },
  { text: '-3', expected: -3 },
  { text: '1.2E-5', expected: 1.2e-5 },
  { text: 'd:0.12;', expected: 0.12 },
  { text: 'd:1.0E+25;', expected: 1e25 },
  { text: 'i:7;', expected: 7 },
  { text: 's:3:"abc";', expected: 'NotANumber' },
  { text: 's:1:"7";', expected: 'NotANumber' },
  { text: 'd:NAN;', expected: 'NotANumber' },
  { text: 'd:INF;', expected: 'NotANumber' },
  { text: 'N;', expected: 'NotANumber' },
  { text: 'b:1;', expected: 'NotANumber' },
  { text: '0x10', expected: 'NotANumber' },
  { text: '12 ms', expected: 'NotANumber' },
  { text: 'Ê', expected: 'NotANumber' },
])('reads the cached $text as $expected', ({ text, expected }) => {
  expect(outcome(() => parseCached(Buffer.from(text)).value)).toBe(expected);
});

it.each([
  { number: '49', hex: '000000020631', writer: 'igbinary' },
  { number: '0.12', hex: '000000020c3fbeb851eb851eb8', writer: 'igbinary' },
  { number: '45, which is a minus as text', hex: '2d', writer: 'msgpack' },
  { number: '7', hex: '07', writer: 'msgpack' },
  { number: '-3', hex: 'fd', writer: 'msgpack' },
  { number: '200', hex: 'ccc8', writer: 'msgpack' },
  { number: '2,000', hex: 'cd07d0', writer: 'msgpack' },
  { number: '49.5', hex: 'cb4048c00000000000', writer: 'msgpack' },
  { number: '49, as text', hex: 'a23439', writer: 'msgpack' },
  { number: '49, compressed', hex: '28b52ffd20021100003439', writer: 'zstd' },
])('names $writer, which has written $number', ({ hex, writer }) => {
  expect(() => parseCached(Buffer.from(hex, 'hex'))).toThrow(`written by ${writer}`);
});

it.each(['1', '0', '9'])('says that %s may be a number of msgpack', (text) => {
  expect(parseCached(Buffer.from(text))).toEqual({ value: Number(text), isOneDigit: true });
});
