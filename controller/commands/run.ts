/** `leadplatform run`: the operator as a process, from configuration to drain. */
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { AuthorPermissions } from '../../src/api/permissions.ts';
import type { CommandModule } from '../../src/cli/command.ts';
import { UsageError } from '../../src/cli/errors.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { allowance, InvalidAllowance } from '../../src/sources/address/allow-list.ts';
import type { Network } from '../../src/sources/address/ip.ts';
import { AddressPolicy } from '../../src/sources/address/policy.ts';
import { serveHealth } from '../http/health.ts';
import { LiveAccess } from '../http/live-access.ts';
import { serveLive } from '../http/live-server.ts';
import type { HttpServer } from '../http/listener.ts';
import { OperatorMetrics } from '../http/metrics.ts';
import { isLoopback } from '../http/loopback.ts';
import { apiReviews } from '../http/reviews.ts';
import { serveHttp } from '../http/server.ts';
import { Operator } from '../leadplatform/operator.ts';
import { logOptions } from '../runtime/log-lines.ts';
import { OwnAddresses } from '../runtime/own-addresses.ts';
import { startWatchdog, type Watchdog } from '../runtime/watchdog.ts';
import { connect } from './cluster-options.ts';
import { ownPod } from './own-pod.ts';
import { onStopSignal } from './stop-signals.ts';

const HELP = `Usage: leadplatform run [options]

Runs the operator until SIGTERM or SIGINT, and drains.

Options:
  --kubeconfig FILE      the cluster; inside a pod, leave it out
  --context NAME         a context of the kubeconfig; the current one is never
                         taken by itself
  --namespace NAME       watch this namespace; repeat for more. Default: all
  --lease-namespace NAME where the leader's Lease is. Default: the namespace of
                         the pod, or of the context
  --http-address ADDR    host:port of metrics.
                         Default: 0.0.0.0:8080; port 0 is any free one
  --live-address ADDR    host:port of live numbers. Clients send their tokens
                         there in clear: leave it on loopback, where a
                         port-forward arrives. Default: 127.0.0.1:8082
  --health-address ADDR  host:port of /healthz and /readyz, for probes.
                         Default: 0.0.0.0:8081; port 0 is any free one
  --allow-privileged     platforms may run privileged containers
  --allow-host-path      platforms may mount folders of the nodes
  --allow-address CIDR   platforms may name servers there: a part of the loopback or
                         link-local addresses, which are refused, or one address
                         of this process; repeat for more. Metadata services and
                         the ports of this process are never opened
  --allow-service-account
                         platforms may run as a ServiceAccount of their choice,
                         or their image as one of RabbitMQ's operator
  --allow-priority-class NAME
                         platforms may name this PriorityClass
  --allow-toleration KEY platforms may tolerate taints with this key
  --allow-hostname NAME  platforms may ask for the requests to this host name and
                         to those below it; '*': to any
  --allow-ingress-annotation KEY
                         platforms may set this annotation on an Ingress or on a
                         Service of type LoadBalancer
  --allow-pod-annotation KEY
                         platforms may give Pods this annotation or label, though
                         an injector or a runtime takes orders by it
                         These five: repeat for more; 'abc*' allows all that
                         begin with abc (not --allow-hostname)
  --look-at-nodes        say so where pods to be made fit on no node; needs to list
                         nodes, and the pods of the whole cluster
  --service-host NAME    the Service in front of this process, whose addresses
                         are refused like its own; repeat for more
  --concurrency N        platforms worked on at once. Default: 32
  --image IMAGE          the image of this process, for Jobs of the operator.
                         Default: $OPERATOR_IMAGE
  --log-level LEVEL      debug, info, warn or error. Default: info
  --log-format FORMAT    json, pretty, or auto: pretty on a terminal.
                         Default: auto

In a Pod, OPERATOR_NAMESPACE, OPERATOR_POD and OPERATOR_POD_UID say which it is.
The status of each LeadPlatform names it, for leadplatform status.

Exit codes: 0 stopped, 1 failed, 2 wrong usage, 4 leadership was lost,
5 the event loop was blocked for four seconds.
`;

/** How long a start waits for the addresses of the Service in front of it. */
const MOST_NAMES_MS = 3_000;
/** The most refused addresses that are logged. */
const MOST_TOLD = 16;
/** Leadership went to another process: started again, this one is a standby. */
const EXIT_DEPOSED = 4;

/** A key or a name, or the beginning of some. */
const ENTRY = /^(?:\*|[A-Za-z0-9][-A-Za-z0-9_./]*\*?)$/;
const ENTRY_OPTIONS = [
  'allow-priority-class',
  'allow-toleration',
  'allow-ingress-annotation',
  'allow-pod-annotation',
] as const;
const HOSTNAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

interface Address {
  readonly host: string;
  readonly port: number;
}
type AddressOption = 'http-address' | 'health-address' | 'live-address';

interface RunOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespaces: readonly string[] | undefined;
  readonly leaseNamespace?: string | undefined;
  readonly http: Address;
  readonly health: Address;
  readonly live: Address;
  readonly concurrency: number;
  readonly permissions: AuthorPermissions;
  readonly allowedAddresses: readonly Network[];
  readonly serviceHosts: readonly string[];
  readonly looksAtNodes: boolean;
  readonly image: string | undefined;
  readonly logLevel: string;
  readonly logFormat: string;
}

export function parseRunOptions(args: readonly string[]): RunOptions {
  const { values } = parseArguments({
    args: [...args],
    options: {
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      namespace: { type: 'string', multiple: true },
      'lease-namespace': { type: 'string' },
      'http-address': { type: 'string', default: '0.0.0.0:8080' },
      'health-address': { type: 'string', default: '0.0.0.0:8081' },
      'live-address': { type: 'string', default: '127.0.0.1:8082' },
      concurrency: { type: 'string', default: '32' },
      image: { type: 'string' },
      'allow-privileged': { type: 'boolean', default: false },
      'allow-host-path': { type: 'boolean', default: false },
      'allow-address': { type: 'string', multiple: true, default: [] },
      'allow-service-account': { type: 'boolean', default: false },
      'allow-priority-class': { type: 'string', multiple: true, default: [] },
      'allow-toleration': { type: 'string', multiple: true, default: [] },
      'allow-hostname': { type: 'string', multiple: true, default: [] },
      'allow-ingress-annotation': { type: 'string', multiple: true, default: [] },
      'allow-pod-annotation': { type: 'string', multiple: true, default: [] },
      'look-at-nodes': { type: 'boolean', default: false },
      'service-host': { type: 'string', multiple: true, default: [] },
      'log-level': { type: 'string', default: 'info' },
      'log-format': { type: 'string', default: 'auto' },
    },
  });
  const addressOf = (option: AddressOption): Address => {
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d{1,5})$/.exec(values[option]) ?? [];
    if (port === '' || Number(port) > 65_535)
      throw new UsageError(`--${option} is "${values[option]}"; write host:port, like 127.0.0.1:8080`);
    // Tokens come to live numbers in clear: only who writes an address opens them to a network.
    const everywhere = option === 'live-address' ? '127.0.0.1' : '0.0.0.0';
    return { host: host === '' ? everywhere : host, port: Number(port) };
  };
  const concurrency = Number(values.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 1_000) {
    throw new UsageError(`--concurrency is "${values.concurrency}"; write a whole number from 1 to 1000`);
  }
  const oneOf = (option: 'log-level' | 'log-format', allowed: readonly string[]): string => {
    if (!allowed.includes(values[option])) {
      throw new UsageError(`--${option} is "${values[option]}"; write one of ${allowed.join(', ')}`);
    }
    return values[option];
  };
  for (const option of ENTRY_OPTIONS) {
    const wrong = values[option].find((entry) => !ENTRY.test(entry));
    if (wrong === undefined) continue;
    throw new UsageError(
      `--${option} is "${wrong}"; write a name or a key, with a * at its end for all that begin with it, or '*' for all`,
    );
  }
  for (const name of values['allow-hostname']) {
    if (name === '*' || HOSTNAME.test(name)) continue;
    throw new UsageError(
      `--allow-hostname is "${name}"; write a domain like leads.example.com, which stands for every name below it, too, or '*'`,
    );
  }
  return {
    kubeconfig: values.kubeconfig,
    context: values.context,
    namespaces: values.namespace,
    leaseNamespace: values['lease-namespace'],
    http: addressOf('http-address'),
    health: addressOf('health-address'),
    live: addressOf('live-address'),
    concurrency,
    permissions: {
      privileged: values['allow-privileged'],
      hostPath: values['allow-host-path'],
      serviceAccount: values['allow-service-account'],
      priorityClasses: values['allow-priority-class'],
      tolerations: values['allow-toleration'],
      hostnames: values['allow-hostname'],
      ingressAnnotations: values['allow-ingress-annotation'],
      podAnnotations: values['allow-pod-annotation'],
    },
    allowedAddresses: values['allow-address'].map(allowedAddress),
    serviceHosts: values['service-host'],
    looksAtNodes: values['look-at-nodes'],
    image: values.image,
    logLevel: oneOf('log-level', ['debug', 'info', 'warn', 'error']),
    logFormat: oneOf('log-format', ['auto', 'json', 'pretty']),
  };
}

function allowedAddress(text: string): Network {
  try {
    return allowance(text);
  } catch (error) {
    if (!(error instanceof InvalidAllowance)) throw error;
    throw new UsageError(`--allow-address is "${text}", which ${error.message}`);
  }
}

async function run(args: readonly string[]): Promise<number> {
  const options = parseRunOptions(args);
  const logger = await createLogger(options);
  const kube = await connect({
    kubeconfig: options.kubeconfig,
    context: options.context,
    // A pass has one request under way at a time: fewer connections than passes would only make a second line.
    maxConnections: options.concurrency,
    logger,
  });
  const ownAddresses = new OwnAddresses({
    serviceHosts: options.serviceHosts,
    told: (process.env['POD_IPS'] ?? '').split(',').filter((address) => address !== ''),
  });
  const ownPorts: number[] = [];
  const metrics = new OperatorMetrics();
  let watchdog: Watchdog | undefined;
  const operator = new Operator({
    kube,
    namespaces: options.namespaces,
    leaseNamespace: options.leaseNamespace ?? kube.namespace,
    concurrency: options.concurrency,
    permissions: options.permissions,
    addresses: new AddressPolicy({
      allowed: options.allowedAddresses,
      own: () => ownAddresses.now(),
      ownPorts: () => ownPorts,
      onOwnRefused: tellOnce(logger),
    }),
    looksAtNodes: options.looksAtNodes,
    image: options.image ?? process.env['OPERATOR_IMAGE'],
    pod: ownPod(process.env),
    doing: (what) => watchdog?.doing(what),
    metrics,
    logger,
  });
  metrics.observe(operator);
  const reviewing = kube.client({
    // Without the right to ask all else works, and each user who asks for numbers would set off an alert.
    onRequest: (sample) => sample.status === 403 || metrics.requested(sample),
  });
  const access = new LiveAccess({ reviews: apiReviews(reviewing), logger });
  const servers = await startAll([
    () => orUsageError('health-address', options.health, (at) => serveHealth({ ...at, operator })),
    () => orUsageError('http-address', options.http, (at) => serveHttp({ ...at, operator, metrics, logger })),
    () => orUsageError('live-address', options.live, (at) => serveLive({ ...at, operator, access, logger })),
  ]);
  if (!isDebugged()) watchdog = startWatchdog({ logger });
  const stopping = new AbortController();
  const noLongerStops = onStopSignal((signal) => {
    logger.info({ signal }, 'Draining');
    stopping.abort();
  });
  const [health, http, live] = servers;
  ownPorts.push(...[http, health, live].map(({ address }) => portOf(address)));
  logger.info(
    {
      address: http.address,
      health: health.address,
      live: live.address,
      server: kube.server,
      context: kube.context,
    },
    'Starting',
  );
  if (!isLoopback(options.live.host))
    logger.warn(
      { live: live.address },
      'Serving live numbers to a network: tokens of users cross it in clear. Leave --live-address on loopback',
    );
  try {
    // A name service that is away must not keep a leader from leading: it leads no connection to us, either.
    await Promise.race([ownAddresses.known(), pause(MOST_NAMES_MS, undefined, { ref: false })]);
    const ended = await operator.run(stopping.signal);
    logger.info({ ended }, 'Stopped');
    return ended === 'deposed' ? EXIT_DEPOSED : 0;
  } finally {
    await stopAll(servers);
    await kube.close();
    await watchdog?.stop();
    noLongerStops();
  }
}

/** A URL without a port has that of its scheme. */
const portOf = (address: string): number => Number(new URL(address).port) || 80;

/** The administrator learns which address it is; an author who names many of them does not fill the log. */
function tellOnce(logger: Logger): (address: string) => void {
  const told = new Set<string>();
  return (address) => {
    if (told.has(address) || told.size >= MOST_TOLD) return;
    told.add(address);
    logger.warn({ address }, 'Refusing to connect to an address of this process; --allow-address opens it');
  };
}

/** A debugger stops the loop for as long as you look. */
function isDebugged(): boolean {
  return process.execArgv.some((option) => /^--inspect(-brk|-wait)?(=|$)/.test(option));
}

/** One after the other; where one cannot listen, those before it stop. */
async function startAll<const T extends readonly (() => Promise<HttpServer>)[]>(
  starts: T,
): Promise<{ readonly [K in keyof T]: HttpServer }> {
  const started: HttpServer[] = [];
  try {
    for (const start of starts) started.push(await start());
  } catch (error) {
    await stopAll(started);
    throw error;
  }
  return started as { readonly [K in keyof T]: HttpServer };
}

async function stopAll(servers: readonly HttpServer[]): Promise<void> {
  for (const server of servers.toReversed()) await server.stop();
}

async function orUsageError(
  option: AddressOption,
  at: Address,
  serve: (at: Address) => Promise<HttpServer>,
): Promise<HttpServer> {
  try {
    return await serve(at);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // In use, not this machine's, or for other users alone.
    if (code === undefined) throw error;
    throw new UsageError(`--${option} is "${at.host}:${at.port}", which cannot be listened at (${code})`);
  }
}

/** JSON for machines, pretty for a person at a terminal. pino-pretty is for development: it is not in the image. */
async function createLogger({ logLevel, logFormat }: RunOptions): Promise<Logger> {
  const options = logOptions(logLevel);
  if (logFormat === 'json' || (logFormat === 'auto' && !process.stdout.isTTY)) return pino(options);
  try {
    const { default: pretty } = await import('pino-pretty');
    return pino(
      options,
      pretty({ colorize: process.stdout.isTTY && process.env['NO_COLOR'] === undefined, sync: true }),
    );
  } catch {
    return pino(options);
  }
}

export const runCommand: CommandModule = { help: HELP, run };
