/**
 * Where the time of a test run goes, by kind of work. Whoever does such work notes how long it took, in the file that the
 * environment names; `npm test` adds it up at its end.
 */
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Names the file; without it nothing is noted. */
export const WORK_TIMES_VARIABLE = 'LEADPLATFORM_WORK_TIMES';

export type Work =
  | 'a control plane starts'
  | 'a cluster with real pods starts'
  | 'a Postgres, Redis or RabbitMQ starts'
  | 'an image is built'
  | 'a release is installed by Helm until its pods are Ready'
  | 'a namespace goes, with the grace of its containers'
  | 'kubectl, a process each'
  | 'a test polls until something is so';

/** How often, and for how long in all. Work of one kind may run beside another, or inside it. */
export type WorkTimes = ReadonlyMap<string, { readonly times: number; readonly seconds: number }>;

export async function timed<T>(work: Work, what: () => Promise<T>): Promise<T> {
  const path = process.env[WORK_TIMES_VARIABLE] ?? '';
  if (path === '') return what();
  const since = performance.now();
  try {
    return await what();
  } finally {
    appendFileSync(path, `${JSON.stringify([work, (performance.now() - since) / 1_000])}\n`);
  }
}

/** What was noted in these files; one that is not there counts for nothing. */
export async function readWorkTimes(paths: readonly string[]): Promise<WorkTimes> {
  const sums = new Map<string, { times: number; seconds: number }>();
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '');
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const [work, seconds] = JSON.parse(line) as [string, number];
      const before = sums.get(work) ?? { times: 0, seconds: 0 };
      sums.set(work, { times: before.times + 1, seconds: before.seconds + seconds });
    }
  }
  return sums;
}
