import { formatDuration } from '../api/quantity.ts';
import { queueNames } from '../signals/view.ts';
import type { HorizonProbe, HorizonFacts } from '../probes/probe.ts';
import type { Capability } from './contract/capability.ts';
import {
  ABSENT,
  blocked,
  type PartialContribution,
  progressing,
  type Progress,
  ready,
} from './contract/contribution.ts';
import { firstRedis } from './queues/server.ts';
import type { CapabilityContext } from './contract/context.ts';
import { own as ownValue } from '../api/own.ts';

/** Horizon takes a snapshot every five minutes, where it is scheduled as its manual says. */
const SNAPSHOT_TOO_OLD_MS = 30 * 60_000;

export const queueMonitoring: Capability = {
  name: 'queue-monitoring',
  summary: 'Shows how deep each queue is, by Horizon or as good.',
  manual: {
    fields: ['spec.capabilities.queueMonitoring', 'spec.signals.queueDepth', 'spec.stores.redis'],
    how: 'The operator reads the depth of each queue itself, every few seconds, and shows it in `status.signals`, in its metrics and in `leadplatform status`. It is Ready once the depth of every queue is known, and Blocked, with the queues and the reasons, while one is not. Where Laravel Horizon runs, say so by `queueMonitoring.horizon`: its own figures are read beside, jobs a minute and how long one takes, of the last two snapshots (schedule `horizon:snapshot` every five minutes), and stand in the message of the capability. Horizon measures also what the workers of the operator do, for its service provider listens in them.',
    costs: 'A few short questions to the Redis, shared by all platforms that read the same one.',
    touches: 'Nothing of the platform. Horizon is yours to run, and not needed for this.',
    undo: 'Set the policy of `queue-monitoring` to `Never`: it is no longer asked for. Queues are measured all the same, for workers are sized by them.',
  },
  build: (context) => {
    if (!context.wanted) return ABSENT;
    const { horizon } = context.spec.capabilities.queueMonitoring;
    if (horizon === undefined) return bySignals(context);
    const probe: HorizonProbe = {
      kind: 'horizon',
      id: 'queue-monitoring/horizon',
      store: firstRedis(context).store,
      ...(horizon.database !== undefined && { database: horizon.database }),
      prefix: horizon.prefix,
      queues: queueNames(context.spec),
    };
    return { ...byHorizon(context, probe), probes: [probe] };
  },
};

function byHorizon(context: CapabilityContext, probe: HorizonProbe): PartialContribution {
  const answer = context.probeResult(probe);
  if (answer === undefined) return progressing('NotAsked', 'Horizon has not been asked yet.');
  if ('unknown' in answer) {
    return blocked(
      'HorizonUnknown',
      `What Horizon measured is not known (${answer.unknown}): ${answer.message}.`,
    );
  }
  const { isFound, lastSnapshotAt } = answer.facts;
  if (!isFound) {
    return blocked(
      'HorizonNotFound',
      `Horizon has no keys under ${probe.prefix}; give its HORIZON_PREFIX as capabilities.queueMonitoring.horizon.prefix, or leave horizon out where it does not run.`,
    );
  }
  if (lastSnapshotAt === undefined || answer.at - lastSnapshotAt > SNAPSHOT_TOO_OLD_MS) {
    return also(
      bySignals(context),
      'Horizon takes no snapshots, so its figures are not shown; schedule horizon:snapshot every five minutes.',
    );
  }
  const own = bySignals(context);
  const said = figures(probe, answer.facts);
  // Figures of every queue are monitoring enough: that a depth is not known is told, but holds nothing up.
  const isAll = probe.queues.every((queue) => Object.hasOwn(answer.facts.queues, queue));
  return own.state !== 'Ready' && isAll ? ready(`${said} ${own.message ?? ''}`) : also(own, said);
}

const also = (progress: Progress, sentence: string): Progress => ({
  ...progress,
  message: `${progress.message ?? ''} ${sentence}`.trim(),
});

function figures({ queues: names }: HorizonProbe, { queues }: HorizonFacts): string {
  const of = names.flatMap((name) => {
    const found = ownValue(queues, name);
    if (found === undefined) return [];
    const { perMinute, runtime } = found;
    const each = runtime === undefined ? '' : ` of ${formatDuration(Math.round(runtime))} each`;
    return [`${name} ${rounded(perMinute)} jobs a minute${each}`];
  });
  const without = names.filter((name) => !Object.hasOwn(queues, name));
  return [
    ...(of.length > 0 ? [`Horizon measured: ${of.join('; ')}.`] : []),
    ...(without.length > 0 ? [`It has not measured ${without.join(', ')} yet.`] : []),
  ].join(' ');
}

const rounded = (value: number): number => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value));

/** The operator measures each queue itself, and shows it in status, metrics and `leadplatform status`. */
function bySignals({ decision }: CapabilityContext): Progress {
  const queues = decision.signals.filter(({ name }) => name.startsWith('queueDepth.'));
  // One that waits for a second look was read.
  const unknown = queues.filter(
    ({ value, unknown: reason }) => value === undefined && reason !== 'NotYetCompared',
  );
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
}
