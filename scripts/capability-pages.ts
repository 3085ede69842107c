/** A page in Markdown for each capability, and one with all of them: what it knows of itself, and its settings. */
import { jsonSchemaOf, type JsonSchema } from '../src/api/json-schema.ts';
import { LeadPlatformSpec } from '../src/api/schema/leadplatform.ts';
import { CAPABILITIES } from '../src/capabilities/index.ts';
import { type CapabilityFacts, factsOf } from '../src/catalog/catalog.ts';
import type { Capability } from '../src/capabilities/contract/capability.ts';
import { code, fieldTable, markdownTable, number, type Row, rowsOf } from './schema-tables.ts';

interface Page {
  readonly file: string;
  readonly text: string;
}

const NOTICE =
  '<!-- Generated from src/ by `npm run generate`; edit the file in src/capabilities instead. -->';
const REFERENCE = '../reference/leadplatform.md';

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const policyOf = ({ holdsData }: CapabilityFacts) => (holdsData ? 'Confirm' : 'Auto');

/** What the schema has at `spec.a.b`; undefined where it has nothing. `*` is any one field that leads on. */
function at(schema: JsonSchema | undefined, path: string): JsonSchema | undefined {
  const [step, ...rest] = path.split('.').slice(1);
  if (schema === undefined || step === undefined) return schema;
  const { properties = {} } = schema.items ?? schema;
  const next = step === '*' ? Object.values(properties) : [properties[step]];
  for (const child of next) {
    const found = at(child, ['', ...rest].join('.'));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The fields that its manual names, and its own settings where they have its name; each once, in that order. */
function fieldsOf({ name, manual }: Capability, spec: JsonSchema): readonly string[] {
  const own = `spec.capabilities.${camel(name)}`;
  const named = manual?.fields ?? [];
  for (const field of named) {
    if (at(spec, field) === undefined) {
      throw new Error(`The manual of ${name} names ${field}, which the schema does not have`);
    }
  }
  const isNamed = named.some((field) => field === own || field.startsWith(`${own}.`));
  return isNamed || at(spec, own) === undefined ? named : [own, ...named];
}

/** Settings of capabilities in full; of what belongs to the whole platform the meaning, and where the rest stands. */
function settingRows(path: string, schema: JsonSchema): readonly Row[] {
  const row: Row = { path, required: false, schema };
  return path.startsWith('spec.capabilities.') ? [row, ...rowsOf(schema, path)] : [row];
}

function settings(capability: Capability, spec: JsonSchema): string {
  const fields = fieldsOf(capability, spec);
  if (fields.length === 0) return 'It has none.';
  return `${fieldTable(fields.flatMap((path) => settingRows(path, at(spec, path) ?? {})))}

Every field of the resource is in the [reference](${REFERENCE}).`;
}

function facts(capability: Capability): string {
  const { name, prerequisites = [] } = capability;
  const { recommendedFrom, requiredFrom, holdsData, relieves } = factsOf(name);
  return markdownTable(
    ['', ''],
    [
      ['Recommended from', `${number(recommendedFrom)} leads/day`],
      [
        'Required from',
        requiredFrom === undefined
          ? 'never: the platform runs without it'
          : `${number(requiredFrom)} leads/day`,
      ],
      ['Holds data', holdsData ? 'yes: putting it in place, or taking it away, moves or loses data' : 'no'],
      [
        'Default policy',
        holdsData
          ? '`Confirm`: it waits for the annotation `leadplatform.io/confirm`, and for sustained load'
          : '`Auto`: it is put in place by itself',
      ],
      ['Relieves', relieves.length > 0 ? relieves.map(code).join(', ') : 'no signal'],
      ['Needs first', prerequisites.length > 0 ? prerequisites.join('; ') : 'nothing'],
    ],
  );
}

function page(capability: Capability, spec: JsonSchema): Page {
  const { name, summary, manual } = capability;
  const sections: (readonly [title: string, text: string])[] = [
    ['What happens', manual.how],
    ['What it costs', manual.costs],
    ['What it touches', manual.touches],
    ['How to take it back', manual.undo],
  ];
  return {
    file: `${name}.md`,
    text: `# ${name}

${NOTICE}

${summary} ([All capabilities](README.md) · [how they are built](../design/capabilities.md))

${facts(capability)}

${sections.map(([title, text]) => `## ${title}\n\n${text}`).join('\n\n')}

## Settings

${settings(capability, spec)}
`,
  };
}

function overview(): Page {
  const table = markdownTable(
    ['Capability', 'Recommended from', 'Required from', 'Holds data', 'Default policy', 'What it is'],
    CAPABILITIES.map(({ name, summary }) => {
      const { recommendedFrom, requiredFrom, holdsData } = factsOf(name);
      return [
        `[${code(name)}](${name}.md)`,
        number(recommendedFrom),
        requiredFrom === undefined ? '' : number(requiredFrom),
        holdsData ? 'yes' : 'no',
        code(policyOf(factsOf(name))),
        summary,
      ];
    }),
  );
  return {
    file: 'README.md',
    text: `# Capabilities

${NOTICE}

What a tier of the ladder adds to a platform, a page each. Loads are leads/day: *recommended* is acted on with the tier, once the
load is sustained; *required* at once, ahead of the tier. \`spec.transitions.policies\` sets another policy than the default:
\`Auto\` puts it in place, \`Confirm\` waits for the annotation \`leadplatform.io/confirm\`, \`Never\` leaves it out.

${table}

How far each is stands in \`status.capabilities\`. How they are built is in [the design](../design/capabilities.md).
`,
  };
}

export function capabilityPages(): readonly Page[] {
  const spec = jsonSchemaOf(LeadPlatformSpec);
  return [overview(), ...CAPABILITIES.map((capability) => page(capability, spec))];
}
