/** An HTTPRoute (Gateway API), mostly to the Service of the platform. Each of its Gateways says whether it takes it. */
import type { CapabilityName } from '../../api/names.ts';
import type { LoadBalancer } from '../../api/schema/capabilities/load-balancer.ts';
import { SERVICE_PORT } from '../../workloads/service.ts';
import { capabilityMetadata } from '../../kube/labels.ts';
import { childNames } from '../../kube/names.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Step } from '../contract/contribution.ts';
import type { CapabilityContext } from '../contract/context.ts';
import type { Entry } from './entry.ts';

type GatewaySettings = NonNullable<LoadBalancer['gateway']>;

interface Ours {
  readonly name: string;
  readonly capability: CapabilityName;
  readonly paths: readonly string[];
  /** The Service that answers. Left out: that of the platform. */
  readonly to?: string;
  /** Headers of every answer. */
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
}

export function routeEntry(
  { platform, live }: CapabilityContext,
  { parentRefs, hostnames }: GatewaySettings,
  { name, capability, paths, headers = [], to }: Ours,
): Entry {
  return {
    object: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: capabilityMetadata(platform, name, capability),
      spec: {
        parentRefs,
        ...(hostnames.length > 0 && { hostnames }),
        rules: [
          {
            matches: paths.map((value) => ({ path: { type: 'PathPrefix', value } })),
            ...(headers.length > 0 && {
              filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: headers } }],
            }),
            backendRefs: [{ name: to ?? childNames(platform.name).service, port: SERVICE_PORT }],
          },
        ],
      },
    },
    step: accepted(live('HTTPRoute', name), name, parentRefs, platform.namespace),
  };
}

type ParentRef = GatewaySettings['parentRefs'][number];

interface Said {
  readonly parentRef: ParentRef;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
    readonly observedGeneration?: number;
  }[];
}

const GATES = ['Accepted', 'ResolvedRefs'] as const;

/** What a Gateway said of an earlier generation is not about this one; and one that was named before does not count. */
function accepted(
  route: KubeObject | undefined,
  name: string,
  parentRefs: readonly ParentRef[],
  namespace: string,
): Step {
  const { parents = [] } = (route?.['status'] ?? {}) as { readonly parents?: readonly Said[] };
  const generation = route?.metadata.generation ?? 0;
  const keyOf = (ref: ParentRef) => [ref.namespace ?? namespace, ref.name, ref.sectionName ?? ''].join('/');
  const waits = parentRefs.flatMap((ref) => {
    const said = parents.filter(({ parentRef }) => keyOf(parentRef) === keyOf(ref));
    const current = said.flatMap(({ conditions = [] }) =>
      conditions.filter(({ observedGeneration }) => (observedGeneration ?? 0) >= generation),
    );
    const refused = current.find(({ type, status }) => isGate(type) && status !== 'True');
    if (refused !== undefined) {
      const { type, reason, message } = refused;
      return [
        `Gateway ${ref.name} says that ${type} is ${refused.status} (${reason ?? 'no reason'}): ${message ?? ''}`,
      ];
    }
    const isOpen = GATES.every((gate) => current.some(({ type }) => type === gate));
    return isOpen ? [] : [`Gateway ${ref.name} has not said yet whether it takes HTTPRoute/${name}`];
  });
  return {
    name: 'RouteAccepted',
    done: route !== undefined && waits.length === 0,
    waits: waits.join('; '),
    onTimeout: 'block',
  };
}

const isGate = (type: string): boolean => (GATES as readonly string[]).includes(type);
