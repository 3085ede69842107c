/** The arrivals on which sizing is measured: real ones from a folder, or made-up ones. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTrace, TraceError, traceOf, type Trace } from '../../src/simulate/trace.ts';
import { leadDays } from '../../src/simulate/traffic.ts';
import { UsageError } from '../options.ts';

/** By their names. */
export type Traces = ReadonlyMap<string, Trace>;

/** @param folder With `*.csv` of `time,leads`; undefined: five weeks of the project's own generator. */
export async function readTraces(folder: string | undefined): Promise<Traces> {
  if (folder === undefined) return new Map([['made up', madeUp()]]);
  const files = (await filesIn(folder)).filter((file) => file.endsWith('.csv')).toSorted();
  if (files.length === 0) throw new UsageError(`--traces: ${folder} has no file that ends in .csv`);
  const traces = files.map(
    async (file) => [file.replace(/\.csv$/, ''), await readTrace(folder, file)] as const,
  );
  return new Map(await Promise.all(traces));
}

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--traces: ${folder} cannot be read as a folder (${code}); name one with CSV files`);
  }
}

async function readTrace(folder: string, file: string): Promise<Trace> {
  const text = await readFile(join(folder, file), 'utf8');
  try {
    return parseTrace(text);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new UsageError(`--traces: ${join(folder, file)}, ${error.message}`);
  }
}

const MADE_UP_DAYS = 35;

function madeUp(): Trace {
  const from = Date.UTC(2026, 0, 5);
  return traceOf([
    ...leadDays({ seed: 1, from, days: MADE_UP_DAYS, leadsPerDay: () => 50_000, bucket: 60_000 }),
  ]);
}
