import { describe, expect, it } from 'vitest';
import { DAY, MONDAY, TIMED_OUT, decideGiven, spec } from './given.ts';

describe('the signals of a decision', () => {
  it('have the names that people use, known or not', () => {
    const { signals } = decideGiven({
      values: {
        leadsPerDay: 12_000,
        queues: { default: { ready: 3, inFlight: 2, delayed: 1, oldestAgeSeconds: 4 } },
      },
    });
    expect(signals.map(({ name, value, band, unknown }) => [name, value ?? unknown, band])).toEqual([
      ['leadsPerDay', 12_000, 'yellow'],
      ['leadsPerMinute', 'NotConfigured', undefined],
      ['leadsTotal', 'NotConfigured', undefined],
      ['activeLeads', 'NotConfigured', undefined],
      ['apiCallsPerHour', 'NotConfigured', undefined],
      ['databaseSize', 'NotConfigured', undefined],
      ['databaseConnections', 'NotConfigured', undefined],
      ['responseTime', 'NotConfigured', undefined],
      ['cpu', 'NotConfigured', undefined],
      ['memory', 'NotConfigured', undefined],
      ['agents', 'NotConfigured', undefined],
      ['queueDepth', 'NotYetRead', undefined],
      ['queueDepth.vici-updates', 'NotYetRead', undefined],
      ['queueOldestAgeSeconds.vici-updates', 'NotYetRead', undefined],
      ['queueDepth.default', 6, 'green'],
      ['queueOldestAgeSeconds.default', 4, 'green'],
    ]);
  });

  it('band a queue at a time, and their sum', () => {
    const { signals } = decideGiven({
      values: { queues: { default: { ready: 4_000 }, 'vici-updates': { inFlight: 10, delayed: 1_500 } } },
    });
    const bands = Object.fromEntries(signals.map(({ name, value, band }) => [name, [value, band]]));
    expect(bands).toMatchObject({
      queueDepth: [5_510, 'red'],
      'queueDepth.default': [4_000, 'yellow'],
      'queueDepth.vici-updates': [1_510, 'yellow'],
    });
  });

  it.each([
    [60, '60s', 0, 'green'],
    [59, '60s', 1, 'green'],
    [60, '60s', 1, 'yellow'],
    [120, '60s', 1, 'yellow'],
    [637, '60s', 1, 'red'],
    [637, '10m', 1, 'yellow'],
    [0.5, '0s', 1, 'green'],
    [3, '0s', 1, 'red'],
  ])('band the age of %d s by the objective %s, with %d jobs ready: %s', (age, pickupTime, ready, band) => {
    const { signals } = decideGiven({
      spec: spec({ components: { queues: [{ name: 'default', pickupTime }] } }),
      values: { queues: { default: ready === 0 ? { ready } : { ready, oldestAgeSeconds: age } } },
    });
    expect(signals.find(({ name }) => name === 'queueOldestAgeSeconds.default')?.band).toBe(band);
  });

  it('say why one is unknown that has a source, and nothing of those without', () => {
    const { reasons } = decideGiven({ values: { responseTime: TIMED_OUT } });
    const about = reasons.filter((reason) => reason.includes('is unknown ('));
    expect(about).toContain('responseTime is unknown (SourceTimeout): the source did not answer in time.');
    expect(about.some((reason) => reason.startsWith('cpu'))).toBe(false);
  });

  it('say where the database is heading', () => {
    const { reasons } = decideGiven({
      values: { databaseSize: 45e9 },
      history: { sizes: [{ at: MONDAY - 5 * DAY, value: 40e9 }] },
    });
    expect(reasons).toContain('The database reaches 50 GB in about 5 days, at 1 GB a day.');
  });

  it('are red since when they became so, through an unknown, until they are not', () => {
    const red = decideGiven({ values: { responseTime: 600 } });
    expect(red.history.redSince).toEqual({ responseTime: MONDAY });
    const lost = decideGiven({
      values: { responseTime: TIMED_OUT },
      history: red.history,
      now: MONDAY + 1_000,
    });
    expect(lost.history.redSince).toEqual({ responseTime: MONDAY });
    const fine = decideGiven({ values: { responseTime: 500 }, history: lost.history, now: MONDAY + 2_000 });
    expect(fine.history.redSince).toEqual({});
  });
});
