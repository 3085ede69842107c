/** The steps of a move of queues, as they read now, by docs/design/queue-moves.md. */
import type { Step } from '../contract/contribution.ts';
import type { Drained } from './drained.ts';
import type { MigrationPlan } from './migration-plan.ts';
import { type ServerName, SERVERS } from './server.ts';

/** An answer is at most so old when it is looked at. */
const ANSWER_MS = 5_000;

export interface MoveStepsContext {
  readonly goal: ServerName;
  readonly plan: MigrationPlan<ServerName>;
  readonly drained: Drained;
  /** Workers that stayed behind and are there now. */
  readonly drainWorkers: readonly { readonly name: string }[];
  /** Those of them that are no longer needed. */
  readonly gone: readonly { readonly name: string }[];
}

/** On the way up pods are to go over in time. On the way down, and while a server is drained, it takes as long as it takes. */
export function moveSteps({ goal, plan, drained, drainWorkers, gone }: MoveStepsContext): readonly Step[] {
  const { olds, areDrainWorkersReady, lateWorkers, latePublishers } = plan;
  const isUp = olds.every((name) => SERVERS.indexOf(name) < SERVERS.indexOf(goal));
  const step = (name: string, done: boolean, waits: string, isDraining = !isUp): Step => ({
    ...{ name, done, waits },
    onTimeout: isDraining ? 'wait' : 'rollBack',
  });
  const old = olds.join(' and ');
  return [
    step('DrainWorkersReady', areDrainWorkersReady, `workers that stay on ${old} are not ready yet`),
    step(
      'WorkersMoved',
      lateWorkers.length === 0,
      `pods of ${lateWorkers.join(', ')} do not all work on ${goal} yet`,
    ),
    step(
      'PublishersMoved',
      latePublishers.length === 0,
      `pods of ${latePublishers.join(', ')} do not all put jobs into ${goal} yet`,
    ),
    step('SourceDrained', drained.isDrained(olds), drained.waits(olds), true),
    {
      ...step(
        'SourceIdle',
        drained.isQuiet(olds),
        `${old} is empty, and stays looked at for as long as pods that were told to go may put jobs into it`,
        true,
      ),
      opensAt: drained.quietAt + ANSWER_MS,
    },
    step(
      'DrainWorkersRemoved',
      drainWorkers.length === 0,
      `removing ${gone.map(({ name }) => name).join(', ')}`,
      true,
    ),
  ];
}
