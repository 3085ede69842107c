/** The Job that fills the index: a pod of the application as the web side runs now, and the search server's variables. */
import { containersOf } from '../../kube/workload.ts';
import { container, wholeSeconds } from '../../workloads/containers.ts';
import { jobAnnotations, podSpec } from '../../workloads/pod.ts';
import { settingsHash } from '../../workloads/settings.ts';
import { jobOutcome } from '../../kube/job-outcome.ts';
import { jobObject } from '../../workloads/job.ts';
import { shortHash } from '../../kube/hash.ts';
import { capabilityMetadata, SETTINGS_ANNOTATION } from '../../kube/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import type { Step } from '../contract/contribution.ts';
import type { CapabilityContext } from '../contract/context.ts';

const CAPABILITY = 'search';
const COMPONENT = 'search-index';

/** A Job cannot be changed: another command, another server or another generation is another Job. */
export function indexJobName({ platform, spec }: CapabilityContext, server: string): string {
  const { indexCommand, indexGeneration } = spec.capabilities.search;
  return `${platform.name}-index-${shortHash([indexCommand, indexGeneration, server]).slice(0, 8)}`;
}

export function indexJob(context: CapabilityContext, name: string, env: readonly EnvVar[]): KubeObject {
  const { platform, spec } = context;
  const { indexCommand: command, indexTimeout } = spec.capabilities.search;
  const metadata = capabilityMetadata(platform, name, CAPABILITY, COMPONENT);
  const { resources } = spec.components.sync;
  const plain = container(platform.name, spec, 'index', { command, resources });
  return jobObject({
    metadata,
    // Harmless to repeat: what a first try has brought in is written again.
    limits: { backoffLimit: 3, activeDeadlineSeconds: wholeSeconds(indexTimeout) },
    pod: {
      labels: { ...spec.podTemplate.labels, ...metadata.labels },
      annotations: { ...jobAnnotations(spec), [SETTINGS_ANNOTATION]: settingsHash(platform.name, spec) },
      spec: podSpec(platform.name, spec, [{ ...plain, env: environment(context, env) }]),
    },
  });
}

/** Pods of the web side do not have the variables yet. What else capabilities have given them, the Job needs too. */
function environment({ transitionState }: CapabilityContext, env: readonly EnvVar[]): readonly object[] {
  const web = transitionState.wanted.find(
    ({ component }) => component.role === 'ingest' || component.role === 'all-in-one',
  );
  const live = web?.live && containersOf(web.live.object)[0];
  const names = new Set(env.map(({ name }) => name));
  return [
    ...(live?.env ?? []).filter(({ name }) => !names.has(name)),
    ...env.map(({ name, value, secret }) =>
      secret === undefined ? { name, value: value ?? '' } : { name, valueFrom: { secretKeyRef: secret } },
    ),
  ];
}

/** `Failed` needs a person; a table of leads takes hours, so it is patient. */
export function indexed(live: KubeObject | undefined, name: string): Step & { readonly hasFailed: boolean } {
  const outcome = jobOutcome(live)?.state;
  return {
    name: 'Indexed',
    done: outcome === 'Succeeded',
    waits: `Job/${name} fills the index`,
    onTimeout: 'wait',
    hasFailed: outcome === 'Failed',
  };
}
