/** What sizing costs and how late jobs are, on recorded arrivals: the operator beside KEDA and an HPA in many settings. */
import type { Log } from '../../testbed/progress.ts';
import { machine } from '../machine.ts';
import type { Options } from '../options.ts';
import type { Section } from '../results.ts';
import { beyondSection, measureBeyond } from './beyond.ts';
import { usualCases } from './cases.ts';
import { panelsOf, writeFronts } from './fronts.ts';
import { Measured } from './measured.ts';
import { loadReference } from './reference.ts';
import { readTraces } from './traces.ts';
import { measureUsual, usualSection } from './usual.ts';

export async function benchCore(options: Options, log: Log): Promise<readonly Section[]> {
  const before = machine();
  const traces = await readTraces(options.traces);
  const { reference } = options;
  // Each thread loads it for itself; here it is seen whether it can be.
  if (reference !== undefined) await loadReference(reference);
  const cases = usualCases(traces);
  const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
  const hasReference = reference !== undefined;
  const usual = { cases, seeds, isReal: options.traces !== undefined, hasReference };
  const beyond = { traces, seeds, hasReference };
  const measured = new Measured({ traces: options.traces, reference }, log);
  const best = await measureUsual(measured, usual);
  await measureBeyond(measured, beyond);
  if (options.write) await writeFronts(panelsOf(measured, cases, seeds[0] ?? 1));
  return [usualSection(measured, usual, best), beyondSection(measured, beyond)].map((section) => ({
    ...section,
    machine: before,
  }));
}
