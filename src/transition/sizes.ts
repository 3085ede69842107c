/**
 * How many replicas each wanted part gets, and whether that number is ours to write.
 *
 * | an autoscaler targets it | another manager owns `replicas` | we apply                                            |
 * |--------------------------|---------------------------------|-----------------------------------------------------|
 * | no                       | whoever                         | what was decided; a number set by hand is drift     |
 * | yes                      | no                              | what is there: leaving it out would reset it to 1   |
 * | yes                      | yes                             | nothing: the field is the autoscaler's              |
 */
import type { Part } from '../api/parts.ts';
import type { Decision } from '../model/decision.ts';
import type { LivePart, Observed } from '../cluster/observed.ts';
import { childNames } from '../kube/names.ts';

export interface Sized {
  readonly part: Part;
  readonly live: LivePart | undefined;
  /** Replicas that it is to have, whoever sets them. */
  readonly wanted: number;
  /** Replicas to apply; undefined where the field is somebody else's. */
  readonly replicas: number | undefined;
  /** Replicas that it was given when it last started from nothing. */
  readonly startedWith: number | undefined;
}

export function sizes(
  parts: readonly Part[],
  { parts: live }: Observed,
  decision: Decision,
): readonly Sized[] {
  return parts.map((part) => sized(part, live.get(part.name), decision));
}

function sized(part: Part, live: LivePart | undefined, decision: Decision): Sized {
  const decided = decision.parts.find(({ name }) => name === part.name)?.replicas ?? live?.asked ?? 1;
  if (live === undefined) return { part, live, wanted: decided, replicas: decided, startedWith: decided };
  const driven = live.drivenBy !== undefined;
  const wanted = driven ? live.asked : decided;
  return {
    part,
    live,
    wanted,
    replicas: driven && live.replicasOwnedByOther ? undefined : wanted,
    startedWith: live.asked === 0 ? wanted : live.startedWith,
  };
}

/** An autoscaler of somebody else that targets a wanted part, also one that waits for its Deployment. */
export function driversOf(
  { snapshot }: Observed,
  parts: readonly Part[],
): readonly { part: string; by: string }[] {
  const { part: nameOf } = childNames(snapshot.platform.name);
  return parts.flatMap((part) => {
    const found = snapshot.autoscalers.find(({ target }) => target === nameOf(part.name));
    return found === undefined ? [] : [{ part: part.name, by: `${found.kind}/${found.name}` }];
  });
}
