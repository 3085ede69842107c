/**
 * Why the pods of a component do not come up, in one sentence, read off the pods themselves. A Deployment says no more than
 * that they are not available.
 *
 * The sentence of one cause is always the same but for its numbers, or the status would be written, and an event told, at
 * every turn of a kubelet: no name of a pod is in it, and what a pod does between two of its crashes changes nothing.
 */
import type { Instant } from '../model/reading.ts';

export interface PodDiagnosis {
  /** A constant, as Kubernetes writes it: `Unschedulable`, `ImagePullBackOff`, `CrashLoopBackOff`. */
  readonly reason: string;
  /** The image or the container that it is about; empty for the Pod as a whole. Of one reason and subject it is the same cause. */
  readonly subject: string;
  /** A sentence without its end; holds no name of a pod. */
  readonly message: string;
  /** The message says why: a kubelet that waits to try again may have forgotten it. */
  readonly isExplained: boolean;
  /** When the first of the pods that are in trouble was made. */
  readonly since: Instant;
}

/** What is read of a pod; anything else of it does not matter here. */
export interface PodView {
  readonly metadata: {
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly PodCondition[];
    readonly initContainerStatuses?: readonly ContainerView[];
    readonly containerStatuses?: readonly ContainerView[];
  };
}

interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface ContainerView {
  readonly name: string;
  readonly image?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: { readonly exitCode?: number; readonly signal?: number; readonly reason?: string };
}

/** Of a message that somebody else wrote, this much is told. */
const MOST_QUOTED = 300;

type Cause = Omit<PodDiagnosis, 'since'>;

/**
 * What is wrong with pods of which some are not ready; undefined where nothing can be told of any of them.
 * @param reliedOn A container that has run since then is relied on. One that crashed and came back later may crash again: a
 * worker, which has no probe, is ready in between.
 */
export function podDiagnosis(pods: readonly PodView[], reliedOn: Instant): PodDiagnosis | undefined {
  const troubled = pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && pod.status?.phase !== 'Succeeded')
    .map((pod) => ({
      cause: causeOf(pod, reliedOn),
      at: Date.parse(pod.metadata.creationTimestamp ?? '') || 0,
    }))
    .filter((found): found is { cause: Cause; at: number } => found.cause !== undefined);
  // The newest tell of the template that is rolled out now.
  const newest = troubled.toSorted((a, b) => b.at - a.at)[0];
  if (newest === undefined) return undefined;
  const alike = troubled.filter(({ cause }) => cause.reason === newest.cause.reason);
  return { ...newest.cause, since: Math.min(...alike.map(({ at }) => at)) };
}

function causeOf({ status = {} }: PodView, reliedOn: Instant): Cause | undefined {
  const { phase, conditions = [], initContainerStatuses = [], containerStatuses = [] } = status;
  if (phase === 'Failed') {
    const reason = status.reason ?? 'PodFailed';
    return quoted(reason, '', reason, status.message);
  }
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    // What the scheduler tried beyond that, to make room, is for its own log.
    const words = scheduled.message?.split(/\.? preemption:/)[0];
    return quoted('Unschedulable', '', 'no node takes the pod', words);
  }
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const cause = causeOfContainer(container, reliedOn);
    if (cause !== undefined) return cause;
  }
  return undefined;
}

/** Waiting for these is on the way, and no trouble. */
const ON_THE_WAY = new Set([undefined, 'ContainerCreating', 'PodInitializing']);
const PULLING = new Set(['ErrImagePull', 'ImagePullBackOff']);

function causeOfContainer(container: ContainerView, reliedOn: Instant): Cause | undefined {
  const { name, image = '', ready, restartCount = 0, state = {}, lastState = {} } = container;
  const { reason, message } = state.waiting ?? {};
  if (reason !== undefined && PULLING.has(reason)) {
    // A kubelet goes back and forth between the two.
    const why = whyNotPulled(message ?? '');
    return {
      reason: 'ImagePullBackOff',
      subject: image,
      message: `the image ${image} cannot be pulled${why}`,
      isExplained: why !== '',
    };
  }
  const ended = state.terminated ?? lastState.terminated;
  const isRelied = ready === true && !(Date.parse(state.running?.startedAt ?? '') > reliedOn);
  if (!isRelied && ended !== undefined && (restartCount > 0 || (ended.exitCode ?? 0) !== 0)) {
    return crashed(name, ended, restartCount);
  }
  if (reason !== undefined && !ON_THE_WAY.has(reason)) {
    return quoted(reason, name, `container ${name}: ${reason}`, message);
  }
  return undefined;
}

/** In words of ours: those of container runtimes differ, and one that waits to try again has forgotten them. */
function whyNotPulled(message: string): string {
  // Before the other: registries say the same of an image that is missing and of one that is not for everybody.
  if (/unauthori[sz]|denied|forbidden|authentication|credential/i.test(message))
    return ': there is no such image, or the registry wants other credentials; look at spec.image and spec.imagePullSecrets';
  if (/not found|manifest unknown|does not exist/i.test(message)) return ': there is no such image';
  if (/no such host|timeout|refused|unreachable|EOF|TLS|x509/i.test(message))
    return ': the registry does not answer';
  return '';
}

function crashed(
  name: string,
  { exitCode, signal, reason }: NonNullable<ContainerState['terminated']>,
  restarts: number,
): Cause {
  const named = reason === undefined || reason === 'Error' || reason === 'Completed' ? undefined : reason;
  const subject = named === undefined ? name : `${name}/${named}`;
  const cause = { reason: 'CrashLoopBackOff', subject, isExplained: true } as const;
  if (reason === 'OOMKilled') {
    return {
      ...cause,
      message: `container ${name} was killed for want of memory (OOMKilled, exit code ${exitCode ?? 137}, ${times(restarts)}); raise its limit`,
    };
  }
  const how =
    exitCode === undefined && signal !== undefined ? `signal ${signal}` : `exit code ${exitCode ?? 0}`;
  const words = named === undefined ? '' : `${named}, `;
  return { ...cause, message: `container ${name} ended by itself (${words}${how}, ${times(restarts)})` };
}

const times = (restarts: number): string => `restarts: ${restarts}`;

/** In the words of whoever wrote them, where there are any. */
function quoted(reason: string, subject: string, head: string, message: string | undefined): Cause {
  const text = (message ?? '')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replace(/[ .]+$/, '')
    .trim();
  if (text === '') return { reason, subject, message: head, isExplained: false };
  const words = text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED - 1)}…` : text;
  return { reason, subject, message: `${head}: ${words}`, isExplained: true };
}
