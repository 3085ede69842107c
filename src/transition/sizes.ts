/**
 * How many replicas each wanted component gets, and whether that number is ours to write.
 *
 * | an autoscaler targets it | another manager owns `replicas` | we apply                                            |
 * |--------------------------|---------------------------------|-----------------------------------------------------|
 * | no                       | whoever                         | what was decided; a number set by hand is drift     |
 * | yes                      | no                              | what is there: leaving it out would reset it to 1   |
 * | yes                      | yes                             | nothing: the field is the autoscaler's              |
 */
import type { Component } from '../api/components.ts';
import type { Decision } from '../model/decision.ts';
import type { LiveComponent, Observed } from '../cluster/observed.ts';
import { childNames } from '../kube/names.ts';

export interface Sized {
  readonly component: Component;
  readonly live: LiveComponent | undefined;
  /** Replicas that it is to have, whoever sets them. */
  readonly wanted: number;
  /** Replicas to apply; undefined where the field is somebody else's. */
  readonly replicas: number | undefined;
  /** Replicas that it was given when it last started from nothing. */
  readonly startedWith: number | undefined;
}

export function sizes(
  components: readonly Component[],
  { components: live }: Observed,
  decision: Decision,
): readonly Sized[] {
  return components.map((component) => sized(component, live.get(component.name), decision));
}

function sized(component: Component, live: LiveComponent | undefined, decision: Decision): Sized {
  const decided =
    decision.components.find(({ name }) => name === component.name)?.replicas ?? live?.asked ?? 1;
  if (live === undefined)
    return { component, live, wanted: decided, replicas: decided, startedWith: decided };
  const driven = live.drivenBy !== undefined;
  const wanted = driven ? live.asked : decided;
  return {
    component,
    live,
    wanted,
    replicas: driven && live.replicasOwnedByOther ? undefined : wanted,
    startedWith: live.asked === 0 ? wanted : live.startedWith,
  };
}

/** An autoscaler of somebody else that targets a wanted component, also one that waits for its Deployment. */
export function driversOf(
  { snapshot }: Observed,
  components: readonly Component[],
): readonly { component: string; by: string }[] {
  const { component: nameOf } = childNames(snapshot.platform.name);
  return components.flatMap((component) => {
    const found = snapshot.autoscalers.find(({ target }) => target === nameOf(component.name));
    return found === undefined ? [] : [{ component: component.name, by: `${found.kind}/${found.name}` }];
  });
}
