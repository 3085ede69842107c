/** The CustomResourceDefinition of a LeadPlatform, made from its zod schema. `npm run generate` writes it to `crds/`. */
import { jsonSchemaOf } from './json-schema.ts';
import { API_GROUP, API_VERSION, KIND } from './names.ts';
import { NAME_PATTERN, NAME_RULES } from './platform-name.ts';
import { LeadPlatformSpec } from './schema/leadplatform.ts';
import { LeadPlatformStatus } from './schema/status.ts';
import { structural } from './structural.ts';

/**
 * The API server writes these two defaults into the object, because a person who reads it should see them: what the
 * operator may do, and what happens to data. All others stay out, so that a later version may have better ones, and so
 * that the whole ladder does not end up in every object.
 */
const KEPT_DEFAULTS = new Set(['spec.mode', 'spec.deletionPolicy']);

const COLUMNS = [
  ['Tier', 'string', '.status.tier', 'The tier that the platform stands on.'],
  ['Leads/Day', 'integer', '.status.leadsPerDay', 'Leads in the last 24 hours.'],
  ['Queue', 'integer', '.status.queueDepth', 'Jobs in all queues together.'],
  ['Ready', 'string', '.status.conditions[?(@.type=="Ready")].status', 'Whether the tier has what it needs.'],
  [
    'Limited',
    'string',
    '.status.conditions[?(@.type=="ScalingLimited")].status',
    'Whether something is in the way of the replicas that the load asks for.',
  ],
  ['Mode', 'string', '.spec.mode', 'Auto, Recommend or Paused.'],
  ['Age', 'date', '.metadata.creationTimestamp', 'How long it exists.'],
] as const;

/** The CRD as a plain object, ready to be written as YAML or sent to an API server. */
export function leadPlatformCrd() {
  const options = { keepDefaults: KEPT_DEFAULTS };
  const spec = structural(jsonSchemaOf(LeadPlatformSpec), 'spec', options);
  const status = structural(jsonSchemaOf(LeadPlatformStatus), 'status', options);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `leadplatforms.${API_GROUP}` },
    spec: {
      group: API_GROUP,
      scope: 'Namespaced',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: 'leadplatforms',
        singular: 'leadplatform',
        shortNames: ['lp'],
        categories: ['leadplatforms'],
      },
      versions: [
        {
          name: API_VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS.map(([name, type, jsonPath, description]) => ({
            name,
            type,
            jsonPath,
            description,
          })),
          schema: {
            openAPIV3Schema: {
              description:
                'A lead platform: what it runs, how busy it is, and how far it may grow. The operator keeps it on the tier of the ladder that its load asks for.',
              type: 'object',
              required: ['spec'],
              'x-kubernetes-validations': [
                {
                  rule: `self.metadata.name.matches(r'${NAME_PATTERN.source}')`,
                  message: NAME_RULES.pattern,
                },
                { rule: `size(self.metadata.name) <= ${NAME_RULES.max}`, message: NAME_RULES.tooLong },
              ],
              properties: {
                apiVersion: {
                  description: `The version of this resource: ${API_GROUP}/${API_VERSION}.`,
                  type: 'string',
                },
                kind: { description: `${KIND}.`, type: 'string' },
                metadata: { type: 'object' },
                spec,
                status,
              },
            },
          },
        },
      ],
    },
  };
}
