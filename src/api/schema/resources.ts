/** CPU and memory of one container, in Kubernetes quantities (`250m`, `512Mi`; a bare `1` too, as Pods allow). */
import * as z from 'zod';
import { quantityValue, sameQuantity } from '../kubernetes-quantity.ts';
import { own } from '../own.ts';
import { textMap } from './primitives.ts';

/** What every node has. */
const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage']);
/** What only whole pieces of are given out, and of which nobody gets more than was promised. */
const isPromisedWhole = (name: string): boolean => name.startsWith('hugepages-') || name.includes('/');

function isResource(name: string): boolean {
  if (STANDARD.has(name)) return true;
  if (/^hugepages-\d+(\.\d+)?([KMGTPE]i|[kMGTPE])?$/.test(name)) return true;
  // The domain of Kubernetes itself has no resources of containers.
  return (
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(
      name,
    ) &&
    !/(^|\.)kubernetes\.io\//.test(name) &&
    !name.startsWith('requests.')
  );
}

const quantities = (what: string) =>
  textMap(
    z.string().max(63).refine(isResource, {
      message:
        'must be a resource of a container: cpu, memory, ephemeral-storage, or one like example.com/gpu',
    }),
    z
      .union([
        z.int().min(0),
        z
          .string()
          .max(20)
          .regex(
            /^\d+(\.\d+)?(m|k|[KMGTPE]i|[MGTPE])?$/,
            'must be a Kubernetes quantity like 250m, 1 or 512Mi',
          ),
      ])
      .transform(String)
      .meta({ 'x-kubernetes-int-or-string': true }),
    10,
    what,
  ).optional();

type Quantities = Readonly<Record<string, string>>;

/** What Kubernetes would refuse of the two together, by the resource: a sentence each. */
function disagreements(requests: Quantities, limits: Quantities): readonly [name: string, says: string][] {
  const names = new Set([...Object.keys(requests), ...Object.keys(limits)]);
  const isAlone = !names.has('cpu') && !names.has('memory');
  return [...names].flatMap((name): [string, string][] => {
    if (isAlone && name.startsWith('hugepages-'))
      return [[name, 'huge pages need cpu or memory beside them; give one of the two']];
    const [request, limit] = [own(requests, name), own(limits, name)];
    if (isPromisedWhole(name)) {
      if ([request, limit].some((value) => value !== undefined && !Number.isInteger(quantityValue(value))))
        return [[name, `${name} is given out in whole pieces; write a whole number`]];
      if (limit === undefined || (request !== undefined && !sameQuantity(request, limit)))
        return [
          [name, `of ${name} the request must be the limit; write limits.${name}, and leave the request out`],
        ];
      return [];
    }
    if (request === undefined || limit === undefined) return [];
    return (quantityValue(request) ?? 0) > (quantityValue(limit) ?? 0) && !sameQuantity(request, limit)
      ? [[name, `requests.${name} is more than limits.${name}; lower the request, or raise the limit`]]
      : [];
  });
}

/**
 * Requests and limits are held against each other offline alone: the API server costs a rule on `int-or-string` as if the
 * text had no bound, and refuses it.
 */
export const Resources = z
  .strictObject({
    requests: quantities('What each container is promised, by resource name: cpu, memory.'),
    limits: quantities('What each container may use at most, by resource name: cpu, memory.'),
  })
  .superRefine(({ requests = {}, limits = {} }, context) => {
    for (const [name, message] of disagreements(requests, limits)) {
      const path = [Object.hasOwn(requests, name) ? 'requests' : 'limits', name];
      context.addIssue({ code: 'custom', message, path });
    }
  })
  .meta({ description: 'CPU and memory of one container.' });
export type Resources = z.output<typeof Resources>;
