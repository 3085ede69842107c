/** The arrivals on which sizing is measured: real ones from a folder, or made-up ones. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTrace, TraceError, traceOf, type Trace } from '../src/simulate/trace.ts';
import { leadDays } from '../src/simulate/traffic.ts';
import { workloadOf, type Workload } from '../src/simulate/queue/workload.ts';
import { UsageError } from './options.ts';

/** What is the same in every case. */
export const OBJECTIVE_SECONDS = 60;
export const POD_START_SECONDS = 20;
const SEED = 1;
/** Seconds that a job takes, on the average. */
const SERVICES = [5, 20];
const DAYS = 14;
/** Leads of the busiest day, at least: a queue of a few jobs is sized by its floor. */
const BUSIEST_DAY = 50_000;
const DAY_MS = 86_400_000;
const MONDAY = 1;

export interface Case {
  readonly name: string;
  readonly serviceSeconds: number;
  readonly workload: Workload;
}

interface NamedTrace {
  readonly name: string;
  readonly trace: Trace;
}

/** @param folder With `*.csv` of `time,leads`; undefined: two weeks of the project's own generator. */
export async function coreCases(folder: string | undefined): Promise<readonly Case[]> {
  const traces = folder === undefined ? [madeUp()] : await read(folder);
  return traces.flatMap(({ name, trace }) => SERVICES.map((service) => caseOf(name, trace, service)));
}

async function read(folder: string): Promise<readonly NamedTrace[]> {
  const files = (await filesIn(folder)).filter((file) => file.endsWith('.csv')).toSorted();
  if (files.length === 0) throw new UsageError(`--traces: ${folder} has no file that ends in .csv`);
  return Promise.all(files.map((file) => readTrace(folder, file)));
}

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--traces: ${folder} cannot be read as a folder (${code}); name one with CSV files`);
  }
}

async function readTrace(folder: string, file: string): Promise<NamedTrace> {
  const text = await readFile(join(folder, file), 'utf8');
  try {
    return { name: file.replace(/\.csv$/, ''), trace: parseTrace(text) };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new UsageError(`--traces: ${join(folder, file)}, ${error.message}`);
  }
}

function madeUp(): NamedTrace {
  const from = Date.UTC(2026, 0, 5);
  return {
    name: 'made up',
    trace: traceOf([
      ...leadDays({ seed: SEED, from, days: DAYS, leadsPerDay: () => 50_000, bucket: 60_000 }),
    ]),
  };
}

/** Two weeks from the first Monday on, or all of a shorter trace; taken twice and more often where the days are too quiet. */
function caseOf(name: string, trace: Trace, serviceSeconds: number): Case {
  const { buckets } = trace;
  const [first, last] = [buckets[0]?.at ?? 0, buckets.at(-1)?.at ?? 0];
  const isLong = last - first > DAYS * DAY_MS;
  const from = isLong ? firstMonday(first) : first;
  const until = isLong ? from + DAYS * DAY_MS : undefined;
  const days = new Map<number, number>();
  for (const { at, leads } of buckets.filter(({ at }) => at >= from && at < (until ?? Infinity))) {
    const day = Math.floor(at / DAY_MS);
    days.set(day, (days.get(day) ?? 0) + leads);
  }
  const scale = Math.max(1, Math.ceil(BUSIEST_DAY / Math.max(1, ...days.values())));
  const workload = workloadOf(trace, { seed: SEED, scale, serviceSeconds, from, until });
  return { name: `${name}, ${serviceSeconds} s`, serviceSeconds, workload };
}

function firstMonday(first: number): number {
  let day = Math.floor(first / DAY_MS) * DAY_MS;
  while (new Date(day).getUTCDay() !== MONDAY) day += DAY_MS;
  return day;
}
