/** The reference of the resource as Markdown, from its schema and from what the ladder and the capabilities know. */
import { jsonSchemaOf } from '../src/api/json-schema.ts';
import type { JsonSchema } from '../src/api/json-schema.ts';
import { API_GROUP, API_VERSION, KIND } from '../src/api/names.ts';
import { LeadPlatformSpec } from '../src/api/schema/leadplatform.ts';
import { LeadPlatformStatus } from '../src/api/schema/status.ts';
import { structural } from '../src/api/structural.ts';
import { CAPABILITIES } from '../src/capabilities/index.ts';
import { factsOf } from '../src/catalog/catalog.ts';
import { NO_CEILING } from '../src/ladder/default-tiers.ts';
import { ladderOf } from '../src/ladder/ladder.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { code, fieldTable, markdownTable, number, type Row, rowsOf } from './schema-tables.ts';

/** The fields of spec in one table a section, in the order of the schema. */
function specSections(spec: JsonSchema): string {
  const sections: string[] = [];
  const plain: Row[] = [];
  for (const [name, child] of Object.entries(spec.properties ?? {})) {
    const row = { path: `spec.${name}`, required: spec.required?.includes(name) ?? false, schema: child };
    const inner = rowsOf(child, row.path);
    plain.push(row);
    if (inner.length > 0) {
      sections.push(`### ${code(row.path)}\n\n${child.description ?? ''}\n\n${fieldTable(inner)}`);
    }
  }
  return [fieldTable(plain), ...sections].join('\n\n');
}

function rulesOf(schema: JsonSchema, path: string): readonly (readonly [string, string])[] {
  const own = (schema['x-kubernetes-validations'] ?? [])
    .filter(({ rule }) => !rule.startsWith('self.matches('))
    .map(({ message }): readonly [string, string] => [path, message]);
  return [
    ...own,
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => rulesOf(child, `${path}.${name}`)),
    ...(schema.items === undefined ? [] : rulesOf(schema.items, `${path}[]`)),
  ];
}

function ladderTable(): string {
  const { tiers } = ladderOf(LeadPlatformSpec.parse({ image: 'any' }));
  const range = ({ min, max }: { min: number; max: number }) =>
    max >= NO_CEILING ? `≥ ${number(min)}` : `${number(min)}–${number(max)}`;
  return markdownTable(
    ['Tier', 'From leads/day', 'Adds', 'All-in-one', 'Ingest', 'Sync', 'A queue', 'All workers'],
    tiers.map(({ name, from, adds, bounds }) => [
      code(name),
      number(from),
      adds.map(code).join(', '),
      range(bounds.allInOne),
      range(bounds.ingest),
      range(bounds.sync),
      range(bounds.queue),
      range(bounds.workers),
    ]),
  );
}

const capabilityTable = () =>
  markdownTable(
    ['Capability', 'What it is', 'Recommended from', 'Required from', 'Holds data', 'Relieves'],
    CAPABILITIES.map(({ name, summary }) => {
      const { recommendedFrom, requiredFrom, holdsData, relieves } = factsOf(name);
      return [
        `[${code(name)}](../capabilities/${name}.md)`,
        summary,
        number(recommendedFrom),
        requiredFrom === undefined ? '' : number(requiredFrom),
        holdsData ? 'yes: it waits for consent' : 'no',
        relieves.map(code).join(', '),
      ];
    }),
  );

function sample(root: string): string {
  return readFileSync(join(root, 'manifests/samples/smallest.yaml'), 'utf8').trim();
}

export function reference(root: string): string {
  const spec = jsonSchemaOf(LeadPlatformSpec);
  const status = structural(jsonSchemaOf(LeadPlatformStatus), 'status', { keepDefaults: new Set() });
  return `# ${KIND} (${API_GROUP}/${API_VERSION})

<!-- Generated from src/ by \`npm run generate\`; edit the schema instead. -->

Namespaced; short name \`lp\`, category \`leadplatforms\`. \`kubectl explain lp.spec\` says the same in a terminal.

\`\`\`yaml
${sample(root)}
\`\`\`

Durations are written like \`250ms\`, \`90s\`, \`1h30m\` or \`7d\`, sizes like \`12GB\` (10⁹ bytes) or \`10Gi\` (2³⁰), percentages
like \`80%\`. Only \`mode\` and \`deletionPolicy\` are written into the object when they are left out; every other default is
applied by the operator as it reads.

An unknown field is an error: \`kubectl\` asks the API server for strict validation by default. A client that only warns
(an older one, or \`--validate=warn\`) has the field dropped; \`leadplatform plan -f FILE\` rejects it with the name that was
probably meant.

## spec

${specSections(spec)}

## Rules

What the API server, and \`leadplatform plan\` without one, refuse beyond the limits of single fields:

${rulesOf(spec, 'spec')
  .map(([path, message]) => `- ${code(path)}: ${message}.`)
  .join('\n')}

Only the operator and \`plan\` can see these, and refuse them too: a cron schedule that never comes due, a time zone that is
not known, a health band whose yellow is above its red.

## The ladder

Left out, \`spec.tiers\` is these eight tiers. A tier has what it adds and what all tiers below it add; the numbers are the
fewest and the most replicas of each component.

${ladderTable()}

## Capabilities

${capabilityTable()}

*Recommended* is acted on with the tier, once the load is sustained; *required* at once, ahead of the tier.

## status

Written by the operator alone. Numbers are as of the last write; times are instants, never ages.

${fieldTable(rowsOf(status, 'status'))}
`;
}
