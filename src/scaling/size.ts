/** The size of every component: what its signals ask, within its bounds, its window, and what all components share. */
import type { Component, WorkerComponent } from '../api/components.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type {
  DecideInput,
  History,
  ObservedComponent,
  ComponentDecision,
  WantedSlot,
} from '../model/decision.ts';
import { activePin } from '../ladder/pins.ts';
import type { PodStarts } from '../model/queue-history.ts';
import { limitOf } from '../signals/bands.ts';
import { isKnown, type Instant, type Reading } from '../model/reading.ts';
import type { QueueReading, Readings } from '../model/readings.ts';
import { queueReading } from '../signals/view.ts';
import { count, plural } from '../text/words.ts';
import { viciCeiling, type ComponentBounds, type TierBounds } from './bounds.ts';
import { connectionBudget, observeConnections } from './connections.ts';
import { detectionSecondsOf } from './detection.ts';
import { demandOfLeads } from './ingest.ts';
import { lastingLimits, limitOfComponent, type LimitedComponent } from './limits.ts';
import type { ScalingLimit } from '../model/scaling-limit.ts';
import { combine, isWanted, type Combined, type Demand } from './demand.ts';
import { observeNeeds } from './needs.ts';
import { demandUnder, overloadedSinceOf, stabilityOf, type Overload, type Stability } from './overload.ts';
import { propose } from './proposal.ts';
import { componentSetsOf, isWorkers, type ComponentSets } from './component-sets.ts';
import { connectionsLeft, withinConnections, withinTotal, type SharedComponent } from './share.ts';
import { observePods, observeQueues } from './observations.ts';
import { workerDemandsOf } from './workers.ts';
import { own } from '../api/own.ts';

/** The part of the scale-down window for which the web side must be too slow before it grows: 30 s of 5 min. */
const PRESSED_SHARE = 0.1;

/** What sizing remembers. */
export interface SizingMemory extends Pick<History, 'queues' | 'starts' | 'wanted'>, Stability {
  readonly needs: History['needs'];
  readonly connections: History['connections'] | undefined;
  readonly limits: History['limits'] | undefined;
}

export interface SizeInput {
  readonly input: DecideInput;
  /** Only what can be believed. */
  readonly readings: Readings;
  readonly history: History;
  readonly components: readonly Component[];
  readonly bounds: readonly ComponentBounds[];
  /** Of the workers over all queues together. */
  readonly workers: TierBounds['workers'];
  /** The tier in force. */
  readonly tier: string;
  readonly now: Instant;
}

export interface Sizes {
  readonly components: readonly ComponentDecision[];
  readonly memory: SizingMemory;
  readonly requeueAt: Instant | undefined;
}

/** What presses on the web side: its response time; and CPU where all pods are alike, as the all-in-one ones are. */
function overloadsOn(component: Component, spec: LeadPlatformSpec, readings: Readings): readonly Overload[] {
  if (isWorkers(component)) return [];
  const response: Overload = {
    signal: 'response time',
    unit: 'ms',
    reading: readings.responseTime,
    objective: Math.max(1, component.ingest.responseTime),
    rule: 'ResponseTime',
  };
  if (component.role === 'ingest') return [response];
  const { yellow, red } = limitOf(spec.limits, 'cpu');
  // The middle of its yellow band: above that one replica more is cheaper than a red one.
  const cpu: Overload = {
    signal: 'CPU',
    unit: '%',
    reading: readings.cpu,
    objective: Math.max(1, (yellow + red) / 2),
    rule: 'Cpu',
  };
  return [response, cpu];
}

/** What the demands of workers are made from, for the component whose Pods work. */
interface Workforce {
  readonly sizing: SizeInput;
  readonly queues: History['queues'];
  readonly pods: PodStarts;
}

function workerDemands(component: WorkerComponent, { sizing, queues, pods }: Workforce): readonly Demand[] {
  const { input, readings, history, now } = sizing;
  return workerDemandsOf({
    component,
    reading: queueReading(readings, component.queue),
    flow: own(queues, component.queue),
    pods,
    detectionSeconds: detectionSecondsOf(input.spec),
    witness: own(history.witnesses, component.queue),
    leads: isKnown(readings.leadsPerMinute) ? history.leads : undefined,
    now,
  });
}

/**
 * Jobs come of leads. While nobody can tell whether leads come, a queue without a job may be the outage and not a lull: workers
 * stay. A source that answers asks for none of them, and neither does one that there is not.
 */
function upstreamOf({ leadsPerMinute }: Readings, queue: Reading<QueueReading>): readonly Demand[] {
  if (isKnown(leadsPerMinute)) return [];
  if (isKnown(queue) && queue.value.ready + queue.value.inFlight > 0) return [];
  return [{ ...leadsPerMinute, of: 'leads/minute' }];
}

/** Sync inside an all-in-one pod cannot be held back by itself, but asks for no more pods than Vici's budget feeds. */
function underVici(demand: Demand, spec: LeadPlatformSpec, component: WorkerComponent): Demand {
  if (!isWanted(demand) || component.role !== 'sync') return demand;
  const most = viciCeiling(spec, component);
  return demand.wanted <= most
    ? demand
    : {
        ...demand,
        wanted: most,
        enough: Math.min(most, demand.enough ?? most),
        why: `${demand.why}, of which Vici's budget feeds ${count(most)}`,
      };
}

function demandOf(
  component: Component,
  workforce: Workforce,
  stability: Stability,
  current: number,
): Combined {
  const {
    input: { spec },
    readings,
  } = workforce.sizing;
  if (isWorkers(component))
    return combine([
      ...workerDemands(component, workforce),
      ...upstreamOf(readings, queueReading(readings, component.queue)),
    ]);
  const leads = demandOfLeads(component.ingest, readings.leadsPerMinute);
  const demands: Demand[] = [leads];
  const lastsFor = spec.scaling.scaleDown.window * PRESSED_SHARE;
  for (const overload of overloadsOn(component, spec, readings)) {
    const demand = demandUnder(overload, stability, current, lastsFor);
    // Without a single lead, a response time says nothing about replicas; it may not keep them.
    const idle = isWanted(leads) && leads.wanted === 0 && stability.overloadedSince === undefined;
    demands.push(idle && isWanted(demand) ? { ...demand, wanted: 0 } : demand);
  }
  if (component.role === 'all-in-one') {
    for (const worker of component.workers)
      for (const demand of workerDemands(worker, workforce)) demands.push(underVici(demand, spec, worker));
  }
  return combine(demands);
}

/**
 * Jobs that the Pods of an all-in-one component hold, each with one worker a queue: as many stay. Workers by themselves are as busy
 * as they can be at any size, and finish their job before they go.
 */
function inFlightOf(component: Component, readings: Readings): number {
  if (component.role !== 'all-in-one') return 0;
  let most = 0;
  for (const { queue } of component.workers) {
    const reading = queueReading(readings, queue);
    if (isKnown(reading)) most = Math.max(most, reading.value.inFlight);
  }
  return most;
}

/** Calls to Vici that were counted are at the budget: sync may not grow, whatever its workers are thought to make. */
function overVici({ input: { spec }, readings: { apiCallsPerHour } }: SizeInput): string | undefined {
  const budget = spec.budgets.viciApiCallsPerHour;
  if (!isKnown(apiCallsPerHour) || apiCallsPerHour.value < budget) return undefined;
  return `Vici was called ${count(apiCallsPerHour.value)} times in the last hour, and budgets.viciApiCallsPerHour is ${count(budget)}`;
}

function decision(
  shared: SharedComponent,
  exists: boolean,
  limitOf: (shared: SharedComponent) => ScalingLimit | undefined,
): ComponentDecision {
  const { component, proposal, current } = shared;
  const { replicas, wanted, rule, clamps, why } = proposal;
  const limit = limitOf(shared);
  const change = !exists
    ? ', new'
    : replicas > current
      ? `, up from ${count(current)}`
      : replicas < current
        ? `, down from ${count(current)}`
        : '';
  const size = `${component.name}: ${plural(replicas, 'replica')}`;
  return {
    name: component.name,
    replicas,
    wanted,
    rule,
    clamps,
    reason: `${size}${change}; ${why}.`,
    standing: `${size}; ${why}.`,
    ...(proposal.beyondNeed > 0 && { beyondNeed: proposal.beyondNeed }),
    ...(limit !== undefined && { limit }),
  };
}

/** How many replicas would do and why: those of the signals, or of a schedule where it asks for more. */
function soughtBy({
  proposal,
  bounds: { scheduledFloor },
}: SharedComponent): Pick<LimitedComponent, 'wanted' | 'demand'> {
  const { wanted, demand } = proposal;
  return scheduledFloor !== undefined && scheduledFloor.replicas > wanted
    ? { wanted: scheduledFloor.replicas, demand: scheduledFloor.why }
    : { wanted, demand };
}

/**
 * Sync inside an all-in-one pod asks for no more pods than Vici's budget feeds (`underVici`), so that nothing is in the way of
 * what it asks for. What it would ask for without the budget is told all the same.
 */
function beyondVici(
  { component, proposal }: SharedComponent,
  workforce: Workforce,
): LimitedComponent | undefined {
  const { spec } = workforce.sizing.input;
  const sync =
    component.role === 'all-in-one' ? component.workers.find(({ role }) => role === 'sync') : undefined;
  const demand = sync && workerDemands(sync, workforce).find(isWanted);
  if (sync === undefined || demand === undefined) return undefined;
  const most = viciCeiling(spec, sync);
  if (demand.wanted <= Math.max(most, proposal.replicas) || proposal.fixed) return undefined;
  const why = `budgets.viciApiCallsPerHour of ${count(spec.budgets.viciApiCallsPerHour)} feeds ${plural(most, 'worker')} of sync`;
  const limits = [{ by: 'ViciBudget' as const, why }];
  return { component, replicas: proposal.replicas, wanted: demand.wanted, demand: demand.why, limits };
}

/** Sizes every component. */
export function sizeComponents(sizing: SizeInput): Sizes {
  const { input, readings, history, components, bounds, workers, tier, now } = sizing;
  const { spec } = input;
  const observedBy = new Map(input.components.map((observed) => [observed.name, observed]));
  const starts = observePods(history, components, observedBy, now);
  const web = components[0]!;
  // Where workers are not apart, each Pod of the first component has one for every queue.
  const podsOf = ({ name }: Component): PodStarts => own(starts, name) ?? starts[web.name]!;
  const queues = observeQueues(history, readings, spec, podsOf);
  const workforceOf = (component: Component): Workforce => ({ sizing, queues, pods: podsOf(component) });

  const remembered = stabilityOf(history, observedBy.get(web.name), now);
  const overloadedSince = overloadedSinceOf(remembered, overloadsOn(web, spec, readings));
  const stability: Stability = { stable: remembered.stable, overloadedSince };

  const { connectionsByComponent } = componentSetsOf(spec);
  const wanted: Record<string, readonly WantedSlot[]> = {};
  let requeueAt: number | undefined;
  let shared: readonly SharedComponent[] = components.map((component, index) => {
    const observed = observedBy.get(component.name);
    const predecessor = predecessorOf(component, input.components);
    const current = observed?.desiredReplicas ?? predecessor;
    const demand = demandOf(component, workforceOf(component), stability, current);
    const proposal = propose({
      name: component.name,
      observed,
      predecessor,
      demand,
      bounds: bounds[index]!,
      pin: activePin(
        spec.replicasPin.find((one) => one.component === component.name),
        now,
      ),
      inFlight: inFlightOf(component, readings),
      noGrowth: component.role === 'sync' ? overVici(sizing) : undefined,
      slots: own(history.wanted, component.name) ?? [],
      window: Math.min(spec.scaling.scaleDown.window, demand.dwell ?? Infinity),
      now,
    });
    wanted[component.name] = proposal.slots;
    if (proposal.requeueAt !== undefined) requeueAt = Math.min(requeueAt ?? Infinity, proposal.requeueAt);
    return { component, bounds: bounds[index]!, proposal, current: observed?.desiredReplicas ?? 0 };
  });

  const connections = observeConnections(
    history.connections,
    readings.databaseConnections,
    input.components,
    connectionsByComponent,
  );
  shared = withinTotal(shared, workers, tier);
  const budget = connectionBudget(spec, readings.databaseConnections, connections);
  const leaving = heldByLeaving(sizing, connectionsByComponent);
  shared = withinConnections(shared, budget, leaving);
  const needs = observeNeeds(history.needs, {
    ...{ input, readings, queues, shared, now },
    connectionsLeft: connectionsLeft(shared, budget, leaving),
    isOverVici: overVici(sizing) !== undefined,
  });
  const limitOf = (one: SharedComponent): ScalingLimit | undefined => {
    const { component, proposal } = one;
    const { replicas, limits } = proposal;
    const limit = limitOfComponent({ component, replicas, ...soughtBy(one), limits }, spec, tier, now);
    const beyond = limit === undefined ? beyondVici(one, workforceOf(component)) : undefined;
    return beyond === undefined ? limit : limitOfComponent(beyond, spec, tier, now);
  };
  const sized = lastingLimits(
    history.limits,
    shared.map((component) => decision(component, observedBy.has(component.component.name), limitOf)),
    now,
    spec.scaling.scaleDown.window,
  );
  return {
    components: sized.components,
    memory: {
      queues,
      starts,
      wanted,
      needs,
      connections,
      limits: sized.limits,
      stable: stability.stable,
      overloadedSince,
    },
    requeueAt,
  };
}

/** Replicas of what a component takes over from: an all-in-one pod has a worker for every queue, and the web side. */
function predecessorOf(component: Component, observed: readonly ObservedComponent[]): number {
  let most = 0;
  for (const { name, desiredReplicas } of observed) {
    const isSource = component.role === 'all-in-one' ? name !== 'all-in-one' : name === 'all-in-one';
    if (isSource) most = Math.max(most, desiredReplicas);
  }
  return most;
}

/** Connections that those hold who are on their way out. */
function heldByLeaving(
  { input, components }: SizeInput,
  connectionsByComponent: ComponentSets['connectionsByComponent'],
): number {
  let leaving = 0;
  for (const { name, desiredReplicas } of input.components) {
    if (!components.some((component) => component.name === name))
      leaving += desiredReplicas * (connectionsByComponent.get(name) ?? 0);
  }
  return leaving;
}
