/**
 * What is wrong with a manifest, as sentences. A value is quoted only where it is one of a few words or a number: what
 * stands in a manifest may hold a secret, and these sentences go into status and events.
 */
import type * as z from 'zod';
import { suggestion } from './did-you-mean.ts';
import type { JsonSchema } from './json-schema.ts';

export interface Problem {
  /** Where, like `spec.components.queues[1].pickupTime`. */
  readonly path: string;
  /** What is wrong and what would be right; without the path. */
  readonly message: string;
}

const MAX_PROBLEMS = 20;
const MAX_MESSAGE = 500;
const MAX_PATH = 200;
const MAX_WORD = 60;

const shorten = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** `spec.env[0].name: must be …`, on one line whatever the manifest holds. */
export const describeProblem = ({ path, message }: Problem) =>
  path === '' ? message : `${path}: ${message}`;

// Keys come from the manifest: control characters must not reach a terminal or a log.
const printable = (text: string) => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');

export function problem(path: string, message: string): Problem {
  return { path: shorten(printable(path), MAX_PATH), message: shorten(printable(message), MAX_MESSAGE) };
}

/** At most twenty; the last one says how many more there are. */
export function bounded(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems;
  const left = problems.length - MAX_PROBLEMS + 1;
  return [...problems.slice(0, MAX_PROBLEMS - 1), problem('', `and ${left} more problems`)];
}

type Path = readonly PropertyKey[];

function formatPath(root: string, path: Path): string {
  let text = root;
  for (const step of path) {
    text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${String(step)}`;
  }
  return text;
}

function schemaAt(schema: JsonSchema, path: Path): JsonSchema | undefined {
  let node: JsonSchema | undefined = schema;
  for (const step of path) {
    if (typeof step === 'number') node = node?.items;
    else if (node?.properties !== undefined) {
      node = Object.hasOwn(node.properties, step) ? node.properties[String(step)] : undefined;
    } else node = typeof node?.additionalProperties === 'object' ? node.additionalProperties : undefined;
  }
  return node;
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a map of fields',
  record: 'a map of fields',
  array: 'a list',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of fields';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? `the number ${value}` : typeof value;
}

function wrongType(expected: string, value: unknown): string {
  if (value === undefined) return 'required, and missing';
  const wanted = KIND_NAMES[expected] ?? expected;
  const quoted = expected === 'string' && typeof value === 'number' ? `; write it in quotes` : '';
  if (typeof value === 'number' && !Number.isFinite(value)) return `must be a finite number, not ${value}`;
  if (expected === 'int' && typeof value === 'number') return `must be a whole number, not ${value}`;
  return `must be ${wanted}, not ${kindOf(value)}${quoted}`;
}

const SIZES: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
};

function outOfRange(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, value: unknown): string {
  const [limit, bound] =
    issue.code === 'too_small'
      ? [issue.minimum, issue.inclusive === false ? 'more than' : 'at least']
      : [issue.maximum, issue.inclusive === false ? 'less than' : 'at most'];
  const size = SIZES[issue.origin];
  if (size === undefined) return `must be ${bound} ${limit}, not ${String(value)}`;
  if (issue.origin === 'string' && value === '') return 'must not be empty';
  return `must have ${bound} ${limit} ${size[Number(limit) === 1 ? 0 : 1]}`;
}

function sentence(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value);
    case 'too_small':
    case 'too_big':
      return outOfRange(issue, value);
    case 'invalid_value': {
      const words = issue.values.map(String);
      if (typeof value !== 'string') return `must be one of ${words.join(', ')}`;
      const given = shorten(value, MAX_WORD);
      return `"${given}" is not one of ${words.join(', ')}${suggestion(value, words)}`;
    }
    case 'invalid_union': {
      const nested = issue.errors.flat().findLast(({ code }) => code !== 'invalid_type');
      return nested?.message ?? 'must be a whole number or text';
    }
    case 'invalid_key':
      // Of the key itself: the path ends with it.
      return issue.issues.some(({ code }) => code === 'too_big')
        ? 'has a key that is too long'
        : (issue.issues[0]?.message ?? 'has a key that may not be');
    default:
      return issue.message;
  }
}

/** A number below two minima is below the greater one: of two issues of one kind at one place, the last is kept. */
function withoutRepeats(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const place = ({ code, path }: z.core.$ZodIssue) => JSON.stringify([code, path]);
  const bounds = new Map(
    issues
      .filter(({ code }) => code === 'too_small' || code === 'too_big')
      .map((issue) => [place(issue), issue]),
  );
  return issues.filter((issue) => (bounds.get(place(issue)) ?? issue) === issue);
}

/** Zod's issues as problems, with the fields that were probably meant. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  { root, input, schema }: { readonly root: string; readonly input: unknown; readonly schema: JsonSchema },
): readonly Problem[] {
  return withoutRepeats(issues).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys(schemaAt(schema, issue.path)?.properties ?? {});
      return issue.keys.map((key) =>
        problem(formatPath(root, [...issue.path, key]), `unknown field${suggestion(key, known)}`),
      );
    }
    return [problem(formatPath(root, issue.path), sentence(issue, valueAt(input, issue.path)))];
  });
}
