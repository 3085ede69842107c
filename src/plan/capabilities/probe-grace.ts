/**
 * A process that has just begun has asked nobody yet. For that moment what stands in the status counts: no step is taken
 * back, and nothing is removed, because of an answer that is only not there yet. An answer that says otherwise, also that
 * the thing is away, comes within seconds, and has the word then.
 *
 * | in the status        | without the answer it is at | told        |
 * |----------------------|-----------------------------|-------------|
 * | in place, or blocked | some step                   | the same    |
 * | at a step            | another one                 | that step   |
 * | taken back           | some step                   | what is so  |
 */
import type { LeadPlatformStatus } from '../../api/schema/status.ts';
import type { Contribution, Step } from '../../capabilities/contract/contribution.ts';
import { CAPABILITY_LABEL } from '../../kube/labels.ts';
import { childNames } from '../../kube/names.ts';
import type { Observed } from '../../cluster/observed.ts';
import type { CapabilityReport } from '../../capabilities/contract/report.ts';
import { childKey } from '../../kube/object.ts';
import { type CapabilityStatus, capabilityStep } from './capability-steps.ts';

export function isUnprobed({ probes }: Contribution, { snapshot }: Observed): boolean {
  return probes.some(({ id }) => snapshot.probeResults[id] === undefined);
}

/** Nothing that there is of it is removed, and no workers come beside those that there are: nobody knows who needs them. */
export function asItIs(contribution: Contribution, { snapshot, own }: Observed, name: string): Contribution {
  const { retain, components } = contribution;
  const { component: nameOf } = childNames(snapshot.platform.name);
  const there = [...own.values()]
    .map(({ object }) => object)
    .filter(({ metadata }) => metadata.labels?.[CAPABILITY_LABEL] === name)
    .map(childKey);
  return {
    ...contribution,
    retain: [...retain, ...there],
    components: components.filter(({ component }) => own.has(`Deployment/${nameOf(component.name)}`)),
  };
}

export interface AsBefore {
  readonly report: CapabilityReport;
  /** The step that it is still at; undefined where it is in place. */
  readonly at?: { readonly step: Step; readonly steps: readonly Step[]; readonly since: string };
}

/**
 * Undefined where nothing is taken for so that was not.
 * @param gate What the step that it was at waited for, as the status has it.
 */
export function asBefore(
  report: CapabilityReport,
  previous: CapabilityStatus,
  steps: readonly Step[],
  gate: string | undefined,
): AsBefore | undefined {
  const { state, reason, message = '', step: name, since } = previous;
  const isSettled = SETTLED.includes(state) && report.state === 'Progressing';
  if (!isSettled && state !== report.state) return undefined;
  // What was taken back is tried again, and that is news.
  if (previous.retryAt !== undefined) return undefined;
  const { attempts, generation } = previous;
  const tried = {
    ...(attempts !== undefined && { attempts }),
    ...(generation !== undefined && { generation }),
  };
  const told = { ...report, state, reason, message, ...tried };
  if (name === undefined || since === undefined) return isSettled ? { report: told } : undefined;
  const now = steps.findIndex(({ done }) => !done);
  const before = steps.findIndex((step) => step.name === name);
  if (!isSettled && before === now) return undefined;
  const planned = steps[before];
  const waits = gate ?? planned?.waits ?? 'an answer has not come yet';
  const step: Step = { ...planned, name, done: false, waits };
  const passed = steps.slice(0, Math.max(before, 0)).map((one) => ({ ...one, done: true }));
  const rest = before === -1 ? [] : steps.slice(before + 1);
  return { report: { ...told, step: name, since }, at: { step, steps: [...passed, step, ...rest], since } };
}

/** Nothing of it waits, or it waits for a person. */
const SETTLED: readonly CapabilityStatus['state'][] = ['Ready', 'External', 'Blocked'];

/** What the step that a capability is at waits for, as the plan in the status has it. */
export function gateOf(
  { transition }: LeadPlatformStatus,
  capability: string,
  step: string | undefined,
): string | undefined {
  if (step === undefined) return undefined;
  return transition?.steps?.find(({ name }) => name === capabilityStep(capability, step))?.gate;
}
