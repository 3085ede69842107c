/** What of a fleet was written in a span of time: which Events, and which fields of a status. */
import type { KubeObject, Resources } from '../controller/runtime/resources.ts';
import { resourceType } from '../controller/runtime/resources.ts';
import { countedText, type Request } from './audit.ts';
import type { PlatformStatus, PlatformWatch } from './fleet-platforms.ts';
import type { World } from './world.ts';

/** A lease is renewed all the time, and says nothing of platforms. */
export const isNews = ({ resource }: Request): boolean => resource !== 'leases';

export interface Written {
  /** Sentences for the remarks of a section; none where nothing was written. */
  readonly remarks: readonly string[];
  /** Statuses in which only the Pod of the operator is another one: a Pod that takes over writes its name into each. */
  readonly renamed: number;
}

/** @param when Ends `Written …`. */
export async function whatWasWritten(
  when: string,
  { resources }: World,
  platforms: PlatformWatch,
  span: {
    readonly before: ReadonlyMap<string, PlatformStatus>;
    /** In ms since the epoch. */
    readonly since: number;
    readonly writes: readonly Request[];
  },
): Promise<Written> {
  if (span.writes.length === 0) return { remarks: [], renamed: 0 };
  const changed = changedFields(span.before, platforms.statuses());
  const isRenamed = (fields: readonly string[]) => fields.every((field) => field.startsWith(POD));
  const renamed = changed.filter(isRenamed).length;
  const others = changed.filter((fields) => !isRenamed(fields)).flat();
  return {
    renamed,
    remarks: [
      `Written ${when}: ${countedText(span.writes)}.`,
      ...(renamed > 0
        ? [`Statuses with another Pod of the operator, and nothing else new: ${renamed}.`]
        : []),
      `Events ${when}: ${mostFrequent(await eventsSince(resources, span.since))}.`,
      `Fields of the other statuses that changed ${when}: ${mostFrequent(others)}.`,
    ],
  };
}

/** The field that names the Pod. */
const POD = '.operator';

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly lastTimestamp: string;
  readonly source?: { readonly component?: string };
}
const EVENTS = resourceType<Event>({ group: '', version: 'v1', plural: 'events', kind: 'Event' });
const LONGEST_SENTENCE = 120;

/** Reasons with their sentences, numbers left out, of whatever the operator has told since then. */
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

/** Of every status that differs the paths; what is in a list by its name or type, not by its place. */
function changedFields(
  before: ReadonlyMap<string, PlatformStatus>,
  after: ReadonlyMap<string, PlatformStatus>,
): readonly (readonly string[])[] {
  return [...after]
    .map(([key, status]) => [...new Set(differing(before.get(key), status, ''))])
    .filter((fields) => fields.length > 0);
}

function differing(before: unknown, after: unknown, path: string): readonly string[] {
  if (Object.is(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [path];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    differing(
      before[key],
      after[key],
      Array.isArray(after) ? `${path}[${nameOf(after[key], key)}]` : `${path}.${key}`,
    ),
  );
}

function nameOf(entry: unknown, place: string): string {
  const { name, type } = isRecord(entry) ? entry : {};
  return [name, type].find((one) => typeof one === 'string') ?? place;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function mostFrequent(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([word, count]) => `${word} ${count}`).join(' · ') || 'none';
}
