/** Variables as the application calls them: Laravel's names, or those that the user gives instead. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import {
  type PartialContribution,
  gated,
  leaving,
  type Progress,
  blocked,
  type Step,
} from './contract/contribution.ts';
import type { EnvVar } from '../workloads/pod-shape.ts';
import { areAsked, overridden, componentsWithout } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';
import { own } from '../api/own.ts';

/** The variables under the names of `capabilities.environment`. */
export function named({ capabilities }: LeadPlatformSpec, env: readonly EnvVar[]): readonly EnvVar[] {
  const names = capabilities.environment;
  if (Object.keys(names).length === 0) return env;
  return env.map((variable) => {
    const name = own(names, variable.name);
    return name === undefined ? variable : { ...variable, name };
  });
}

/** A capability that is nothing but environment: in force once every pod runs with it. `more`: what is still to come then. */
export function environmentOnly(
  context: CapabilityContext,
  env: readonly EnvVar[],
  whenDone: Progress,
  more: readonly Step[] = [],
): PartialContribution {
  const variables = named(context.spec, env);
  if (!context.wanted) return leavingEnvironment(context, variables);
  const taken = overridden(context, variables);
  if (taken.length > 0) return { ...overriddenBy(taken), env: variables };
  const late = componentsWithout(context, variables);
  return {
    ...gated([rolledOut(late, areAsked(context, variables)), ...more], whenDone),
    env: variables,
  };
}

/** `isSteady`: all are asked for it, so what is rolled out now may be something else. */
export const rolledOut = (late: readonly string[], isSteady = false) => ({
  name: 'RolledOut',
  done: late.length === 0,
  waits: `pods of ${late.join(', ')} are being replaced`,
  isSteady,
});

/** Gone once no pod runs with it any more. */
export function leavingEnvironment(context: CapabilityContext, env: readonly EnvVar[]): PartialContribution {
  const late = componentsWithout(context, env, false);
  return leaving([rolledOut(late)]);
}

export function overriddenBy(names: readonly string[]): Progress {
  return blocked(
    'Overridden',
    `spec.env sets ${names.join(', ')} to something else, and has the last word; remove that, or set the policy of this capability to Never.`,
  );
}
