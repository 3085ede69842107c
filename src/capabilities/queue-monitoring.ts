import type { Capability } from './capability.ts';
import { ABSENT, blocked, ready } from './contribution.ts';

export const queueMonitoring: Capability = {
  name: 'queue-monitoring',
  recommendedFrom: 5_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['queueDepth'],
  summary: 'Shows how deep each queue is, by Horizon or as good.',
  manual: {
    fields: ['spec.signals.queueDepth', 'spec.stores.redis'],
    how: 'The operator reads the depth of each queue itself, every few seconds, and shows it in `status.signals`, in its metrics and in `leadplatform status`. It is Ready once the depth of every queue is known, and Blocked, with the queues and the reasons, while one is not.',
    costs: 'A few short questions to the Redis, shared by all platforms that read the same one.',
    touches: 'Nothing of the platform. Horizon is yours to run, and not needed for this.',
    undo: 'Set the policy of `queue-monitoring` to `Never`: it is no longer asked for. Queues are measured all the same, for workers are sized by them.',
  },
  // The operator measures each queue itself, and shows it in status, metrics and `leadplatform status`.
  build: ({ wanted, decision }) => {
    if (!wanted) return ABSENT;
    const queues = decision.signals.filter(({ name }) => name.startsWith('queueDepth.'));
    const unknown = queues.filter(({ value }) => value === undefined);
    if (queues.length === 0 || unknown.some(({ unknown: reason }) => reason === 'NotConfigured')) {
      return blocked(
        'NoQueueSource',
        'No source tells how deep the queues are; give stores.redis, or signals.queueDepth.',
      );
    }
    return unknown.length === 0
      ? ready('The depth of every queue is known.')
      : blocked(
          'QueueDepthUnknown',
          `The depth is not known of: ${unknown.map(({ name, unknown: reason }) => `${name.slice('queueDepth.'.length)} (${reason})`).join(', ')}; see status.signals.`,
        );
  },
};
