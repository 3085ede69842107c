/** A job runs once: the application gives it to no other worker before the longest job can be over. */
import { describe, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../../src/api/schema/leadplatform.ts';
import type { SignalView } from '../../../../src/model/decision.ts';
import { jobsRunTwice } from '../../../../src/plan/status/jobs-run-twice.ts';
import { Story } from '../../capabilities/story.ts';
import { specOf } from '../fixtures.ts';

type Spec = Partial<LeadPlatformSpecInput>;
const REDIS = 'REDIS_QUEUE_RETRY_AFTER';
const DATABASE = 'DB_QUEUE_RETRY_AFTER';
const queue = (more: object): Spec => ({ components: { queues: [{ name: 'default', ...more }] } });

describe('what workers are told', () => {
  it.each<[string, Spec, string]>([
    ['30 s more than the default of the longest job', {}, '150'],
    ['the same for all workers, by the longest job of any', queue({ longestJob: '10m' }), '630'],
    [
      'more than the time-out of a command of the user',
      queue({ command: ['php', 'artisan', 'queue:work', '--timeout=900'] }),
      '930',
    ],
    [
      'more than that time-out in a line for a shell',
      queue({ command: ['sh', '-c', 'exec php artisan queue:work redis --timeout 300 --tries=3'] }),
      '330',
    ],
    [
      'the longest job, where a command has no time-out',
      queue({ command: ['php', 'artisan', 'queue:work', '--timeout=0'] }),
      '150',
    ],
  ])('is %s', (_, spec, expected) => {
    const told = new Story([], spec).settle();
    for (const component of ['sync', 'queue-default']) {
      expect(told.env(component, REDIS), component).toEqual([expected]);
      expect(told.env(component, DATABASE), component).toEqual([expected]);
    }
    expect(told.env('ingest', REDIS)).toEqual([undefined]);
  });

  it('is so with all in one pod, too', () => {
    const told = new Story([], {}, { separate: false }).settle();
    expect(told.env('all-in-one', REDIS)).toContain('150');
  });

  it('is what spec.env says, where it says something', () => {
    const told = new Story([], { env: [{ name: REDIS, value: '90' }] }).settle();
    expect(told.env('sync', REDIS)).toEqual(['90']);
    expect(told.env('sync', DATABASE)).toEqual(['150']);
    const condition = told.driver.status.conditions?.find(({ type }) => type === 'JobsMayRunTwice');
    expect(condition).toMatchObject({
      status: 'True',
      reason: 'RetryAfterTooShort',
      message: expect.stringContaining('to 90, and a job may run for 120 s'),
    });
  });

  it('is no condition where it is enough', () => {
    const told = new Story([], {}).settle();
    expect(told.driver.status.conditions?.map(({ type }) => type)).not.toContain('JobsMayRunTwice');
  });
});

const seen = (name: string, value: number): SignalView => ({
  name: `queueRetryAfterSeconds.${name}`,
  unit: 's',
  value,
});
const own = (name: string, value: string): Spec => ({ env: [{ name, value }] });

it.each<[string, Spec, readonly SignalView[], readonly RegExp[]]>([
  ['the application hard-codes 90', {}, [seen('default', 91)], [/queue default .* after 91 s.* 120 s/]],
  [
    'two queues are concerned',
    {},
    [seen('default', 91), seen('vici-updates', 90)],
    [/queue vici-updates/, /queue default/],
  ],
  ['the measured number is above the longest job', {}, [seen('default', 121)], []],
  ['jobs are short', { ...queue({ longestJob: '30s' }) }, [seen('default', 90)], []],
  ['nothing was measured', {}, [], []],
  ['spec.env sets the longest job itself', own(REDIS, '120'), [], [/REDIS_QUEUE_RETRY_AFTER to 120/]],
  ['spec.env sets more', own(REDIS, '121'), [], []],
  ['spec.env sets what PHP takes for zero', own(REDIS, 'two minutes'), [], [/two minutes/]],
  ['spec.env sets that of a connection that no worker uses', own(DATABASE, '90'), [], []],
  [
    'workers use the database',
    {
      ...own(DATABASE, '90'),
      components: {
        queues: [{ name: 'default', command: ['php', 'artisan', 'queue:work', 'database'] }],
      },
    },
    [],
    [/DB_QUEUE_RETRY_AFTER to 90/],
  ],
  [
    'spec.env takes it from a Secret, which is not read',
    { env: [{ name: REDIS, valueFrom: { secretKeyRef: { name: 'app', key: 'retry' } } }] },
    [],
    [],
  ],
])('is told where %s', (_, spec, signals, expected) => {
  const found = jobsRunTwice(specOf(spec), signals);
  expect(found).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) expect(found[index]).toMatch(pattern);
});
