/**
 * Whether the API server asks whose Secrets an author names, by the policies of the chart. Where it does not, *edit* on LeadPlatforms is
 * worth every Secret of the namespace: see `docs/design/authors.md`.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { secretPolicies } from '../../../src/api/secret-policy.ts';
import { isForbidden, isTypeMissing } from '../../runtime/errors.ts';
import type { KubeObject, Resources } from '../../runtime/resources.ts';
import { resourceType } from '../../runtime/resources.ts';
import type { Finding } from './finding.ts';

const ADMISSION = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false };
const POLICIES = resourceType({
  ...ADMISSION,
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
});
const BINDINGS = resourceType({
  ...ADMISSION,
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
});

const CHECK = 'admission';
const WORTH =
  'a user who may create or change LeadPlatforms can read every Secret of their namespace: they name it, and their own image or a server of theirs receives it';
const CLOSE = 'or grant edit on LeadPlatforms to those who may get Secrets';
const MENDS = {
  none: `set authors.checkSecrets to true in the values of the chart (its installer needs rights on the cluster), ${CLOSE}`,
  notWhole: `upgrade the release of the chart that has them, or apply its templates/secret-policy.yaml once more, ${CLOSE}`,
  otherVersion: 'upgrade the release of the chart that has them, or run the doctor of its version',
  noKind: `upgrade Kubernetes, ${CLOSE}`,
  noRight: 'run this as a user who may read what belongs to the cluster',
} as const;

const expression = z.object({ expression: z.string() });
/** What of a policy decides, with what the API server fills in. */
const policySchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    failurePolicy: z.string().default('Fail'),
    paramKind: z.unknown().optional(),
    matchConstraints: z.object({
      matchPolicy: z.string().default('Equivalent'),
      namespaceSelector: z.unknown(),
      objectSelector: z.unknown(),
      resourceRules: z
        .array(
          z.object({
            apiGroups: z.array(z.string()),
            apiVersions: z.array(z.string()),
            operations: z.array(z.string()),
            resources: z.array(z.string()),
            resourceNames: z.array(z.string()).default([]),
            scope: z.string().default('*'),
          }),
        )
        .default([]),
      excludeResourceRules: z.array(z.unknown()).default([]),
    }),
    matchConditions: z.array(expression).default([]),
    variables: z.array(expression.extend({ name: z.string() })).default([]),
    validations: z.array(expression).default([]),
  }),
});
type Policy = z.infer<typeof policySchema>;

const bindingSchema = z.object({
  spec: z.object({
    policyName: z.string(),
    validationActions: z.array(z.string()).default([]),
    matchResources: z
      .object({
        namespaceSelector: z.record(z.string(), z.unknown()).default({}),
        objectSelector: z.record(z.string(), z.unknown()).default({}),
        resourceRules: z.array(z.unknown()).default([]),
        excludeResourceRules: z.array(z.unknown()).default([]),
      })
      .optional(),
  }),
});
type Binding = z.infer<typeof bindingSchema>;

const problem = (message: string, mend: keyof typeof MENDS): Finding => ({
  check: CHECK,
  state: 'problem',
  message,
  mend: MENDS[mend],
});

/** Asks the cluster. Rejects where it answers neither with the policies nor with a refusal. */
export async function checkAdmission(resources: Resources): Promise<Finding> {
  try {
    const [policies, bindings] = await Promise.all([resources.list(POLICIES), resources.list(BINDINGS)]);
    return judgeAdmission(policies.items, bindings.items);
  } catch (error) {
    if (isTypeMissing(error))
      return problem(
        `The API server has no ValidatingAdmissionPolicies, which come with Kubernetes 1.30: ${WORTH}.`,
        'noKind',
      );
    if (!isForbidden(error)) throw error;
    return {
      check: CHECK,
      state: 'unknown',
      message:
        'You may not list ValidatingAdmissionPolicies, so it is not known whether any checks whose Secrets an author names.',
      mend: MENDS.noRight,
    };
  }
}

/** By what there is in the cluster, whatever its name and whichever release has made it. */
export function judgeAdmission(policies: readonly KubeObject[], bindings: readonly KubeObject[]): Finding {
  const there = parsed(policySchema, policies);
  const bound = new Set(
    parsed(bindingSchema, bindings)
      .filter(denies)
      .map(({ spec }) => spec.policyName),
  );
  const wanted = secretPolicies('leadplatform')
    .filter(isPolicy)
    .map((one) => policySchema.parse(one));
  const found = wanted.map((one) => there.filter((other) => isDeepStrictEqual(other.spec, one.spec)));
  const inForce = found.flatMap((same) => same.find(({ metadata }) => bound.has(metadata.name)) ?? []);
  const names = inForce.map(({ metadata }) => metadata.name).join(' and ');
  if (inForce.length === wanted.length)
    return {
      check: CHECK,
      state: 'ok',
      message: `Authors name only Secrets that they may get or use (${names}).`,
    };
  const idle = found.flat().find(({ metadata }) => !bound.has(metadata.name));
  if (idle !== undefined)
    return problem(
      `The policy ${idle.metadata.name} is bound by nothing that denies in all namespaces: ${WORTH}.`,
      'notWhole',
    );
  const others = there.filter((one) => isForPlatforms(one) && !found.flat().includes(one));
  if (others.length > 0)
    return problem(
      `The policies on LeadPlatforms (${others.map(({ metadata }) => metadata.name).join(', ')}) are not those of this version, so it is not known whether they check every Secret that an author names.`,
      'otherVersion',
    );
  if (inForce.length > 0)
    return problem(
      `Of the ${wanted.length} policies that check whose Secrets an author names there is only ${names}: ${WORTH}, where they name it after enough others.`,
      'notWhole',
    );
  return problem(`No policy checks whose Secrets an author names: ${WORTH}.`, 'none');
}

const isPolicy = (object: object): boolean => 'kind' in object && object.kind === POLICIES.kind;

/** Whether a binding refuses, and does so everywhere. */
function denies({ spec: { validationActions, matchResources } }: Binding): boolean {
  if (!validationActions.includes('Deny')) return false;
  if (matchResources === undefined) return true;
  const { namespaceSelector, objectSelector, resourceRules, excludeResourceRules } = matchResources;
  return [namespaceSelector, objectSelector, resourceRules, excludeResourceRules].every(
    (narrowing) => Object.keys(narrowing).length === 0,
  );
}

const isForPlatforms = ({ spec: { matchConstraints } }: Policy): boolean =>
  matchConstraints.resourceRules.some(({ resources }) => resources.includes('leadplatforms'));

/** What does not read as one is none. */
const parsed = <T>(schema: z.ZodType<T>, objects: readonly unknown[]): readonly T[] =>
  objects.flatMap((object) => {
    const { success, data } = schema.safeParse(object);
    return success ? [data] : [];
  });
