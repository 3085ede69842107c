/** `leadplatform simulate`: what the operator and its peers would have done with arrivals that were recorded. */
import { parseTrace, TraceError } from '../../simulate/trace.ts';
import type { CommandModule } from '../command.ts';
import { EXIT, ManifestError, UsageError } from '../errors.ts';
import type { Io, Output } from '../io.ts';
import { platformsIn } from '../manifest.ts';
import { readInput } from '../read-input.ts';
import { drawSimulation } from './draw.ts';
import { simulateOptions, type SimulateOptions } from './options.ts';
import { drawPage } from './page.ts';
import { drawSvg } from './picture.ts';
import { progressOn } from './progress.ts';
import { simulateReport } from './report.ts';

const help = `Runs the jobs of a recorded trace through one queue, one by one, under the
operator's own decisions and under those of its peers. No cluster is asked, and
nothing is changed.

Usage: leadplatform simulate -f FILE --trace CSV [options]

Options:
  -f, --filename FILE    a manifest with one LeadPlatform; - is standard input
      --trace CSV        a header, then lines of time,leads: the start of a
                         bucket, and the leads in it; where there is no line none
                         came. With one column each line is a lead, at its time.
                         - is standard input
      --policy NAMES     leadplatform, keda, hpa, static, oracle, or several
                         separated by commas; all, the default, is each of them
      --queue NAME       the queue that is simulated; else the first of
                         components.queues
      --service-time D   how long a job takes on the average, like 20s; else 60 s
                         over the queue's capacity.jobsPerMinute
      --service-cv N     standard deviation of that over its mean; else 1
      --pod-start D      from when a Pod is wanted until it works; else 20s
      --jobs-per-lead N  jobs that one lead makes in the queue; else 1
      --scale N          the leads of the trace are taken this many times
      --from, --to TIME  the part of the trace that counts, like 2026-03-02
      --faults LIST      what goes wrong, separated by commas: WHAT@TIME/DURATION,
                         where WHAT is queues, leads-per-minute, leads-per-day, or
                         leads, which is both (they cannot be read; with a number
                         behind it, or frozen, they read that: queues@TIME/1h=0),
                         starts (no Pod becomes ready), throughput (all Pods
                         together finish so many jobs a minute at the most, 0 is
                         an outage: throughput@TIME/DURATION=60), or jobs: those
                         that come then take so many times as long, jobs@…=3
      --lift-bounds      1 to 1000 replicas of everything on every tier
      --seed N           another one has other arrivals; else 1
  -o, --output FORMAT    table (the default), json, svg, or html: one file that
                         shows load, Pods, queue and tier over time, and zooms
  -h, --help             show this help

Columns are separated by commas, semicolons or tabs. A time is written like
2026-03-02T08:00:00Z, 2026-03-02 08:00:00+00, in UTC where it has no zone, or in
seconds since 1970. From a table of leads:

  \\copy (select created_at from leads) to 'leads.csv' csv header

Arrivals are Poisson within each bucket, so that jobs are not exactly as many as
leads; the time that a job takes is lognormal, and jobs are taken in their order.
Pods that are not ready go first, then the youngest; a busy one finishes its job.
The operator reads what its sources would read, at their intervals, and the days
before the trace are taken to be like its first one. KEDA and HPA have 1 to 1000
Pods. static is the fewest Pods with which no job is late, and oracle knows the
future.

Exit codes: 0 done, 1 unexpected failure, 2 wrong usage, 3 invalid manifest or
trace.

Example:
  leadplatform simulate -f manifests/samples/smallest.yaml --trace leads.csv
`;

async function run(args: readonly string[], io: Io): Promise<number> {
  const options = simulateOptions(args);
  const platforms = platformsIn(await readInput(options.file, io), options.file);
  const [platform, ...more] = platforms;
  if (platform === undefined || more.length > 0)
    throw new UsageError(
      `${options.file} has ${platforms.length} LeadPlatforms, and one is simulated at a time; keep one`,
    );
  const progress = progressOn(io.err);
  try {
    const trace = parseTrace(await readInput(options.trace, io));
    const simulated = simulateReport(platform.spec, trace, options, (name, share) =>
      progress.show(name, share),
    );
    progress.end();
    io.out.write(drawn(simulated, options.format, io.out));
    return EXIT.ok;
  } catch (error) {
    progress.end();
    if (error instanceof TraceError) throw new ManifestError(`${options.trace}, ${error.message}`);
    throw error;
  }
}

function drawn(
  { report, picture }: ReturnType<typeof simulateReport>,
  format: SimulateOptions['format'],
  out: Output,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'svg':
      return drawSvg(picture);
    case 'html':
      return drawPage(picture, drawSimulation(report, { ...out, colour: false }));
    case 'table':
      return drawSimulation(report, out);
  }
}

export const simulate: CommandModule = { help, run };
