import { blocked, ready, type Reporter } from './report.ts';

/** The operator measures each queue itself, and shows it in status, metrics and `leadplatform status`. */
export const queueMonitoring: Reporter = ({ decision }) => {
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
};
