import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, bandOf, limitOf, type BandedSignal } from '../../../src/signals/bands.ts';

describe('health bands', () => {
  it.each<[BandedSignal, number, string]>([
    ['leadsPerDay', 9_999, 'green'],
    ['leadsPerDay', 10_000, 'yellow'],
    ['leadsPerDay', 25_000, 'yellow'],
    ['leadsPerDay', 25_001, 'red'],
    ['apiCallsPerHour', 499, 'green'],
    ['apiCallsPerHour', 500, 'yellow'],
    ['apiCallsPerHour', 1_000, 'yellow'],
    ['apiCallsPerHour', 1_001, 'red'],
    ['databaseSize', 9.99e9, 'green'],
    ['databaseSize', 10e9, 'yellow'],
    ['databaseSize', 50e9, 'yellow'],
    ['databaseSize', 50e9 + 1, 'red'],
    ['queueDepth', 999, 'green'],
    ['queueDepth', 5_000, 'yellow'],
    ['queueDepth', 5_001, 'red'],
    ['responseTime', 199.9, 'green'],
    ['responseTime', 500, 'yellow'],
    ['responseTime', 500.1, 'red'],
    ['cpu', 59.9, 'green'],
    ['cpu', 80, 'yellow'],
    ['cpu', 80.1, 'red'],
    ['memory', 69.9, 'green'],
    ['memory', 85, 'yellow'],
    ['memory', 85.1, 'red'],
  ])('%s at %d is %s', (signal, value, band) => {
    expect(bandOf(DEFAULT_LIMITS[signal], value)).toBe(band);
  });

  it('is taken from the spec where the spec has one', () => {
    expect(limitOf({ cpu: { yellow: 10, red: 20 } }, 'cpu')).toEqual({ yellow: 10, red: 20 });
    expect(limitOf({ cpu: { yellow: 10, red: 20 } }, 'memory')).toEqual({ yellow: 70, red: 85 });
  });
});
