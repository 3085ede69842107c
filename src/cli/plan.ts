/** `leadplatform plan`: what the operator would decide for a load, without a cluster. */
import { confirmedCapabilities } from '../api/confirmed.ts';
import { unknownWord } from '../api/did-you-mean.ts';
import { ladderOf } from '../ladder/ladder.ts';
import type { CommandModule } from './command.ts';
import { EXIT, UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { platformsIn } from './manifest.ts';
import type { Platform } from './manifest.ts';
import { oneOf } from './one-of.ts';
import { parseArguments } from './parse-arguments.ts';
import { planReport } from './plan-report.ts';
import type { PlanReport } from './plan-report.ts';
import { drawPlan } from './plan-table.ts';
import { readInput } from './read-input.ts';
import { rehearse } from './rehearse.ts';
import { parseSignalValues, readingsOf, scalarHelp } from './signal-values.ts';
import type { SignalValues } from './signal-values.ts';

const help = `Decides offline what the operator would make of a load. No cluster is asked, and
nothing is changed.

Usage: leadplatform plan -f FILE... [--set NAME=VALUE,...]... [options]

Options:
  -f, --filename FILE    a manifest with LeadPlatforms; - is standard input;
                         repeatable
  -s, --set NAME=VALUE   a signal, or several separated by commas; repeatable
      --spike            the load is there only now; else it is sustained
      --from TIER        the tier to start from; else status.tier of the
                         manifest, else the lowest tier
  -o, --output FORMAT    table (the default) or json
  -h, --help             show this help

Signals, in units as people write them (a plain number is in the base unit):
${scalarHelp('count')}
  queueDepth.QUEUE               jobs ready, like queueDepth.vici-updates=6000
  queueOldestAgeSeconds.QUEUE    seconds, or 90s; beside the depth of the queue
${scalarHelp('ms')}
${scalarHelp('B')}
${scalarHelp('%')}
  databaseConnections            used/allowed, like 60/100; or a percentage,
                                 which is taken of 100 connections

A sustained load shows where the platform ends up standing: it climbs at once,
and goes down one tier at a time (tier is the next tier, targetTier the last);
transition windows are left out, schedules of replicas count as they are now.
Capabilities show the state that they have once all of it is carried out. With
--spike it stands idle before, and only what does not wait happens: replicas,
and capabilities without which it breaks.
What the jobs that come need is learned from looks at queues: no such need
raises the tier here.

JSON is one object for one LeadPlatform, a list for several: tier, targetTier,
capabilities, components, signals, reasons. Values are counts, ms, B, s and %.

Exit codes: 0 decided, 1 unexpected failure, 2 wrong usage, 3 invalid manifest.

Example:
  leadplatform plan -f manifests/samples/smallest.yaml \\
    --set leadsPerDay=28000,queueDepth.vici-updates=6000,responseTime=620ms
`;

interface Options {
  /** One or more. */
  readonly files: readonly string[];
  readonly values: SignalValues;
  readonly spike: boolean;
  readonly from: string | undefined;
  readonly format: 'json' | 'table';
}

function options(args: readonly string[]): Options {
  const { values } = parseArguments({
    args: [...args],
    options: {
      filename: { type: 'string', short: 'f', multiple: true },
      set: { type: 'string', short: 's', multiple: true },
      spike: { type: 'boolean' },
      from: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
    strict: true,
    allowPositionals: false,
  });
  const format = oneOf('--output', values.output ?? 'table', ['table', 'json']);
  const files = values.filename ?? [];
  if (files.length === 0 || files.includes('')) {
    throw new UsageError('plan needs a manifest: -f FILE, or -f - for standard input');
  }
  if (files.filter((file) => file === '-').length > 1) {
    throw new UsageError('-f - is given twice, and standard input can be read once; keep one');
  }
  return {
    files,
    values: parseSignalValues(values.set ?? []),
    spike: values.spike ?? false,
    from: values.from,
    format,
  };
}

function startingTier(platform: Platform, from: string | undefined): string {
  const { byName, lowest } = ladderOf(platform.spec);
  if (from === undefined) {
    return platform.tier !== undefined && byName.has(platform.tier) ? platform.tier : lowest.name;
  }
  if (byName.has(from)) return from;
  const names = [...byName.keys()];
  throw new UsageError(`--from: ${unknownWord('tier', from, names)} (${platform.name})`);
}

function report(platform: Platform, { values, spike, from }: Options, now: number): PlanReport {
  const decision = rehearse(
    {
      spec: platform.spec,
      readings: readingsOf(values, platform.spec, now),
      from: startingTier(platform, from),
      confirmed: confirmedCapabilities(platform.annotations),
      spike,
    },
    now,
  );
  return planReport(platform, decision, now);
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const asked = options(args);
  const platforms: Platform[] = [];
  for (const file of asked.files) platforms.push(...platformsIn(await readInput(file, io), file));
  const now = io.now();
  const reports = platforms.map((platform) => report(platform, asked, now));
  if (asked.format === 'json') {
    io.out.write(`${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`);
  } else {
    io.out.write(
      platforms.map((platform, index) => drawPlan(platform, reports[index]!, io.out)).join('\n\n'),
    );
  }
  return EXIT.ok;
}

export const plan: CommandModule = { help, run };
