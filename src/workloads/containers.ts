/** The containers of the platform: the web side, a worker, a job. Every command is in exec form, so signals reach it. */
import type { WorkerComponent } from '../api/components.ts';
import type { Service } from '../api/schema/capabilities/microservices.ts';
import type { Ingest } from '../api/schema/components.ts';
import type { Resources } from '../api/schema/resources.ts';
import type { PodTemplate } from '../api/schema/pod-template.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { retryAfterEnv } from './retry-after.ts';
import { containerSecurity } from './security.ts';
import { childNames, labelOf } from '../kube/names.ts';
import { mergedEnv, PLAIN, type Shape, startedBy, withRequests } from './shape.ts';

export type Container = Readonly<Record<string, unknown>> & { readonly name: string };

/** The name of the port of the web side; the Service finds it by this name, so a new number rolls out smoothly. */
export const HTTP_PORT = 'http';

/** How long a replica that is going away still answers, while routers learn that it is. */
export const DEREGISTER_SECONDS = 5;

/** The longest time that Kubernetes has a number for, in s: 68 years. */
export const MOST_SECONDS = 2_147_483_647;

/** Laravel counts `--timeout` in whole seconds, and so do Pods. */
export const wholeSeconds = (ms: number): number =>
  Math.min(MOST_SECONDS, Math.max(1, Math.ceil(ms / 1_000)));

/** What all containers have in common. `shape`: what capabilities make of them. */
export function container(
  platform: string,
  spec: LeadPlatformSpec,
  name: string,
  own: { command?: readonly string[] | undefined; resources?: Resources | undefined },
  shape: Shape = PLAIN,
): Container {
  const { volumeMounts } = spec.podTemplate;
  const env = mergedEnv(spec, shape.env);
  const command = startedBy(own.command, shape.beforeStart);
  const resources = withRequests(own.resources, shape.requests);
  return {
    name,
    image: spec.image,
    ...(spec.imagePullPolicy !== undefined && { imagePullPolicy: spec.imagePullPolicy }),
    ...(command !== undefined && { command }),
    // Later entries win over earlier ones, and env over envFrom; the user's own env has the last word.
    envFrom: [{ configMapRef: { name: childNames(platform).settings } }, ...(spec.envFrom ?? [])],
    ...(env.length > 0 && { env }),
    ...(resources !== undefined && { resources }),
    ...(volumeMounts !== undefined && volumeMounts.length > 0 && { volumeMounts: volumeMounts.map(mount) }),
    securityContext: containerSecurity(spec.podTemplate),
  };
}

/** As the API server stores it, which leaves `readOnly: false` out. */
function mount({ readOnly, ...rest }: NonNullable<PodTemplate['volumeMounts']>[number]) {
  return { ...rest, ...(readOnly === true && { readOnly }) };
}

export function ingestContainer(
  platform: string,
  spec: LeadPlatformSpec,
  ingest: Ingest,
  shape: Shape,
): Container {
  return { ...container(platform, spec, 'ingest', ingest, shape), ...answersHttp(ingest) };
}

/** What a container that answers HTTP has. */
function answersHttp(ingest: { readonly port: number; readonly probe: { readonly path: string } }) {
  const httpGet = { path: ingest.probe.path, port: HTTP_PORT };
  return {
    ports: [{ name: HTTP_PORT, containerPort: ingest.port, protocol: 'TCP' }],
    // Up to three minutes to start; the other two probes begin after that.
    startupProbe: { httpGet, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 90 },
    readinessProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
    // Slow to conclude: a busy replica that is restarted hands its load to the others, and they are next.
    livenessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    // The kubelet waits by itself, so the image needs no `sleep`. The image's own stop signal follows.
    lifecycle: { preStop: { sleep: { seconds: DEREGISTER_SECONDS } } },
  };
}

/** `php`, `/usr/local/bin/php`, `php8.4`. */
const PHP = /^(?:.*\/)?php[\d.]*$/;

/** How long after its start a worker is taken to hear signals, in s: PHP, the framework and an optimise command are up by then. */
const HEARS_AFTER_SECONDS = 10;

/**
 * Waits until process 1 is that old, and tells it to stop. Ages are in hundredths of a second, which is what `/proc` counts
 * in (`USER_HZ`, proc_pid_stat(5), field 22); with a `/proc` that says something else it waits no longer than for a new one.
 */
export const TELL_TO_STOP = [
  '$up = (float) file_get_contents("/proc/uptime");',
  '$start = (float) explode(" ", strrchr(file_get_contents("/proc/1/stat"), ")"))[20] / 100;',
  `sleep((int) max(0, min(${HEARS_AFTER_SECONDS}, ceil($start + ${HEARS_AFTER_SECONDS} - $up))));`,
  'posix_kill(1, 15);',
].join(' ');

/**
 * Apache's PHP images stop with SIGWINCH, which a worker ignores until it is killed. PHP itself sends the TERM that the
 * worker waits for, so there is no need for a shell, nor for `lifecycle.stopSignal`, which few clusters have. Not before the
 * worker can hear it: Linux drops a signal to process 1 that it has no handler for, and the worker would take jobs until
 * it is killed with one.
 */
const stoppedByPhp = (first: string) =>
  PHP.test(first) && {
    lifecycle: { preStop: { exec: { command: [first, '-r', TELL_TO_STOP] } } },
  };

/** As the application writes it: in braces on a Redis Cluster, where all keys of a queue have to be in one slot. */
function queueArgument({ signals }: LeadPlatformSpec, queue: string, { queueConnection }: Shape): string {
  const isRedis = queueConnection === undefined || queueConnection === 'redis';
  return isRedis && signals.queueDepth.redis?.clusterNames === true ? `{${queue}}` : queue;
}

export function workerContainer(
  platform: string,
  spec: LeadPlatformSpec,
  worker: WorkerComponent,
  shape: Shape,
): Container {
  const { settings, queue, name } = worker;
  const command = settings.command ?? [
    'php',
    'artisan',
    'queue:work',
    shape.queueConnection ?? 'redis',
    `--queue=${queueArgument(spec, queue, shape)}`,
    `--timeout=${wholeSeconds(settings.longestJob)}`,
    '--tries=3',
  ];
  const [first = ''] = command;
  return {
    ...container(
      platform,
      spec,
      labelOf(name),
      { command, resources: settings.resources },
      {
        ...shape,
        env: [...retryAfterEnv(spec), ...shape.env],
      },
    ),
    ...stoppedByPhp(first),
  };
}

/** A service that is split off: as the web side where it has a port, as a worker where it has none. */
export function serviceContainer(
  platform: string,
  spec: LeadPlatformSpec,
  { name, image, command, resources, port, probe, env }: Service,
  shape: Shape,
): Container {
  // What runs before the start is the application's: another image may not even have a shell.
  const { beforeStart: _, ...plain } = shape;
  const own = image === undefined ? shape : plain;
  const { env: shared = [], ...base } = container(platform, spec, labelOf(name), { command, resources }, own);
  const all = [
    ...(shared as readonly { readonly name: string }[]).filter((entry) => !Object.hasOwn(env, entry.name)),
    ...Object.entries(env).map(([key, value]) => ({ name: key, value })),
  ];
  return {
    ...base,
    ...(image !== undefined && { image }),
    ...(all.length > 0 && { env: all }),
    ...(port === undefined ? stoppedByPhp(command?.[0] ?? '') : answersHttp({ port, probe })),
  };
}
