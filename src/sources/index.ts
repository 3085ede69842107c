/** From a spec to what reads it: which sources it asks for, and the load of the past. */
export { Pools } from './pools.ts';
export { Poller } from './poller.ts';
export type { SourceDeps } from './deps.ts';
export { SourceFailure } from './failure.ts';
export type { MeasuredSpec } from './measured-spec.ts';
export { createSources, sourcesFingerprint } from './wiring.ts';
export { readPastLoad } from './past-load.ts';
export { type ProbeRunner, probeRunnerOf } from './probes/index.ts';
