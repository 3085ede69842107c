/** The sentences of a decision that are not about the rung or a part. */
import { capabilityOf } from '../capabilities/index.ts';
import type { Ladder, Rung } from '../ladder/ladder.ts';
import { count } from '../signals/words.ts';
import type { CapabilityDecision, SignalView } from './types.ts';

/** Adds what is brought ahead of its rung, and what waits for a person. */
export function capabilityReasons(
  reasons: string[],
  capabilities: readonly CapabilityDecision[],
  ladder: Ladder,
  rung: Rung,
): void {
  for (const { name, required, consent } of capabilities) {
    const ahead = required && (ladder.adding.get(name)?.index ?? 0) > rung.index;
    if (ahead) {
      const from = count(capabilityOf(name).requiredFrom ?? 0);
      reasons.push(
        consent === 'Declined'
          ? `From ${from} leads/day the platform breaks without ${name}, but its policy is Never.`
          : `From ${from} leads/day the platform breaks without ${name}: it comes at once, ahead of its rung.`,
      );
    } else if (required && consent === 'Declined') {
      reasons.push(`The load requires ${name}, but its policy is Never.`);
    } else if (consent === 'Awaited') {
      reasons.push(
        `${name} waits for consent: name it in the annotation leadplatform.io/confirm, or set its policy to Auto.`,
      );
    }
  }
}

/** Adds what could not be measured though it is configured, and where the database is heading. */
export function signalReasons(reasons: string[], signals: readonly SignalView[]): void {
  for (const signal of signals) {
    const { message } = signal;
    if (message === undefined) continue;
    const { name, unknown } = signal;
    if (unknown === undefined) {
      if (name === 'databaseSize') reasons.push(`The database ${message}.`);
    } else if (unknown !== 'NotConfigured' && !name.startsWith('queueOldestAge')) {
      // An age that a payload does not tell is no fault of anybody, and a queue that was not read says so by its depth.
      reasons.push(`${name} is unknown (${unknown}): ${message}.`);
    }
  }
}
