/** What a service is made of: a Deployment as a component has it, a disruption budget, and a Service where it answers HTTP. */
import type { Service } from '../../api/schema/capabilities/microservices.ts';
import { capabilityMetadata, componentSelector } from '../../kube/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ExtraComponent } from '../contract/contribution.ts';
import type { CapabilityContext } from '../contract/context.ts';
import { FEWEST, MOST } from './declared.ts';
import { componentName, serviceName } from '../../api/declared-services.ts';
import { liveService } from './routes.ts';

const CAPABILITY = 'microservices';
const PORT_NAME = 'http';

/** A service does a part of what the web side does; where nothing is said, a replica of it does so for twice the leads. */
const LIGHTER = 2;

/**
 * Sized for the load that the web side is sized for, which has the windows and the holds of its signals already: six
 * replicas of ingest at 60 leads/min are there for 360; at 120 a replica the service gets three.
 */
export function sizeOf(
  { transitionState, spec }: CapabilityContext,
  { capacity, replicas }: Service,
): number {
  const web = transitionState.wanted.find(
    ({ component }) => component.role === 'ingest' || component.role === 'all-in-one',
  );
  const each = spec.components.ingest.capacity.leadsPerMinute;
  const leads = (web?.wanted ?? 1) * each;
  const perReplica = capacity.leadsPerMinute ?? LIGHTER * each;
  const { max = MOST } = replicas;
  const min = Math.min(replicas.min ?? FEWEST, max);
  // Not for what is only the dust of a division.
  return Math.min(max, Math.max(min, Math.ceil(leads / perReplica - 1e-9)));
}

export function extraComponent(context: CapabilityContext, service: Service): ExtraComponent {
  const live = liveService(context, service);
  const child = context.observed.own.get(`Deployment/${serviceName(context.platform.name, service)}`);
  const isDriven = live?.drivenBy !== undefined;
  const web = context.transitionState.wanted.find(
    ({ component }) => component.role === 'ingest' || component.role === 'all-in-one',
  );
  return {
    component: {
      role: 'service',
      name: componentName(service),
      service,
      like: web?.component.name ?? 'ingest',
    },
    // An autoscaler's number is its own: see src/transition/sizes.ts.
    ...(!(isDriven && child?.replicasOwnedByOther === true) && {
      replicas: isDriven ? live.asked : sizeOf(context, service),
    }),
    capability: CAPABILITY,
  };
}

export function objectsOf({ platform }: CapabilityContext, service: Service): readonly KubeObject[] {
  const name = serviceName(platform.name, service);
  const metadata = capabilityMetadata(platform, name, CAPABILITY, componentName(service));
  const selector = componentSelector(platform.name, componentName(service));
  const budget: KubeObject = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: {
      maxUnavailable: '25%',
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selector },
    },
  };
  if (service.port === undefined) return [budget];
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        selector,
        ports: [{ name: PORT_NAME, port: 80, targetPort: PORT_NAME, protocol: 'TCP' }],
      },
    },
    budget,
  ];
}
