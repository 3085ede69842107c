/**
 * The admission policy by which an author names only Secrets that they may `get`, or may `use`: what the operator does with
 * one it does with its own rights, and who wrote a LeadPlatform it cannot know later. `npm run generate` writes it into the
 * chart.
 *
 * Who changes a LeadPlatform needs the Secrets that it had, too, and so does who deletes it: what its engines keep is found again by
 * its name, and would go to the image of any user who may take a Secret out, or write a LeadPlatform of that name without it.
 *
 * The API server bounds what a policy costs. An expression, or a variable, may ask the authorizer twice, a policy as a whole 28
 * times (`docs/design/authors.md` has the measurement). So the distinct names are taken from the list one by one, each has two
 * questions of its own, and there are as many policies as it takes for `MOST_SECRETS`.
 */
import { API_GROUP } from './names.ts';
import { SECRET_FIELDS } from './secret-fields.ts';

/** Two questions for each name, and two for all of them: 26 of 28. The rest is for the lists. */
const NAMES_A_POLICY = 12;
const POLICIES = 2;

/** How many different Secrets an author may name who may neither get nor use all of the namespace. */
export const MOST_SECRETS = NAMES_A_POLICY * POLICIES;

/** In CEL: a list with what stands at this path of an object, empty texts for what is missing. */
function textsAt(object: 'object' | 'oldObject', path: string): string {
  const [list = '', inner] = path.split('[].');
  const found = `${object}.spec.${list
    .split('.')
    .map((step) => `?${step}`)
    .join('.')}`;
  if (inner === undefined) return `[${found}.orValue('')]`;
  const name = inner
    .split('.')
    .map((step) => `?${step}`)
    .join('.');
  return `${found}.orValue([]).map(e, e.${name}.orValue(''))`;
}

const namesIn = (object: 'object' | 'oldObject'): string =>
  SECRET_FIELDS.map((path) => textsAt(object, path)).join(' + ');

/** Those that are to be, and those that were. */
const NAMES = `((request.operation == 'DELETE' ? [] : ${namesIn('object')}) + (request.operation == 'CREATE' ? [] : ${namesIn('oldObject')})).filter(n, n != '')`;

const may = (verb: 'get' | 'use', name: string): string =>
  `authorizer.group('').resource('secrets').namespace(request.namespace)${name === '' ? '' : `.name(${name})`}.check('${verb}').allowed()`;
const mayEither = (name: string): string => `${may('get', name)} || ${may('use', name)}`;

/** `left0` has every name, `left1` those without the first one of `left0`, and so on. */
const left = (index: number): string => `variables.left${index}`;

/** A name is asked for where there is one, and where the author has no right on all Secrets. */
const isFree = (names: string): string => `${names}.size() == 0 || variables.all`;

/** None of those that messages use asks the authorizer: where a message is made, the API server has none. */
const variablesUpTo = (count: number): readonly { name: string; expression: string }[] => [
  { name: 'left0', expression: NAMES },
  ...Array.from({ length: count }, (_, index) => ({
    name: `left${index + 1}`,
    expression: `${left(index)}.filter(n, n != ${left(index)}[0])`,
  })),
  { name: 'all', expression: mayEither('') },
];

function mayName(index: number): object {
  const name = `${left(index)}[0]`;
  const instead = `(request.operation == 'CREATE' ? 'name another one, or ' : 'who changes or deletes a LeadPlatform needs the Secrets that it had, too; name another one where it is new, or ')`;
  const said = `'spec names the Secret ' + ${name} + ', which you may neither get nor use in the namespace ' + request.namespace + '; ' + ${instead} + 'have a Role with this rule bound to you: {apiGroups: [""], resources: [secrets], verbs: [use], resourceNames: [' + ${name} + ']}'`;
  return {
    expression: `${isFree(left(index))} || ${mayEither(name)}`,
    // The API server makes it whether it is needed or not.
    messageExpression: `${left(index)}.size() == 0 ? '' : ${said}`,
    message:
      'spec names a Secret that you may neither get nor use, or has named it until now; have the verb use on it granted to you by a Role',
    reason: 'Forbidden',
  };
}

const noMoreThan = (most: number): object => ({
  expression: isFree(left(most)),
  message: `spec names more than ${most} different Secrets, those before the change included, which is more than can be checked one by one; name fewer, or have get or use on all Secrets of the namespace granted to you`,
  reason: 'Forbidden',
});

/** The policies and their bindings, ready to be written as YAML. They are of the cluster. */
export const secretPolicies = (prefix: string): readonly object[] =>
  Array.from({ length: POLICIES }, (_, index) => {
    const name = index === 0 ? `${prefix}-secrets` : `${prefix}-secrets-${index + 1}`;
    const from = index * NAMES_A_POLICY;
    const to = from + NAMES_A_POLICY;
    return [
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name },
        spec: {
          // What cannot be judged is refused.
          failurePolicy: 'Fail',
          // Defaults are said, so that a tool that compares finds no difference.
          matchConstraints: {
            matchPolicy: 'Equivalent',
            namespaceSelector: {},
            objectSelector: {},
            resourceRules: [
              {
                apiGroups: [API_GROUP],
                apiVersions: ['*'],
                operations: ['CREATE', 'UPDATE', 'DELETE'],
                // Without its status, which is the operator's.
                resources: ['leadplatforms'],
                scope: '*',
              },
            ],
          },
          matchConditions: [
            // Where spec stays, nothing is newly named: an annotation may be set by people who could not name the Secret.
            {
              name: 'spec-changed',
              expression: "request.operation != 'UPDATE' || object.spec != oldObject.spec",
            },
          ],
          variables: variablesUpTo(to),
          validations: [
            ...Array.from({ length: NAMES_A_POLICY }, (__, nth) => mayName(from + nth)),
            ...(to === MOST_SECRETS ? [noMoreThan(MOST_SECRETS)] : []),
          ],
        },
      },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name },
        spec: { policyName: name, validationActions: ['Deny'] },
      },
    ];
  }).flat();
