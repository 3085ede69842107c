/** `npm run demo`: from arguments to an exit code. What was started is stopped, whatever happens. */
import { readFile } from 'node:fs/promises';
import { parseTrace, TraceError } from '../../src/simulate/trace.ts';
import { isTestbedUnavailable } from '../errors.ts';
import { discardLog } from './operator.ts';
import { type Options, parseOptions, USAGE, UsageError } from './options.ts';
import { climbAndDescent, type TrafficPlan } from './plan.ts';
import { Play } from './play.ts';
import { runOnRealPods } from './real/main.ts';
import { replayOfTrace } from './replay.ts';
import { shortcomings, type Summary, summaryObject, summaryText } from './report.ts';
import { jsonLines, liveTable, plainLines, type Show } from './show.ts';
import { EXIT, type Interruption, listenForSignals } from './signals.ts';
import { NAMESPACE, startWorld, type World } from './world.ts';

/** Progress, and what is for people while standard output is for programs. */
const log = (line: string): void => void process.stderr.write(`demo: ${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === 'help') {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  if (options.realPods) return runOnRealPods(options, args, log);
  const plan = await planOf(options);
  const interruption = listenForSignals(log);
  const stack = new AsyncDisposableStack();
  let world: World | undefined;
  let code: number;
  try {
    // Whoever presses Ctrl-C during the start does not want to wait for its end. What is half started by then is ended
    // by the guardian, as after a crash.
    const started = await Promise.race([startWorld(options, stack, log), interruption.promise]);
    if (typeof started === 'number') code = started;
    else {
      world = started;
      code = await perform(world, plan, options, stack, interruption);
    }
  } catch (error) {
    // What breaks while everything is being stopped is no news.
    code = interruption.code() ?? EXIT.failed;
    if (code === EXIT.failed) log(errorText(error));
  }
  try {
    await stack.disposeAsync();
  } catch (error) {
    log(`could not stop everything: ${errorText(error)}`);
    code = EXIT.failed;
  }
  if (world !== undefined && code === EXIT.failed)
    log(`the log of the operator is ${world.operator.logFile}`);
  else if (world !== undefined) await discardLog(world.operator);
  return code;
}

async function planOf({ trace, seed }: Options): Promise<TrafficPlan> {
  if (trace === undefined) return climbAndDescent(seed);
  const csv = await readFile(trace, 'utf8').catch((error: Error) => {
    throw new UsageError(`--trace: ${error.message}`);
  });
  return { replay: replayOfTrace(parseTrace(csv)), leadBursts: [], jobBursts: [], holds: [] };
}

async function perform(
  world: World,
  plan: TrafficPlan,
  options: Options,
  stack: AsyncDisposableStack,
  interruption: Interruption,
): Promise<number> {
  const interrupted = interruption.signal;
  const show = showOf(options);
  const play = new Play({ world, plan, options, show });
  stack.defer(() => play.stop());
  let summary: Summary;
  try {
    summary = await play.run(interrupted);
  } finally {
    show.end();
  }
  const by = interruption.code();
  if (by !== undefined) return by;
  if (options.output === 'json') process.stdout.write(`${JSON.stringify(summaryObject(summary))}\n`);
  else process.stdout.write(summaryText(summary, Math.min(100, process.stdout.columns ?? 80)));
  if (options.keep) {
    log(`still running, at the load of the last day, until Ctrl-C. To look at it:
  export KUBECONFIG=${world.cluster.kubeconfigPath}
  alias kubectl=${world.cluster.kubectlPath}
  kubectl get lp --namespace ${NAMESPACE} --watch
  kubectl describe lp ${world.sample.name} --namespace ${NAMESPACE}
  kubectl get deployments,pods --namespace ${NAMESPACE}
  curl ${world.operator.url}/metrics
  tail -f ${world.operator.logFile}`);
    try {
      await play.goOn(interrupted);
    } finally {
      show.end();
    }
  }
  return shortcomings(summary).length === 0 ? EXIT.ok : EXIT.failed;
}

function showOf({ output }: Options): Show {
  if (output === 'json') return jsonLines(process.stdout);
  if (!process.stdout.isTTY) return plainLines(process.stdout);
  return liveTable(process.stdout, process.env['NO_COLOR'] === undefined);
}

function errorText(error: unknown): string {
  if (isTestbedUnavailable(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof TraceError)) throw error;
  process.stderr.write(`demo: ${error.message}\n`);
  process.exit(EXIT.usage);
}
