import { expect, it } from 'vitest';
import { JobAge } from '../../../src/sources/redis/job-age.ts';
import { readHead } from '../../../src/sources/redis/payload.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const seconds = NOW / 1_000;

it.each([
  {
    name: "Horizon's pushedAt, as text",
    job: { pushedAt: `${seconds - 90.5}`, createdAt: seconds - 500 },
    age: 90.5,
  },
  { name: "Laravel's createdAt", job: { createdAt: seconds - 60 }, age: 60 },
  { name: 'a time ahead of ours', job: { createdAt: seconds + 5 }, age: 0 },
  { name: 'milliseconds in place of seconds', job: { createdAt: NOW }, age: undefined },
  { name: 'no time and no uuid', job: { displayName: 'App\\Jobs\\Push' }, age: undefined },
  { name: 'a time that is none', job: { createdAt: 'yesterday' }, age: undefined },
  { name: 'null', job: null, age: undefined },
])('takes the age from $name', ({ job, age }) => {
  const result = new JobAge().observe(3, JSON.stringify(job), NOW);
  if (age === undefined) expect(result).toBeUndefined();
  else expect(result).toBeCloseTo(age, 3);
});

it('counts since it has seen the same job at the head, when the payload has a uuid alone', () => {
  const age = new JobAge();
  expect(age.observe(2, '{"uuid":"a","attempts":0}', NOW)).toBe(0);
  expect(age.observe(2, '{"uuid":"a","attempts":0}', NOW + 5_000)).toBe(5);
  expect(age.observe(2, '{"uuid":"a","attempts":1}', NOW + 6_000)).toBe(6);
  expect(age.observe(1, '{"uuid":"b"}', NOW + 7_000)).toBe(0);
  expect(age.observe(0, null, NOW + 8_000)).toBeUndefined();
  expect(age.observe(1, '{"uuid":"b"}', NOW + 9_000)).toBe(0);
});

it('neither parses a payload of megabytes nor fetches it every second', () => {
  const age = new JobAge();
  const large = JSON.stringify({ createdAt: seconds - 60, data: 'x'.repeat(2_000_000) });
  expect(age.observe(1, large, NOW)).toBeUndefined();
  expect(age.isWorthReading(NOW + 1_000)).toBe(false);
  expect(age.isWorthReading(NOW + 31_000)).toBe(true);
});

it.each(['', 'O:8:"stdClass":0:{}', '[]', '7', '"text"'])('finds nothing in the payload %s', (payload) => {
  expect(readHead(payload)).toEqual({});
});
