/** A platform on `separated` that has been decided about for more than a week, and the readings that go on coming. */
import { eachScalar } from '../src/api/signals.ts';
import { admit } from '../src/api/admit.ts';
import type { LeadPlatformSpec } from '../src/api/schema/leadplatform.ts';
import { decide, emptyHistory } from '../src/decide/decide.ts';
import type { DecideInput, History, ObservedComponent } from '../src/model/decision.ts';
import { known, unknown, type Instant, type Reading } from '../src/model/reading.ts';
import type { Readings } from '../src/model/readings.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const START: Instant = Date.UTC(2026, 0, 5);
const NOTHING_CONFIRMED: ReadonlySet<string> = new Set();
const NO_SOURCE: Reading<never> = unknown('NotConfigured', 'no source is given for it');

export interface Scene {
  readonly spec: LeadPlatformSpec;
  readonly components: readonly ObservedComponent[];
  readonly history: History;
  readonly now: Instant;
}

/** Ingest, sync and one queue: the parts of `separated` with the defaults of everything else. */
function specOf(): LeadPlatformSpec {
  const admission = admit({
    image: 'registry.example/brain:1.4.0',
    stores: { postgres: { host: 'postgres' }, redis: { host: 'redis' } },
  });
  if (!admission.ok) throw new Error('the spec of the bench is not admitted');
  return admission.spec;
}

/** Everything that the stores tell, each a little different from instant to instant. */
export function readingsAt(now: Instant): Readings {
  const wave = Math.sin((now / DAY) * 2 * Math.PI);
  const ripple = (now / 1_000) % 97;
  const depth = (most: number) => Math.round(most * (0.5 + 0.5 * wave)) + ripple;
  return {
    ...eachScalar(() => NO_SOURCE),
    leadsPerDay: known(12_000 + Math.round(800 * wave) + ripple, now),
    leadsPerMinute: known(8 + Math.round(4 * wave) + (ripple % 5), now),
    leadsTotal: known(1_900_000 + ripple, now),
    databaseSize: known(6.2e9 + ripple * 8_192, now),
    databaseConnections: known({ used: 31 + (ripple % 7), allowed: 97 }, now),
    responseTime: known(150 + ripple, now),
    cpu: known(48 + (ripple % 20), now),
    memory: known(55 + (ripple % 9), now),
    queues: {
      'vici-updates': known({ ready: depth(40), inFlight: 1, delayed: 3, oldestAgeSeconds: 4 }, now),
      default: known({ ready: depth(150), inFlight: 2, delayed: 0, oldestAgeSeconds: 6 }, now),
    },
  };
}

export function inputOf(
  { spec, components }: Pick<Scene, 'spec' | 'components'>,
  readings: Readings,
): DecideInput {
  return { spec, components, readings, confirmed: NOTHING_CONFIRMED };
}

/** Ten days of decisions, one a minute: the load of the look-back is there in full. */
export function longHistory(): Scene {
  const spec = specOf();
  let history = emptyHistory();
  let components: ObservedComponent[] = [];
  const end = START + 10 * DAY;
  for (let now = START; now < end; now += MINUTE) {
    const decision = decide(inputOf({ spec, components }, readingsAt(now)), history, now);
    history = decision.history;
    components = decision.components.map(({ name, replicas }) => ({
      name,
      desiredReplicas: replicas,
      readyReplicas: replicas,
    }));
  }
  return { spec, components, history, now: end };
}
