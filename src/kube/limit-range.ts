/**
 * What a LimitRange gives containers that do not say themselves. It counts towards a quota and on a node, though nothing in a
 * Deployment shows it: it is filled in when a Pod is made.
 */
import { quantityValue } from '../api/kubernetes-quantity.ts';

type Quantities = Readonly<Record<string, unknown>>;

/** The defaults of one LimitRange for containers, as the API server stores them: a maximum is a default limit there, too. */
export interface ContainerDefaults {
  readonly name: string;
  readonly limits: Quantities;
  readonly requests: Quantities;
}

export interface ContainerResources {
  readonly limits?: Quantities;
  readonly requests?: Quantities;
}

/**
 * What a container has once its Pod is made. A limit of its own stands for a request. Which of several LimitRanges gives
 * a container what both have, Kubernetes leaves open: the larger one counts.
 */
export function withDefaults(
  { limits = {}, requests = {} }: ContainerResources = {},
  defaults: readonly ContainerDefaults[],
): Required<ContainerResources> {
  return {
    limits: { ...largest(defaults.map((one) => one.limits)), ...limits },
    requests: { ...largest(defaults.map((one) => one.requests)), ...limits, ...requests },
  };
}

function largest(all: readonly Quantities[]): Quantities {
  const smallestFirst = all
    .flatMap((quantities) => Object.entries(quantities))
    .toSorted(([, a], [, b]) => (quantityValue(a) ?? 0) - (quantityValue(b) ?? 0));
  return Object.fromEntries(smallestFirst);
}
