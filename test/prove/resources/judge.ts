/** What must be so of a platform at rest, whatever its spec. Pure: objects and writes in, findings out. */
import { admit } from '../../../src/api/admit.ts';
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import { PERMISSIONS } from './permissions.ts';

export type Rule =
  /** The operator's process ended, or its log holds what nobody foresaw. */
  | 'no crash'
  | 'at rest, at most 0.1 writes a minute'
  | 'Ready is true only where it is so'
  | 'what is wrong is told'
  | 'both judges agree'
  | 'what was right works again'
  | 'nothing stays behind';

export interface Finding {
  readonly rule: Rule;
  /** The platform's name; empty where it is about the operator. */
  readonly name: string;
  readonly says: string;
}

export interface SeenPlatform {
  readonly metadata: { readonly name?: string; readonly generation?: number };
  readonly spec?: unknown;
  readonly status?: LeadPlatformStatus | undefined;
}

export interface SeenDeployment {
  readonly metadata: { readonly name?: string; readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number; readonly observedGeneration?: number };
}

/** The last answer to a write of a child. */
export interface LastWrite {
  /** `deployments/f0001x-ingest` */
  readonly object: string;
  readonly code: number;
}

export interface Seen {
  readonly platform: SeenPlatform;
  readonly deployments: readonly SeenDeployment[];
  readonly lastWrites: readonly LastWrite[];
}

/** What the status says, with a word for each way in which it is not so. */
export function judged(seen: Seen): readonly Finding[] {
  const name = seen.platform.metadata.name ?? '';
  const of = (rule: Rule, says: readonly string[]) => says.map((text) => ({ rule, name, says: text }));
  return [
    ...of('Ready is true only where it is so', wrongReady(seen)),
    ...of('what is wrong is told', untold(seen)),
  ];
}

const conditionOf = ({ status }: SeenPlatform, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);

export const isReady = (platform: SeenPlatform): boolean =>
  conditionOf(platform, 'Ready')?.status === 'True' &&
  conditionOf(platform, 'Ready')?.observedGeneration === platform.metadata.generation;

export const isStalled = (platform: SeenPlatform): boolean =>
  conditionOf(platform, 'Stalled')?.status === 'True' &&
  conditionOf(platform, 'Stalled')?.observedGeneration === platform.metadata.generation;

/**
 * Ready of an older generation is the word about that one, as tools read it; it is right as long as Stalled speaks of this
 * one. `Ready` is about Deployments: another child that is refused is told in Stalled beside it.
 */
function wrongReady({ platform, deployments, lastWrites }: Seen): readonly string[] {
  const ready = conditionOf(platform, 'Ready');
  if (ready?.status !== 'True') return [];
  const { generation } = platform.metadata;
  if (ready.observedGeneration !== generation) {
    if (isStalled(platform)) return [];
    return [`Ready is of generation ${ready.observedGeneration}, and the platform is at ${generation}`];
  }
  const found: string[] = [];
  if (!admit(platform, PERMISSIONS).ok) found.push('Ready, and the spec is refused');
  for (const { object, code } of lastWrites) {
    const isOfTraffic = /^(?:deployments|services)\//.test(object);
    if (isOfTraffic && isRefusal(code)) found.push(`Ready, and the last write of ${object} got ${code}`);
  }
  for (const { name, desiredReplicas } of platform.status?.components ?? []) {
    const full = `${platform.metadata.name ?? ''}-${name}`;
    const deployment = deployments.find(({ metadata }) => metadata.name === full);
    const asked = deployment?.spec?.replicas ?? 0;
    const there = deployment?.status?.readyReplicas ?? 0;
    if (deployment === undefined && desiredReplicas > 0) found.push(`Ready, and there is no ${full}`);
    if (there < asked) found.push(`Ready, and ${full} has ${there} of ${asked} replicas ready`);
  }
  return found;
}

export const isRefusal = (code: number): boolean => [400, 403, 413, 422].includes(code);

function untold({ platform, lastWrites }: Seen): readonly string[] {
  const { generation } = platform.metadata;
  const found: string[] = [];
  if (platform.status?.observedGeneration !== generation) {
    found.push(
      `the status is of generation ${platform.status?.observedGeneration}, and the platform is at ${generation}`,
    );
  }
  const stalled = isStalled(platform);
  const admission = admit(platform, PERMISSIONS);
  if (!admission.ok && !stalled) found.push('the spec is refused, and Stalled is not true');
  const refused = lastWrites.filter(({ code }) => isRefusal(code)).map(({ object }) => object);
  if (refused.length > 0 && !stalled) found.push(`refused, and Stalled is not true: ${refused.join(', ')}`);
  return found;
}

export interface Rest {
  readonly minutes: number;
  /** Of the operator, answered well, by the platform's name. */
  readonly writes: ReadonlyMap<string, readonly string[]>;
  /** Specs by the platform's name. */
  readonly specs?: ReadonlyMap<string, unknown>;
  /** What their Events said meanwhile, by the platform's name. */
  readonly told?: ReadonlyMap<string, readonly string[]>;
}

/** Of attempts that come after 1, 2, 4, 8 … s, with some writes each. */
const WRITES_OF_ATTEMPTS = 12;

/** Who shortens the time of an attempt, or the wait after it, asks for attempts, and each is told. */
export const asksForAttempts = (spec: unknown): boolean =>
  /"(?:retryAfter|readyTimeout)":/.test(JSON.stringify(spec) ?? '');

/** A window of some minutes cannot tell one write from one in ten minutes; two it can. */
export function restless({ minutes, writes, specs, told }: Rest): readonly Finding[] {
  const least = Math.max(1, Math.floor(0.1 * minutes));
  const mostOf = (name: string) => (asksForAttempts(specs?.get(name)) ? WRITES_OF_ATTEMPTS : least);
  return [...writes]
    .filter(([name, all]) => all.length > mostOf(name))
    .map(([name, all]) => ({
      rule: 'at rest, at most 0.1 writes a minute',
      name,
      says: [
        `${all.length} writes in ${minutes.toFixed(1)} minutes: ${counted(all)}`,
        ...(told?.get(name) ?? []),
      ]
        .map((each) => each.slice(0, MOST_TOLD))
        .join('; '),
    }));
}

const MOST_TOLD = 160;

/** `patch leadplatforms/status 6, create events 1`, the most frequent first. */
export function counted(words: readonly string[]): string {
  const counts = Map.groupBy(words, (word) => word);
  return [...counts]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([word, all]) => `${word} ${all.length}`)
    .join(', ');
}

/**
 * Lines of the operator's log that nobody foresaw: what is no JSON (Node's own words of an end), what is logged as an error,
 * and errors of the language.
 */
export function crashesIn(log: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => line.trim() !== '' && isCrash(line))
    .map((line) => line.slice(0, 500));
}

const SEVERE = new Set<unknown>([50, 60, 'error', 'fatal']);
const OF_THE_LANGUAGE =
  /\b(?:Type|Range|Reference|Syntax|Assertion)Error\b|unforeseen|\bat \S+ \(\S+:\d+:\d+\)/;

function isCrash(line: string): boolean {
  if (OF_THE_LANGUAGE.test(line)) return true;
  try {
    return SEVERE.has((JSON.parse(line) as { level?: unknown }).level);
  } catch {
    return true;
  }
}
