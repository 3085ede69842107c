/** `status` for a person. */
import type { Output } from '../../src/cli/io.ts';
import { formatCount, formatValue } from '../../src/cli/format-value.ts';
import { styled, table, wrap } from '../../src/cli/table.ts';
import { formatDuration } from '../../src/api/quantity.ts';
import type { Band } from '../../src/model/decision.ts';
import type { LiveView } from '../http/live.ts';
import type { LeadPlatformObject } from '../leadplatform/kinds.ts';

/** A platform as the API server has it, and as the operator sees it now where it answers. */
export interface PlatformView {
  readonly object: LeadPlatformObject;
  readonly live: LiveView | undefined;
  /** Why there are no live numbers, in sentences. */
  readonly unavailable?: string;
}

const age = (at: string | undefined, now: number): string => {
  const then = Date.parse(at ?? '');
  return Number.isNaN(then) ? '-' : `${formatDuration(Math.max(0, now - then))} ago`;
};

const conditionOf = ({ object }: PlatformView, wanted: string): string =>
  object.status?.conditions?.find(({ type }) => type === wanted)?.status ?? 'Unknown';

/** What is measured now where the operator answers, else what the last status write said. */
const signalsOf = ({ object, live }: PlatformView) =>
  live === undefined
    ? (object.status?.signals ?? []).map(({ reason, ...signal }) => ({ ...signal, unknown: reason }))
    : live.signals;

const leadsOf = (view: PlatformView): string =>
  formatValue(signalsOf(view).find(({ name }) => name === 'leadsPerDay') ?? {});

export function renderList(views: readonly PlatformView[], out: Output): string {
  if (views.length === 0)
    return 'There are no LeadPlatforms here. Apply one: kubectl apply -f manifests/samples/smallest.yaml\n';
  const columns = [
    { title: 'NAMESPACE' },
    { title: 'NAME' },
    { title: 'TIER' },
    { title: 'LEADS/DAY', right: true },
    { title: 'READY' },
    { title: 'LIMITED' },
    { title: 'NUMBERS' },
  ];
  const rows = views.map((view) => [
    view.object.metadata.namespace ?? '',
    view.object.metadata.name,
    view.object.status?.tier ?? '-',
    leadsOf(view),
    conditionOf(view, 'Ready'),
    conditionOf(view, 'ScalingLimited'),
    view.live === undefined ? 'last write' : 'live',
  ]);
  return `${table(columns, rows, out.columns)}${reasons(views, out)}`;
}

/** Why there are no live numbers: of many platforms it is as a rule one thing, and the first of several is the one to mend. */
function reasons(views: readonly PlatformView[], out: Output): string {
  const [first, ...others] = new Set(views.flatMap(({ unavailable }) => unavailable ?? []));
  if (first === undefined) return '';
  const more =
    others.length === 0
      ? ''
      : ` (${others.length} other ${others.length === 1 ? 'reason' : 'reasons'}: leadplatform status NAME)`;
  return `\n${wrap(`No live numbers: ${first}${more}`, out.columns).join('\n')}\n`;
}

function components({ object, live }: PlatformView, out: Output): string {
  const rows = (object.status?.components ?? []).map((component) => {
    const { name, desiredReplicas, readyReplicas, reason, wantedReplicas } = component;
    const now = live?.components.find((one) => one.name === name);
    const replicas = String(now?.replicas ?? desiredReplicas);
    // What its signals ask for, where something is in the way of as many.
    const asked = now === undefined ? wantedReplicas : now.wantedReplicas;
    return [
      name,
      asked === undefined ? replicas : `${replicas} of ${asked}`,
      String(readyReplicas),
      now?.reason ?? reason ?? '',
    ];
  });
  const columns = [
    { title: 'COMPONENT' },
    { title: 'WANTED', right: true },
    { title: 'READY', right: true },
    { title: 'WHY' },
  ];
  return rows.length === 0 ? '' : `\n${table(columns, rows, out.columns)}`;
}

function signals(view: PlatformView, now: number, out: Output): string {
  const columns = [
    { title: 'SIGNAL' },
    { title: 'VALUE', right: true },
    { title: 'BAND' },
    { title: 'OBSERVED' },
  ];
  const rows = signalsOf(view)
    .filter(({ unknown }) => unknown !== 'NotConfigured')
    .map((signal) => [
      signal.name,
      formatValue(signal),
      signal.band ?? '-',
      signal.value === undefined ? (signal.message ?? signal.unknown ?? '') : age(signal.at, now),
    ]);
  const paint = (cell: string, column: number): string =>
    column === 2 && cell !== '-' ? styled(cell, cell as Band, out) : cell;
  return rows.length === 0 ? '' : `\n${table(columns, rows, out.columns, paint)}`;
}

/** What is behind, under way and to come. */
function steps({ object }: PlatformView, out: Output): string {
  const rows = (object.status?.transition?.steps ?? []).map(({ name, state, gate = '' }) => [
    name,
    state,
    gate,
  ]);
  const columns = [{ title: 'STEP' }, { title: 'STATE' }, { title: 'IS DONE WHEN' }];
  return rows.length === 0 ? '' : `\n${table(columns, rows, out.columns)}`;
}

function conditions({ object }: PlatformView, out: Output): string {
  const rows = (object.status?.conditions ?? []).map(({ type, status, reason, message }) => [
    type,
    status,
    message === '' ? reason : `${reason}: ${message}`,
  ]);
  return rows.length === 0
    ? ''
    : `\n${table([{ title: 'CONDITION' }, { title: 'STATUS' }, { title: 'WHY' }], rows, out.columns)}`;
}

const bullets = (title: string, sentences: readonly string[], out: Output): string =>
  sentences.length === 0
    ? ''
    : `\n${title}\n${sentences
        .flatMap((sentence) =>
          wrap(sentence, out.columns - 4).map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`),
        )
        .join('\n')}\n`;

/** Below the values of the head. */
const INDENT = 11;
const indented = (line: string): string => ' '.repeat(INDENT) + line;

export function renderPlatform(view: PlatformView, now: number, out: Output): string {
  const { object, live, unavailable } = view;
  const { namespace = '', name } = object.metadata;
  const { tier = '-', tierSince, targetTier, transition, lastDecision, leadsPerDay } = object.status ?? {};
  const lines = [
    styled(`LeadPlatform ${namespace}/${name}`, 'bold', out),
    `  Tier     ${styled(tier, 'bold', out)} (since ${tierSince ?? 'not yet'})`,
    ...(targetTier === undefined || targetTier === tier ? [] : [`  Target   ${targetTier}`]),
    ...(transition === undefined ? [] : [`  Step     ${transition.step}: ${transition.message}`]),
    live === undefined
      ? `  Numbers  of the last status write${leadsPerDay === undefined ? '' : ` (${formatCount(leadsPerDay)} leads/day)`}`
      : `  Numbers  live, decided ${age(live.decidedAt, now)}`,
    ...(unavailable === undefined ? [] : wrap(unavailable, out.columns - INDENT).map(indented)),
  ];
  return [
    `${lines.join('\n')}\n`,
    steps(view, out),
    components(view, out),
    signals(view, now, out),
    conditions(view, out),
    bullets('Why', live?.reasons ?? lastDecision?.reasons ?? [], out),
    bullets('Bounded by', live?.clamps ?? lastDecision?.clamps ?? [], out),
  ].join('');
}
