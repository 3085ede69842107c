/** Every kind of source. A new one is a folder, its entry in `src/api/schema/signals.ts`, and a line here. */
import { createHash } from 'node:crypto';
import { queueNames } from '../signals/view.ts';
import type { SourceDeps } from './deps.ts';
import { external } from './http/wiring.ts';
import { kubernetes } from './kubernetes.ts';
import type { MeasuredSpec } from './measured-spec.ts';
import type { Source } from './port.ts';
import { postgres } from './postgres/wiring.ts';
import { rabbitmq } from './rabbitmq/wiring.ts';
import { redis } from './redis/wiring.ts';
import type { SourceKind } from './source-kind.ts';

const KINDS: readonly SourceKind[] = [external, postgres, rabbitmq, redis, kubernetes];

/** The sources of a platform. Each holds a share of a connection until it is closed. Opens none before the first poll. */
export function createSources(spec: MeasuredSpec, deps: SourceDeps): Source[] {
  return KINDS.flatMap((kind) => kind(spec, deps));
}

/** Equal for two specs when their sources would read the same: then the running ones can stay. */
export function sourcesFingerprint(spec: MeasuredSpec): string {
  return createHash('sha256')
    .update(JSON.stringify([spec.stores, spec.signals, queueNames(spec)]))
    .digest('base64url');
}
