/** What capabilities make of the pods of one component: their environment, what runs before their command, their promises. */
import type { EnvVar, PodShape } from './pod-shape.ts';
import type { Resources } from '../api/schema/resources.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { own as ownValue } from '../api/own.ts';

export interface Shape extends PodShape {
  readonly env: readonly EnvVar[];
  /** The connection that `queue:work` names, where the user gives no command of their own. Default: redis. */
  readonly queueConnection?: string;
  /** The same by component, for all of them. */
  readonly queueConnections?: Readonly<Record<string, string>>;
}

export const PLAIN: Shape = { env: [] };

/** The shape of one component: the variables that are meant for it, or for the component that it is `like`, and its connection. */
export function shapeOf(shape: Shape, component: string, like = component): Shape {
  const queueConnection = ownValue(shape.queueConnections, component);
  return {
    ...shape,
    env: shape.env.filter(
      ({ components }) =>
        components === undefined || components.includes(component) || components.includes(like),
    ),
    ...(queueConnection !== undefined && { queueConnection }),
  };
}

/** The variables of capabilities and those of the user, who wins; in a fixed order. */
export function mergedEnv({ env = [] }: LeadPlatformSpec, added: readonly EnvVar[]): readonly object[] {
  const own = new Set(env.map(({ name }) => name));
  const last = new Map(
    added.filter(({ name }) => !own.has(name)).map((variable) => [variable.name, variable]),
  );
  return [...[...last.values()].map(entryOf), ...env];
}

function entryOf({ name, value, secret }: EnvVar) {
  return secret === undefined
    ? { name, value: value ?? '' }
    : { name, valueFrom: { secretKeyRef: { name: secret.name, key: secret.key } } };
}

/**
 * A command with another one run before it. The shell hands process 1 over by `exec`, so signals reach PHP. What runs
 * before is not worth a pod that does not start: its failure is printed, and the command follows. A pod that is told to
 * stop meanwhile does so: process 1 would ignore the signal, and a worker begin a job that is cut off.
 */
export function startedBy(
  command: readonly string[] | undefined,
  before: readonly string[] | undefined,
): readonly string[] | undefined {
  if (command === undefined || before === undefined) return command;
  const script = [
    // The last two are the stop signals of images of PHP-FPM and of Apache.
    "trap 'exit 143' TERM QUIT WINCH",
    `${before.map(quoted).join(' ')} || echo "leadplatform: the command before the start failed" >&2`,
    'exec "$@"',
  ];
  return ['sh', '-c', script.join('; '), 'sh', ...command];
}

/** As the shell leaves it alone. With a `=` in it, the first word would be a variable. */
const quoted = (word: string): string =>
  /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** What a container is promised where it asks for nothing itself. */
export function withRequests(
  own: Resources | undefined,
  requests: Readonly<Record<string, string>> | undefined,
): Resources | undefined {
  if (requests === undefined) return own;
  const limits = own?.limits ?? {};
  // A limit is a request where none is given; to promise more than it would be refused.
  const due = Object.entries(requests).filter(
    ([name]) => own?.requests?.[name] === undefined && limits[name] === undefined,
  );
  if (due.length === 0) return own;
  return { ...own, requests: { ...Object.fromEntries(due), ...own?.requests } };
}
