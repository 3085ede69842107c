/**
 * A sizing policy of somebody else, to measure beside the operator: a folder whose `policy.ts` exports `empty(params)`,
 * `next(state, observation, params)` and `DEFAULTS`. It is read from there, as the traces are.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Policy } from '../../src/simulate/queue/policy.ts';
import type { Case } from './cases.ts';
import { UsageError } from '../options.ts';

interface Params {
  readonly tick: number;
}

interface PolicyModule {
  readonly DEFAULTS: Params;
  empty(params: object): object;
  next(state: object, observation: object, params: object): number;
}

/** Seconds between two counts of leads, as the operator's sources have it. */
const COUNT_SECONDS = 15;

export type Reference = (one: Case) => Policy;

export async function loadReference(folder: string): Promise<Reference> {
  const path = join(folder, 'policy.ts');
  const module = await importFrom(path);
  if (!isPolicy(module))
    throw new UsageError(`--reference: ${path} does not export DEFAULTS, empty and next`);
  return (one) => policyOf(module, one);
}

async function importFrom(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    throw new UsageError(`--reference: ${path} cannot be loaded: ${(error as Error).message}`);
  }
}

function isPolicy(module: unknown): module is PolicyModule {
  const { DEFAULTS, empty, next } = module as Partial<PolicyModule>;
  return typeof DEFAULTS === 'object' && typeof empty === 'function' && typeof next === 'function';
}

function policyOf({ DEFAULTS, empty, next }: PolicyModule, one: Case): Policy {
  const params = {
    ...DEFAULTS,
    T: one.objectiveSeconds,
    S: one.podStartSeconds,
    D: DEFAULTS.tick + 1,
    m0: one.serviceSeconds,
  };
  const state = empty(params);
  let [leads, countedAt] = [0, -Infinity];
  return {
    name: 'reference',
    settings: {},
    interval: DEFAULTS.tick,
    next: ({ now, ready, inFlight, oldestAgeSeconds, readyPods, wanted, arrived }) => {
      if (now - countedAt >= COUNT_SECONDS) [leads, countedAt] = [arrived, now];
      const observation = {
        now,
        ready,
        inFlight,
        oldestAge: oldestAgeSeconds,
        readyPods,
        desired: wanted,
        leads,
      };
      return next(state, observation, params);
    },
  };
}
