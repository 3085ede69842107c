/** An operator that comes back to a fleet where everything is in place: it should look at it and leave it. */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject, Resources } from '../controller/runtime/resources.ts';
import { resourceType } from '../controller/runtime/resources.ts';
import type { Log } from '../testbed/progress.ts';
import { countedText, type Request, writesOf } from './audit.ts';
import type { PlatformStatus, PlatformWatch } from './fleet-platforms.ts';
import { scrape } from './metrics.ts';
import { startOperator } from './operator.ts';
import { memoryOf } from './process-usage.ts';
import { OPERATOR_USER, type World } from './world.ts';

/** An operator that did not decide about all platforms by then is measured as it is. */
const GIVE_UP_MS = 8 * 60_000;
/** What the operator still has to say is said in this time. */
const SETTLED_MS = 10_000;

export interface Restart {
  /** Seconds until every platform had been decided about again. */
  readonly seconds: number;
  /** Without the lease. */
  readonly writes: readonly Request[];
  readonly peak: number;
  /** What was written, in words; nothing where nothing was. */
  readonly remarks: readonly string[];
}

export async function restartOf(
  world: World,
  stack: AsyncDisposableStack,
  platforms: PlatformWatch,
  count: number,
  log: Log,
): Promise<Restart> {
  const before = platforms.statuses();
  const operator = await startOperator(world);
  stack.defer(operator.stop);
  let decided = 0;
  while (decided < count && Date.now() < operator.startedAt + GIVE_UP_MS) {
    await delay(2_000);
    decided = (await scrape(operator.url)).count('leadplatform_tier');
  }
  const seconds = (Date.now() - operator.startedAt) / 1_000;
  await delay(SETTLED_MS);
  const all = await writesOf(world.auditLog, OPERATOR_USER, operator.startedAt);
  const writes = all.filter(({ resource }) => resource !== 'leases');
  const { peak } = await memoryOf(operator.process.pid);
  const remarks =
    writes.length === 0
      ? []
      : [
          `Written after the restart: ${countedText(writes)}.`,
          `Events after the restart: ${mostFrequent(await eventsSince(world.resources, operator.startedAt))}.`,
          `Fields of a status that were written anew: ${mostFrequent(changedFields(before, platforms.statuses()))}.`,
        ];
  for (const remark of remarks) log(`fleet: ${remark}`);
  await operator.stop();
  await rm(operator.logFile, { force: true });
  return { seconds, writes, peak, remarks };
}

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly lastTimestamp: string;
  readonly source?: { readonly component?: string };
}
const EVENTS = resourceType<Event>({ group: '', version: 'v1', plural: 'events', kind: 'Event' });
const LONGEST_SENTENCE = 120;

/** Reasons with their sentences, numbers and names left out, of whatever the operator has told since then. */
async function eventsSince(resources: Resources, since: number): Promise<readonly string[]> {
  const { items } = await resources.list(EVENTS);
  return (
    items
      .filter(({ source }) => source?.component === 'leadplatform-operator')
      // The API's time has whole seconds.
      .filter(({ lastTimestamp }) => Date.parse(lastTimestamp) >= since - 1_000)
      .map(({ reason, message }) => `${reason} (${withoutNumbers(message).slice(0, LONGEST_SENTENCE)})`)
  );
}

const withoutNumbers = (text: string): string => text.replaceAll(/\d[\d.,:TZ-]*/g, 'N');

/** Of every status that differs the paths, without places in lists. */
function changedFields(
  before: ReadonlyMap<string, PlatformStatus>,
  after: ReadonlyMap<string, PlatformStatus>,
): readonly string[] {
  return [...after].flatMap(([key, status]) => [...new Set(differing(before.get(key), status, ''))]);
}

function differing(before: unknown, after: unknown, path: string): readonly string[] {
  if (Object.is(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [path];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    differing(before[key], after[key], Array.isArray(after) ? `${path}[]` : `${path}.${key}`),
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function mostFrequent(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([word, count]) => `${word} ${count}`).join(' · ') || 'none';
}
