import { describe, expect, it } from 'vitest';
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
  {
    name: 'a job that became due a second ago: an hour of delay is no wait',
    job: { createdAt: seconds - 3_601, delay: 3_600 },
    age: 1,
  },
  {
    name: "a delayed job of Horizon's",
    job: { pushedAt: `${seconds - 630.5}`, createdAt: seconds - 5_000, delay: 600 },
    age: 30.5,
  },
  { name: 'a delay as text', job: { createdAt: seconds - 100, delay: '60' }, age: 40 },
  { name: 'a delay with a fraction', job: { createdAt: seconds - 100, delay: 59.5 }, age: 40.5 },
  { name: 'a delay of null', job: { createdAt: seconds - 100, delay: null }, age: 100 },
  {
    name: 'a negative delay, which Laravel takes for none',
    job: { createdAt: seconds - 100, delay: -60 },
    age: 100,
  },
  { name: 'a delay that is no number', job: { createdAt: seconds - 100, delay: 'PT1H' }, age: undefined },
  {
    name: 'a delay that is a date',
    job: { createdAt: seconds - 100, delay: { date: '2026-03-02' } },
    age: undefined,
  },
  {
    name: 'a delay in milliseconds, after which the job would not be due yet',
    job: { createdAt: seconds - 7_200, delay: 3_600_000 },
    age: undefined,
  },
  {
    name: 'a job that a worker has put back, and nobody tells when',
    job: { createdAt: seconds - 3_601, attempts: 1 },
    age: undefined,
  },
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
  // A worker had it in between, and put it back: it became due again.
  expect(age.observe(2, '{"uuid":"a","attempts":1}', NOW + 6_000)).toBe(0);
  expect(age.observe(1, '{"uuid":"b"}', NOW + 7_000)).toBe(0);
  expect(age.observe(0, null, NOW + 8_000)).toBeUndefined();
  expect(age.observe(1, '{"uuid":"b"}', NOW + 9_000)).toBe(0);
});

it.each([
  { name: 'that was put back with a backoff', job: { createdAt: seconds - 9_000, attempts: 2 } },
  {
    name: "of `horizon retry`, which keeps the old job's delay",
    job: { pushedAt: `${seconds}`, createdAt: seconds - 9_000, delay: 3_600 },
  },
])('counts a job $name since it was seen', ({ job }) => {
  const age = new JobAge();
  const payload = JSON.stringify({ uuid: 'a', ...job });
  expect(age.observe(1, payload, NOW)).toBe(0);
  expect(age.observe(1, payload, NOW + 5_000)).toBe(5);
  // The time at which it would be due by its payload passes, and changes nothing.
  expect(age.observe(1, payload, NOW + 4_000_000)).toBe(4_000);
});

it('knows that a job came after the queue was seen empty, as one of `queue:retry` does with its old time', () => {
  const age = new JobAge();
  age.idle(NOW);
  expect(age.observe(1, JSON.stringify({ createdAt: seconds - 86_400, attempts: 0 }), NOW + 2_000)).toBe(2);
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

describe('for how long a job has been the first', () => {
  const job = (uuid: string) => JSON.stringify({ uuid, createdAt: seconds - 60 });

  it('is told since it was seen there, and anew for each other one', () => {
    const age = new JobAge();
    const told = [
      ['a', 0],
      ['a', 1_000],
      ['a', 4_500],
      ['b', 5_000],
      ['b', 6_000],
    ].map(([uuid, at]) => {
      age.observe(3, job(String(uuid)), NOW + Number(at));
      return age.firstFor(NOW + Number(at));
    });
    expect(told).toEqual([0, 1, 4.5, 0, 1]);
  });

  it.each<[string, (age: JobAge) => void]>([
    ['none was seen', () => undefined],
    ['none waits any more', (age) => age.idle(NOW)],
    ['one cannot be told from another', (age) => age.observe(1, '{"createdAt":1}', NOW)],
    ['it is none that can be read', (age) => age.observe(1, 'not a job', NOW)],
  ])('is not told where %s', (_, happens) => {
    const age = new JobAge();
    happens(age);
    expect(age.firstFor(NOW + 5_000)).toBeUndefined();
  });
});
