/** Tables in Markdown, and the fields of a schema as one. */
import type { JsonSchema } from '../src/api/json-schema.ts';

const thousands = new Intl.NumberFormat('en');
export const number = (value: number) => thousands.format(value);

/** A cell of a table: one line, and no bar that would end it. */
const cell = (text: string) => text.replaceAll('\n', ' ').replaceAll('|', '\\|');
export const code = (text: string) => `\`${text}\``;

export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

function typeOf(schema: JsonSchema): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string';
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (typeof schema.additionalProperties === 'object') return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.type ?? 'any';
}

function limitsOf(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, minItems, maxItems, minLength, maxLength } = schema as Readonly<
    Record<string, number | undefined>
  >;
  const isReal = (value: number | undefined): value is number =>
    value !== undefined && Math.abs(value) !== Number.MAX_SAFE_INTEGER;
  const limits = [
    schema.enum?.map((word) => code(String(word))).join(', '),
    isReal(minimum) ? `${exclusiveMinimum === undefined ? '≥' : '>'} ${number(minimum)}` : undefined,
    isReal(maximum) ? `≤ ${number(maximum)}` : undefined,
    isReal(minItems) || isReal(maxItems) ? `${minItems ?? 0}–${maxItems ?? '∞'} entries` : undefined,
    isReal(maxLength) && schema.enum === undefined
      ? `${minLength ?? 0}–${number(maxLength)} characters`
      : undefined,
    schema.patternMessage,
    ...(schema['x-kubernetes-list-map-keys'] === undefined
      ? []
      : [`merged by ${code((schema['x-kubernetes-list-map-keys'] as readonly string[]).join(', '))}`]),
  ];
  return limits.filter((limit) => limit !== undefined).join('; ');
}

function defaultOf(schema: JsonSchema): string {
  const { default: value } = schema;
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value)))
    return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The description; without its last sentence where the column beside it says the default. */
function meaningOf(schema: JsonSchema): string {
  const description = schema.description ?? '';
  return defaultOf(schema) === '' ? description : description.replace(/ ?Default: .*$/, '');
}

export interface Row {
  readonly path: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export function rowsOf(schema: JsonSchema, path: string): readonly Row[] {
  const inner = schema.items ?? schema;
  const start = schema.items === undefined ? path : `${path}[]`;
  return Object.entries(inner.properties ?? {}).flatMap(([name, child]) => {
    const row = {
      path: `${start}.${name}`,
      required: inner.required?.includes(name) ?? false,
      schema: child,
    };
    return [row, ...rowsOf(child, row.path)];
  });
}

export const fieldTable = (rows: readonly Row[]) =>
  markdownTable(
    ['Field', 'Type', 'Default', 'Meaning', 'Limits'],
    rows.map(({ path, required, schema }) => [
      code(path),
      typeOf(schema),
      required ? 'required' : defaultOf(schema),
      meaningOf(schema),
      limitsOf(schema),
    ]),
  );
