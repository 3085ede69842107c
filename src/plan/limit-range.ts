/**
 * What a LimitRange gives containers that do not say themselves. It counts towards a quota and on a node, though nothing in a
 * Deployment shows it: it is filled in when a Pod is made.
 */
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

/** What a container has once its Pod is made. A limit of its own stands for a request; of several LimitRanges the first counts. */
export function withDefaults(
  { limits = {}, requests = {} }: ContainerResources = {},
  defaults: readonly ContainerDefaults[],
): Required<ContainerResources> {
  const given = defaults.toReversed();
  return {
    limits: { ...Object.assign({}, ...given.map((one) => one.limits)), ...limits },
    requests: { ...Object.assign({}, ...given.map((one) => one.requests)), ...limits, ...requests },
  };
}
