import { UsageError } from '../src/cli/errors.ts';
import { parseArguments } from '../src/cli/parse-arguments.ts';
import { pinnedBinaries } from './binaries.ts';
import { type ClusterKind, obtainCluster } from './cluster.ts';
import { isTestbedUnavailable } from './errors.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

const usage = `Usage:
  npm run testbed -- build             build the pinned control plane, once
  npm run testbed -- up [options]      start a cluster, Postgres and Redis, and stay until Ctrl-C
    --context NAME       use this context of your kubeconfig
    --kubeconfig FILE    use this kubeconfig
    --only KIND          kind, kubebuilder-assets or pinned: look for no other
    --nodes N            simulated nodes (1)
`;

async function up(args: string[]): Promise<void> {
  const { values } = parseArguments({
    args,
    options: {
      context: { type: 'string' },
      kubeconfig: { type: 'string' },
      only: { type: 'string' },
      nodes: { type: 'string' },
    },
  });
  const stops: (() => Promise<void>)[] = [];
  const ending = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  // Whoever presses Ctrl-C during the start does not want to wait for its end. What runs by then is ended by the
  // guardian, as after a crash.
  const interrupted = ending.then(() => 'interrupted' as const);
  let exitCode = 0;
  try {
    const started = await Promise.race([start(values, stops), interrupted]);
    if (started === 'interrupted') {
      exitCode = 130;
    } else {
      process.stdout.write(started);
      await ending;
    }
    process.stderr.write('testbed: stopping\n');
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
  process.exit(exitCode);
}

async function start(
  values: {
    context?: string | undefined;
    kubeconfig?: string | undefined;
    only?: string | undefined;
    nodes?: string | undefined;
  },
  stops: (() => Promise<void>)[],
): Promise<string> {
  const { context, kubeconfig, only, nodes } = values;
  const cluster = await obtainCluster({
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(only === undefined ? {} : { only: clusterKind(only) }),
    ...(nodes === undefined ? {} : { nodes: Number(nodes) }),
  });
  stops.push(cluster.stop);
  const postgres = await startPostgres();
  stops.push(postgres.stop);
  const redis = await startRedis();
  stops.push(redis.stop);
  return [
    `export KUBECONFIG=${cluster.kubeconfigPath}`,
    `export DATABASE_URL=${postgres.url}`,
    `export REDIS_URL=${redis.url}`,
    `alias kubectl=${cluster.kubectlPath}`,
    '# Ctrl-C ends all of it',
    '',
  ].join('\n');
}

function clusterKind(value: string): Exclude<ClusterKind, 'explicit'> {
  if (value === 'kind' || value === 'kubebuilder-assets' || value === 'pinned') return value;
  throw new UsageError(`--only is "${value}"; it is one of kind, kubebuilder-assets, pinned`);
}

const [command, ...rest] = process.argv.slice(2);
try {
  if (command === 'build') await pinnedBinaries();
  else if (command === 'up') await up(rest);
  else {
    process.stderr.write(usage);
    process.exitCode = 2;
  }
} catch (error) {
  const isUsage = error instanceof UsageError;
  if (!isUsage && !isTestbedUnavailable(error)) throw error;
  process.stderr.write(`testbed: ${error.message}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
