/** Which sources a spec asks for. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { SourceDeps } from './deps.ts';
import type { Source } from './port.ts';

/** The sources of a platform. Each holds a share of a connection until it is closed. */
export function createSources(_spec: LeadPlatformSpec, _deps: SourceDeps): Source[] {
  return [];
}

/** Equal for two specs exactly when their sources would read the same; then the running ones can stay. */
export function sourcesFingerprint(spec: LeadPlatformSpec): string {
  return JSON.stringify([spec.stores, spec.signals, spec.components.queues.map(({ name }) => name)]);
}
