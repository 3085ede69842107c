/**
 * Whether a LeadPlatform may be acted on: parsed, defaulted and validated. The API server has asked most of this already;
 * this asks all of it, for older objects, for what CEL cannot see (schedules, time zones, bands), and offline.
 */
import { jsonSchemaOf } from './json-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { API_GROUP, API_VERSION, KIND } from './names.ts';
import { type AuthorPermissions, EVERYTHING, forbiddenUses } from './permissions.ts';
import { NAME_PATTERN, NAME_RULES } from './platform-name.ts';
import { bounded, problem, problemsOf } from './problems.ts';
import type { Problem } from './problems.ts';
import { withPartsOf } from './same-parts.ts';
import { LeadPlatformSpec } from './schema/leadplatform.ts';

export type { Problem } from './problems.ts';
export { describeProblem } from './problems.ts';

export type Admission =
  | { readonly ok: true; readonly spec: LeadPlatformSpec }
  | {
      readonly ok: false;
      /** `NotPermitted`: well said, but not for this author to ask for. */
      readonly reason: 'InvalidSpec' | 'NotPermitted';
      readonly problems: readonly Problem[];
    };

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Only looked at to suggest a field, so it is made when the first manifest is wrong. */
let specSchema: JsonSchema | undefined;

/** A spec that says nothing of its own, whose parts all others share: most of a spec is what the schema fills in. */
let standard: LeadPlatformSpec | undefined;

function admitSpec(input: unknown, permissions: AuthorPermissions): Admission {
  const parsed = LeadPlatformSpec.safeParse(input);
  if (parsed.success) {
    const forbidden = forbiddenUses(parsed.data, permissions);
    standard ??= LeadPlatformSpec.parse({ image: 'standard' });
    return forbidden.length === 0
      ? { ok: true, spec: withPartsOf(parsed.data, standard) }
      : { ok: false, reason: 'NotPermitted', problems: forbidden };
  }
  specSchema ??= jsonSchemaOf(LeadPlatformSpec);
  const problems = problemsOf(parsed.error.issues, { root: 'spec', input, schema: specSchema });
  return invalid(problems);
}

const invalid = (problems: readonly Problem[]): Admission => ({
  ok: false,
  reason: 'InvalidSpec',
  problems,
});

/** What the API server says about the name; and what an object that never met one may get wrong. */
function headProblems(object: Readonly<Record<string, unknown>>): readonly Problem[] {
  const problems: Problem[] = [];
  const { apiVersion, kind, metadata } = object;
  const expected = `${API_GROUP}/${API_VERSION}`;
  if (apiVersion !== undefined && apiVersion !== expected) {
    problems.push(problem('apiVersion', `must be ${expected}`));
  }
  if (kind !== undefined && kind !== KIND) problems.push(problem('kind', `must be ${KIND}`));
  const name = isMap(metadata) ? metadata['name'] : undefined;
  if (typeof name === 'string') {
    if (!NAME_PATTERN.test(name)) problems.push(problem('', NAME_RULES.pattern));
    if (name.length > NAME_RULES.max) problems.push(problem('', NAME_RULES.tooLong));
  }
  return problems;
}

/** A whole object has a head; a spec by itself has none of these fields. */
const isWhole = (object: Readonly<Record<string, unknown>>) =>
  ['apiVersion', 'kind', 'metadata', 'spec'].some((field) => Object.hasOwn(object, field));

/**
 * Parses, defaults and validates a whole LeadPlatform, or its spec by itself. Never throws, whatever it is given; at
 * most twenty problems come back, each of bounded length and without values that could be secret.
 * @param permissions What its author may ask for; everything where no operator is there to say.
 */
export function admit(object: unknown, permissions: AuthorPermissions = EVERYTHING): Admission {
  if (!isMap(object)) return invalid([problem('', `must be a ${KIND}, a map of fields`)]);
  if (!isWhole(object)) return bound(admitSpec(object, permissions));
  const head = headProblems(object);
  const spec: Admission =
    object['spec'] === undefined || object['spec'] === null
      ? invalid([problem('spec', 'required, and missing; it needs at least an image')])
      : admitSpec(object['spec'], permissions);
  if (head.length === 0) return bound(spec);
  return bound(invalid([...head, ...(spec.ok ? [] : spec.problems)]));
}

const bound = (admission: Admission): Admission =>
  admission.ok ? admission : { ...admission, problems: bounded(admission.problems) };
