/** An Ingress, mostly to the Service of the platform, which finds the components: a change of tier moves nothing here. */
import type { CapabilityName } from '../../api/names.ts';
import type { LoadBalancer } from '../../api/schema/capabilities/load-balancer.ts';
import { HTTP_PORT } from '../../workloads/containers.ts';
import { capabilityMetadata } from '../../kube/labels.ts';
import { childNames } from '../../kube/names.ts';
import type { CapabilityContext } from '../contract/context.ts';
import { addressed, annotated, type Entry } from './entry.ts';

type IngressSettings = NonNullable<LoadBalancer['ingress']>;

interface Ours {
  readonly name: string;
  readonly capability: CapabilityName;
  readonly paths: readonly string[];
  /** The Service that answers. Left out: that of the platform. */
  readonly to?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export function ingressEntry(
  { platform, live }: CapabilityContext,
  { className, hosts, tlsSecretName, publishesAddress }: IngressSettings,
  { name, capability, paths, annotations, to }: Ours,
): Entry {
  const service = { name: to ?? childNames(platform.name).service, port: { name: HTTP_PORT } };
  const http = {
    paths: paths.map((path) => ({ path, pathType: 'Prefix', backend: { service } })),
  };
  const there = live('Ingress', name);
  const what = `Ingress/${name}`;
  return {
    object: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: annotated(capabilityMetadata(platform, name, capability), annotations),
      spec: {
        ...(className !== undefined && { ingressClassName: className }),
        ...(tlsSecretName !== undefined && {
          tls: [{ secretName: tlsSecretName, ...(hosts.length > 0 && { hosts }) }],
        }),
        rules: hosts.length > 0 ? hosts.map((host) => ({ host, http })) : [{ http }],
      },
    },
    step: publishesAddress
      ? addressed(there, what, 'its ingress controller')
      : {
          name: 'EntryMade',
          done: there !== undefined,
          waits: `${what} is not there yet`,
          onTimeout: 'block',
        },
  };
}
