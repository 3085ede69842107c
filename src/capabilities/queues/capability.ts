/** What the capabilities that bring a queue server have in common: their server, the move to it, and the way back. */
import type { CapabilityName } from '../../api/names.ts';
import { childKey, type KubeObject } from '../../kube/object.ts';
import { capitalised } from '../../text/words.ts';
import type { Probe } from '../../probes/probe.ts';
import {
  blocked,
  type PartialContribution,
  gated,
  leaving,
  type Progress,
  ready,
  type Step,
} from '../contract/contribution.ts';
import { overriddenBy, rolledOut } from '../environment.ts';
import { removal } from '../removal.ts';
import { settingInEffect } from '../settings-endpoint.ts';
import { areAsked, isRolledOut } from '../contract/rollout.ts';
import type { CapabilityContext } from '../contract/context.ts';
import { connectionsNamed, namesAnother } from './command.ts';
import { type Move, obstacle, queueMove } from './move.ts';
import { homeOf, type QueueServer, queueServer, type ServerName, SERVERS, serverOf } from './server.ts';

export interface Brought {
  readonly capability: CapabilityName;
  /** The objects of a server that the operator runs, and its name; none where it is the user's. */
  readonly objects: readonly KubeObject[];
  /** All servers of this capability that can be asked. */
  readonly probes: readonly Probe[];
  /** What is so once queues are there. */
  readonly done: Progress;
  /** What to do where no server of the kind can be had. */
  readonly missing?: Progress;
  /** The objects go with this capability; else another one sees to that. */
  readonly isOwner: boolean;
}

export function queueCapability(context: CapabilityContext, brought: Brought): PartialContribution {
  const move = queueMove(context);
  const { env, components, signalStores, queueConnections } = move;
  const probes = [...brought.probes, ...move.probes];
  const added = { env, components, signalStores, queueConnections, probes };
  return context.wanted ? here(context, brought, move, added) : away(context, brought, move, added);
}

function here(
  context: CapabilityContext,
  { capability, objects, done, missing }: Brought,
  move: Move,
  added: Partial<PartialContribution>,
): PartialContribution {
  const name = serverOf(context, capability);
  // Nothing of the kind can be had.
  if (name === undefined) return { ...(missing ?? done), ...added };
  const server = queueServer(context, name);
  const beyond = queueServer(context, move.goal).capability;
  // Queues that have not come back yet from where they are not wanted any more are on their way here.
  const isBeyond =
    SERVERS.indexOf(move.goal) > SERVERS.indexOf(name) &&
    beyond !== undefined &&
    beyond !== capability &&
    context.isWanted(beyond);
  if (isBeyond && !move.inUse.has(name)) {
    // What was made stays, for the way back; what was not is not needed.
    const kept = objects.filter((object) => context.observed.own.has(childKey(object)));
    return { ...ready(`Queues have moved on, to ${move.goal}.`), ...added, objects: kept };
  }
  const base = { ...added, objects };
  const taken = obstacle(context, name);
  if (taken.length > 0) return { ...overriddenBy(taken), ...base };
  if (namesAnother(context, [server])) return { ...blockedByCommand(context, server), ...base };
  if (server.fault !== undefined)
    return { ...blocked('LosesJobs', `${capitalised(server.fault)}.`), ...base };
  // Pods that are on it stay there while it is away.
  const isUsed = move.inUse.has(name);
  const up: Step = { ...server.ready, onTimeout: isUsed ? 'wait' : 'rollBack' };
  if (isBeyond)
    return { ...gated([up, ...move.steps], ready(`Queues have moved on, to ${move.goal}.`)), ...base };
  if (move.goal !== name) return { ...gated([up, SETTLING], done), ...base };
  const { steps, probes } = settingInEffect(context, 'queueConnection', server.connection ?? '');
  return {
    ...gated(
      [up, ...move.steps, rolledOut(lateComponents(context), areAsked(context, move.env)), ...steps],
      done,
    ),
    ...base,
    probes: [...(added.probes ?? []), ...probes],
  };
}

function away(
  context: CapabilityContext,
  { capability, objects, isOwner }: Brought,
  move: Move,
  added: Partial<PartialContribution>,
): PartialContribution {
  const isOurs = (name: ServerName) => queueServer(context, name).capability === capability;
  const isUsed = [...move.inUse].some((name) => isOurs(name) && name !== homeOf(context));
  const hasSteps = move.steps.some(({ done }) => !done);
  if (isUsed) return { ...leaving(hasSteps ? move.steps : [SETTLING]), ...added, objects };
  if (capability === 'queue-system' && (hasSteps || added.components?.length !== 0)) {
    return { ...leaving(move.steps), ...added };
  }
  const left = isOwner ? removal(context, objects, added.probes) : leaving([]);
  return left.reason === 'Absent' ? left : { ...added, ...left };
}

const lateComponents = ({ transitionState }: CapabilityContext): readonly string[] =>
  transitionState.wanted
    .filter(({ live }) => live === undefined || !isRolledOut(live))
    .map(({ component }) => component.name);

function blockedByCommand({ spec }: CapabilityContext, { name, connection = '' }: QueueServer): Progress {
  const queues = [...connectionsNamed(spec)]
    .filter(([, named]) => named !== connection)
    .map(([queue]) => queue);
  return blocked(
    'CommandNamesConnection',
    `The command of the workers of ${queues.join(', ')} names a connection, and cannot follow to ${name}; take the name out of it: \`queue:work\` alone uses QUEUE_CONNECTION.`,
  );
}

const SETTLING: Step = {
  name: 'PartsSettled',
  done: false,
  waits: 'components of the platform are being replaced, and queues move after that',
  onTimeout: 'wait',
};
