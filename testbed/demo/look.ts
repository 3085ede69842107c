/** One look at the platform: what the API server has, and what the operator last decided. */
import type { LeadPlatformStatus } from '../../src/api/schema/status.ts';
import type { TierRule } from '../../src/model/decision.ts';
import { liveNumbers } from '../../controller/commands/live-numbers.ts';
import type { LiveView } from '../../controller/http/live.ts';
import { LEAD_PLATFORMS } from '../../controller/leadplatform/kinds.ts';
import { type KubeObject, resourceType, type Resources } from '../../controller/runtime/resources.ts';

export interface Component {
  readonly name: string;
  /** Replicas that its Deployment asks for, or that the decision does where there is none yet. */
  readonly wanted: number;
  readonly ready: number;
}

export interface SeenEvent {
  readonly at: number;
  readonly reason: string;
  readonly message: string;
}

export interface Look {
  readonly at: number;
  /**
   * The tier of the last decision. The status names it once the move is done, which in compressed time can be after the
   * next tier was decided.
   */
  readonly tier?: string | undefined;
  /** The tier of the status, and what a change of it is at. */
  readonly standsOn?: string | undefined;
  readonly transition?: { readonly step: string; readonly message: string } | undefined;
  /** Where sustained load points. */
  readonly targetTier?: string | undefined;
  readonly rule?: string | undefined;
  /** The rule by which the platform came onto its tier, as long as a decision still says so. */
  readonly movedBy?: string | undefined;
  readonly leadsPerDay?: number | undefined;
  readonly leadsPerMinute?: number | undefined;
  /** Jobs by queue, as the operator reads them; a queue that it cannot read is missing. */
  readonly queueDepths: ReadonlyMap<string, number>;
  readonly components: readonly Component[];
  /** Capabilities that the load requires, ahead of their tier or on it. */
  readonly required: readonly string[];
  /** Why, in sentences, the most important first. */
  readonly reasons: readonly string[];
  /** Latest last. */
  readonly events: readonly SeenEvent[];
}

interface Deployment extends KubeObject {
  spec?: { replicas?: number };
  status?: { readyReplicas?: number };
}
const DEPLOYMENTS = resourceType<Deployment>({
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
});

interface CoreEvent extends KubeObject {
  involvedObject?: { kind?: string; name?: string };
  reason?: string;
  message?: string;
  eventTime?: string | null;
  lastTimestamp?: string | null;
}
const EVENTS = resourceType<CoreEvent>({ group: '', version: 'v1', plural: 'events', kind: 'Event' });

export interface Lookout {
  readonly resources: Resources;
  /** Asks the operator for its live numbers; nothing where it does not answer or knows of no platform. */
  readonly live: () => Promise<LiveView | undefined>;
  readonly namespace: string;
  readonly name: string;
}

export async function lookAt(where: Lookout): Promise<Look> {
  const { resources, namespace, name } = where;
  const [platform, deployments, events, answer] = await Promise.all([
    resources.get(LEAD_PLATFORMS, { namespace, name }),
    resources.list(DEPLOYMENTS, { namespace, labelSelector: `app.kubernetes.io/instance=${name}` }),
    resources.list(EVENTS, { namespace, fieldSelector: `involvedObject.name=${name}` }),
    where.live(),
  ]);
  const { status } = platform;
  const live = answer ?? lastWritten(status);
  const value = (signal: string) => live.signals.find((one) => one.name === signal)?.value;
  return {
    at: Date.now(),
    tier: live.tier ?? status?.tier,
    standsOn: status?.tier,
    transition: status?.transition,
    targetTier: live.targetTier,
    rule: live.rule,
    movedBy: movedBy(live, status),
    leadsPerDay: value('leadsPerDay'),
    leadsPerMinute: value('leadsPerMinute'),
    queueDepths: new Map(
      live.signals.flatMap(({ name: signal, value: depth }) =>
        signal.startsWith('queueDepth.') && depth !== undefined
          ? [[signal.slice('queueDepth.'.length), depth] as const]
          : [],
      ),
    ),
    components: componentsOf(deployments.items, live),
    required: (status?.capabilities ?? []).filter(({ required }) => required).map(({ name: known }) => known),
    reasons: live.reasons,
    events: events.items
      .map((event) => ({
        at: Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? ''),
        reason: event.reason ?? '',
        message: event.message ?? '',
      }))
      .toSorted((a, b) => a.at - b.at),
  };
}

/** Rules that bring a platform onto a tier; the others say why it stays. */
const MOVES: ReadonlySet<string> = new Set<TierRule>([
  'FirstTier',
  'LoadSustained',
  'HealthRed',
  'QuietLongEnough',
  'Pinned',
  'Bounded',
]);

/** The live decision is replaced twice a second; the one of the status is the last that changed something. */
function movedBy({ tier, rule = '' }: LiveView, status: LeadPlatformStatus | undefined): string | undefined {
  if (MOVES.has(rule)) return rule;
  const last = status?.lastDecision;
  return last !== undefined && last.to === tier && MOVES.has(last.rule) ? last.rule : undefined;
}

function componentsOf(deployments: readonly Deployment[], live: LiveView): Component[] {
  const found = new Map<string, Component>();
  for (const { metadata, spec, status } of deployments) {
    const name = metadata.labels?.['app.kubernetes.io/component'];
    if (name === undefined) continue;
    found.set(name, { name, wanted: spec?.replicas ?? 1, ready: status?.readyReplicas ?? 0 });
  }
  for (const { name, replicas } of live.components) {
    if (!found.has(name)) found.set(name, { name, wanted: replicas, ready: 0 });
  }
  return [...found.values()].toSorted((a, b) => a.name.localeCompare(b.name));
}

/** What the status says where the operator does not answer: nothing before its first decision. */
function lastWritten(status: LeadPlatformStatus | undefined): LiveView {
  const { signals = [], lastDecision } = status ?? {};
  return {
    components: [],
    signals: signals.map(({ name, value }) => ({ name, unit: '', ...(value !== undefined && { value }) })),
    reasons: lastDecision?.reasons ?? [],
    clamps: [],
  };
}

/**
 * The live numbers of the operator at an address, for those who hold the token. Undefined while the first pass over a platform
 * that was just applied is under way.
 */
export async function liveView(
  operatorUrl: string,
  token: string,
  { resources, namespace, name }: Pick<Lookout, 'resources' | 'namespace' | 'name'>,
): Promise<LiveView | undefined> {
  const ask = liveNumbers({ resources, server: '', url: operatorUrl, token: async () => ({ token }) });
  const numbers = await ask({ namespace, name });
  if ('view' in numbers) return numbers.view;
  if (numbers.status === 404) return undefined;
  throw new Error(`the operator has no live numbers: ${numbers.unavailable}`);
}
