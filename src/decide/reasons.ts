/** The sentences of a decision that are not about the rung or a part. */
import { capabilityOf } from '../capabilities/index.ts';
import type { Ladder, Rung } from '../ladder/ladder.ts';
import { count } from '../signals/words.ts';
import type { CapabilityDecision, SignalView } from './types.ts';

/** What is brought ahead of its rung, and what waits for a person. */
export function capabilityReasons(
  capabilities: readonly CapabilityDecision[],
  ladder: Ladder,
  rung: Rung,
): string[] {
  const reasons: string[] = [];
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
  return reasons;
}

/** What could not be measured though it is configured, and where the database is heading. */
export function signalReasons(signals: readonly SignalView[]): string[] {
  const reasons: string[] = [];
  for (const { name, unknown, message, value } of signals) {
    // An age that a payload does not tell is no fault of anybody, and a queue that was not read says so by its depth.
    if (name.startsWith('queueOldestAge')) continue;
    if (unknown !== undefined && unknown !== 'NotConfigured') {
      reasons.push(`${name} is unknown (${unknown}): ${message ?? 'no more is known'}.`);
    } else if (value !== undefined && message !== undefined && name === 'databaseSize') {
      reasons.push(`The database ${message}.`);
    }
  }
  return reasons;
}
