import { cpus, loadavg, totalmem } from 'node:os';
import type { Machine } from './results.ts';

/** The machine as it is now. */
export function machine(kubernetes?: string): Machine {
  const all = cpus();
  return {
    at: new Date().toISOString(),
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    ...(kubernetes !== undefined && { kubernetes }),
    loadAverage: loadavg()[0] ?? Number.NaN,
  };
}
