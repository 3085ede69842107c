import { describe, expect, it } from 'vitest';
import { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import { UsageError } from '../../../src/cli/errors.ts';
import { parseSignalValues, readingsOf } from '../../../src/cli/signal-values.ts';

const NOW = Date.UTC(2026, 0, 1);
const spec = LeadPlatformSpec.parse({
  image: 'a',
  components: { queues: [{ name: 'default' }, { name: 'mail.out' }] },
});
const read = (...settings: string[]) => readingsOf(parseSignalValues(settings), spec, NOW);

describe('--set', () => {
  it.each([
    ['leadsPerDay=28000', 'leadsPerDay', 28_000],
    ['leadsPerMinute=0', 'leadsPerMinute', 0],
    ['responseTime=620ms', 'responseTime', 620],
    ['responseTime=0.7s', 'responseTime', 700],
    ['responseTime=620', 'responseTime', 620],
    ['cpu=59%', 'cpu', 59],
    ['memory=85.5', 'memory', 85.5],
    ['cpu=150%', 'cpu', 150],
    ['databaseSize=12GB', 'databaseSize', 12e9],
    ['databaseSize=10Gi', 'databaseSize', 10 * 2 ** 30],
    ['databaseConnections=60/100', 'databaseConnections', { used: 60, allowed: 100 }],
    ['databaseConnections=75%', 'databaseConnections', { used: 75, allowed: 100 }],
    [' agents = 40 ', 'agents', 40],
  ] as const)('reads %s in base units', (setting, name, value) => {
    expect(read(setting)[name]).toEqual({ value, at: NOW });
  });

  it('reads several at once, repeated or separated by commas', () => {
    const { leadsPerDay, queues } = read(
      'leadsPerDay=1,queueDepth.mail.out=7',
      'queueOldestAgeSeconds.mail.out=90s',
    );
    expect(leadsPerDay).toEqual({ value: 1, at: NOW });
    expect(queues['mail.out']).toEqual({
      value: { ready: 7, inFlight: 0, delayed: 0, oldestAgeSeconds: 90 },
      at: NOW,
    });
  });

  it('leaves what is not set unknown, never zero', () => {
    const { cpu, queues } = read('leadsPerDay=1');
    expect(cpu).toMatchObject({ unknown: 'NotConfigured' });
    expect(Object.keys(queues)).toEqual(['vici-updates', 'default', 'mail.out']);
    expect(queues['default']).toMatchObject({ unknown: 'NotConfigured' });
  });

  it.each([
    ['leadsPerDay', /is not name=value/],
    ['leadsPerDay=10,000', /"000" is not name=value; .* without thousands separators/],
    ['leadsPerDay=-1', /leadsPerDay: "-1" is not a count/],
    ['leadsPerDay=NaN', /leadsPerDay: "NaN" is not a count/],
    ['leadsPerDay=Infinity', /is not a count/],
    ['leadsPerDay=28k', /is not a count; write it like 28000/],
    ['leadsPerDay=', /leadsPerDay: "" is not a count/],
    ['leadsPerDay=1,leadsPerDay=2', /leadsPerDay is set twice/],
    ['leadsPerDya=1', /unknown signal "leadsPerDya"; did you mean leadsPerDay\? Signals: leadsPerDay,/],
    ['speed=1', /unknown signal "speed"\. Signals: .*queueDepth\.<queue>/],
    ['constructor=1', /unknown signal "constructor"/],
    ['queueDepth=5', /queueDepth needs the name of a queue, like queueDepth\.vici-updates/],
    [
      'queueDepth.mial.out=5',
      /unknown queue "mial\.out"; did you mean mail\.out\? Queues: vici-updates, default/,
    ],
    ['queueDepth.default=1.5', /is not a whole number of jobs/],
    ['queueOldestAgeSeconds.default=5', /needs queueDepth\.default beside it/],
    ['responseTime=620GB', /is not a duration; write it like 250ms/],
    ['responseTime=-5ms', /is not a duration/],
    ['databaseSize=12 gigs', /is not a size; write it like 12GB/],
    ['cpu=59ms', /is not a percentage; write it like 59%/],
    ['cpu=99999%', /is not a percentage/],
    ['databaseConnections=60/0', /is not used\/allowed; write it like 60\/100/],
    ['databaseConnections=1/2/3', /is not used\/allowed/],
  ])('says what is wrong with %s', (setting, sentence) => {
    expect(() => read(setting)).toThrow(UsageError);
    expect(() => read(setting)).toThrow(sentence);
  });
});
