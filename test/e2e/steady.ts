import { type LoadOptions, type LoadOutcome, sendLeads } from '../../testbed/load/sender.ts';

/** Long enough for every test: the load ends with what it is for. */
const LONGEST_S = 900;

/**
 * Sends leads at a steady rate for as long as `during` takes, and back with what became of them: also of those that were
 * under way at its end.
 */
export async function withSteadyLeads(
  options: Pick<LoadOptions, 'url' | 'rate' | 'work'>,
  during: () => Promise<void>,
): Promise<LoadOutcome> {
  const end = new AbortController();
  const outcome = sendLeads({ ...options, count: Math.floor(options.rate * LONGEST_S), signal: end.signal });
  try {
    await during();
  } finally {
    end.abort();
    await outcome.catch(() => undefined);
  }
  return outcome;
}
