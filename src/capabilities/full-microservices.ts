import type { Capability } from './contract/capability.ts';
import { ABSENT, blocked, type PartialContribution, progressing, ready } from './contract/contribution.ts';
import type { CapabilityContext } from './contract/context.ts';

export const fullMicroservices: Capability = {
  name: 'full-microservices',
  summary: 'Nothing may be missing any more.',
  manual: {
    fields: ['spec.capabilities.microservices', 'spec.transitions.policies'],
    how: 'It adds nothing of its own: every service is split off, and it is Ready once every other capability of the ladder is in place (`Ready` or `External`). Until then it names what is missing, and each of those says itself what it waits for. What was declined counts as missing: from this load on the platform breaks without it.',
    costs: 'Nothing beyond what the others cost.',
    touches: 'Nothing by itself.',
    undo: 'Set the policy of `full-microservices` to `Never`; it is then reported as declined, and as required.',
  },
  build: (context) => (context.wanted ? complete(context) : ABSENT),
};

/** It comes last, so how far all others are is known. */
function complete({ decision, stateOf }: CapabilityContext): PartialContribution {
  const missing = decision.capabilities
    .filter(({ name }) => name !== 'full-microservices')
    .map(({ name }) => ({ name, state: stateOf(name) }))
    .filter(({ state }) => state !== 'Ready' && state !== 'External');
  if (missing.length === 0) return ready('Every capability of the ladder is in place.');
  const list = missing.map(({ name, state }) => `${name} (${state ?? 'unknown'})`).join(', ');
  const isMoving = missing.every(({ state }) => state === 'Progressing');
  return isMoving
    ? progressing('Incomplete', `On the way: ${list}.`)
    : blocked('Incomplete', `Missing: ${list}. Each says under status.capabilities what it needs.`);
}
