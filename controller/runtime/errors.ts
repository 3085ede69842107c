/**
 * What can go wrong between here and the API server.
 *
 * `KubeError` is the only error that a request rejects with, apart from `FencedError` (a write that was never sent
 * because the leader lease may have expired) and the reason of the caller's own abort signal. It holds the server's
 * words and nothing of the request but its method and path: headers, and with them tokens, cannot reach a log.
 */

/** `details` of a `Status`, as far as anybody looks at it. */
export interface StatusDetails {
  readonly name?: string;
  readonly uid?: string;
  /** What was not found, as a plural: that of the object, or `namespaces` where that of a new one is not there. */
  readonly kind?: string;
  readonly causes?: readonly {
    readonly reason?: string;
    readonly message?: string;
    readonly field?: string;
  }[];
  readonly retryAfterSeconds?: number;
}

export interface KubeErrorInit {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The `reason` of the Status, such as `AlreadyExists`; for no answer `Unreachable` or `Timeout`; `NotKubernetes`. */
  readonly reason: string;
  readonly message: string;
  /** The message without the method and the path before it. Default: the message. */
  readonly words?: string;
  readonly details?: StatusDetails | undefined;
  /** What the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly status: number;
  readonly reason: string;
  /** What is wrong, without the method and path of the request, which say nothing to a person; of no answer its code. */
  readonly words: string;
  readonly details: StatusDetails | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(init: KubeErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.status = init.status;
    this.reason = init.reason;
    this.words = init.words ?? init.message;
    this.details = init.details;
    this.retryAfterMs = init.retryAfterMs;
  }
}

const NOT_KUBERNETES = 'NotKubernetes';

/** A mistake of the object's author: trying again changes nothing until the object does. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  /** A constant in CamelCase, fit for the `reason` of a condition. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A write was held back: this process may not be the leader any more. Nothing of it reached the server. */
export class FencedError extends Error {
  override readonly name = 'FencedError';

  constructor() {
    super('The write was not sent: the leader lease has, or may have, expired');
  }
}

const has = (error: unknown, test: (e: KubeError) => boolean): boolean =>
  error instanceof KubeError && test(error);

/** An apply named a UID, and the object that has the name now is another. The API server calls that invalid. */
const isOtherObject = (e: KubeError): boolean =>
  e.status === 422 && (e.details?.causes ?? []).some((cause) => cause.field === 'metadata.uid');

/** Somebody else changed the object meanwhile, or owns the field, or the UID is another object's. */
export const isConflict = (error: unknown): boolean =>
  has(error, (e) => (e.status === 409 && e.reason !== 'AlreadyExists') || isOtherObject(e));
export const isNotFound = (error: unknown): boolean => has(error, (e) => e.status === 404);
/** The server knows no such type: its definition is not installed. An object that is missing is named in the answer. */
export const isTypeMissing = (error: unknown): boolean =>
  has(error, (e) => e.status === 404 && e.details?.name === undefined && e.details?.kind !== 'namespaces');
export const isAlreadyExists = (error: unknown): boolean => has(error, (e) => e.reason === 'AlreadyExists');
/** The resource version is too old to watch or to continue a list from: list again. */
export const isGone = (error: unknown): boolean =>
  has(error, (e) => e.status === 410 || e.reason === 'Expired' || e.reason === 'Gone');
export const isThrottled = (error: unknown): boolean => has(error, (e) => e.status === 429);
export const isUnauthorized = (error: unknown): boolean => has(error, (e) => e.status === 401);
export const isForbidden = (error: unknown): boolean => has(error, (e) => e.status === 403);
export const isInvalid = (error: unknown): boolean =>
  has(error, (e) => (e.status === 422 && !isOtherObject(e)) || e.status === 400);
export const isFenced = (error: unknown): boolean => error instanceof FencedError;
export const isTerminal = (error: unknown): boolean => error instanceof TerminalError;

/** A create was refused because the namespace is on its way out, or is gone. There is nothing to do but to stop. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  has(
    error,
    (e) =>
      (e.status === 403 && (e.details?.causes ?? []).some((c) => c.reason === 'NamespaceTerminating')) ||
      (e.status === 404 && e.details?.kind === 'namespaces'),
  );

/** In the answer to a server-side apply. The API server names one field, though its library could list them all. */
const UNDECLARED = /(\.[^\s:]+): field not declared in schema/g;

/**
 * Fields that a server-side apply names and the definition of its type does not have, as paths like `.status.operator` or
 * `.status.hooks[0].state`. The API server drops such a field from any other write; an apply it refuses whole, as a failure of its
 * own (500), until the definition is another one. None for any other error.
 */
export const undeclaredFields = (error: unknown): readonly string[] =>
  error instanceof KubeError ? [...error.words.matchAll(UNDECLARED)].map(([, path = '']) => path) : [];

/** An answer that is a success and yet not of an API server: the page of a proxy, or of another service. */
export const notKubernetes = (method: string, path: string): KubeError =>
  new KubeError({
    status: 0,
    reason: NOT_KUBERNETES,
    ...said(method, path, 'the answer was not that of a Kubernetes API server'),
  });
export const isNotKubernetes = (error: unknown): boolean => has(error, (e) => e.reason === NOT_KUBERNETES);

/** Long enough for the server's explanation of an invalid object, short enough for a condition and a log line. */
const LONGEST_MESSAGE = 1024;

/** A message with the request before it, and without. */
export const said = (
  method: string,
  path: string,
  words: string,
): Required<Pick<KubeErrorInit, 'message' | 'words'>> => ({
  message: `${method} ${path}: ${words}`.slice(0, LONGEST_MESSAGE),
  words: words.slice(0, LONGEST_MESSAGE),
});

/**
 * Turns an answer of the API server that is no success into a `KubeError`. The body is a `Status` as JSON; anything
 * else (a proxy's HTML page, say) is left out of the message.
 */
export function errorFromAnswer(
  request: { method: string; path: string },
  status: number,
  body: string,
  retryAfterMs?: number,
): KubeError {
  const parsed = parseStatus(body);
  const words = (parsed && wordsOf(parsed)) ?? 'the answer was no Kubernetes Status';
  return new KubeError({
    status,
    reason: parsed?.reason ?? `Http${status}`,
    ...said(request.method, request.path, `${status}: ${words}`),
    details: parsed?.details,
    retryAfterMs:
      retryAfterMs ??
      (parsed?.details?.retryAfterSeconds === undefined
        ? undefined
        : parsed.details.retryAfterSeconds * 1000),
  });
}

interface Status {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
}

/**
 * What the server said, with what is wrong in one order: it looks at labels, limits and other maps in the order of chance,
 * and the same object would be refused in other words each time.
 */
function wordsOf({ message, details }: Status): string | undefined {
  const causes = new Set(
    (details?.causes ?? []).map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`),
  );
  const given = `[${[...causes].join(', ')}]`;
  if (causes.size < 2 || message?.endsWith(given) !== true) return message;
  return `${message.slice(0, -given.length)}[${[...causes].toSorted().join(', ')}]`;
}

function parseStatus(body: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'Status') {
      return value;
    }
  } catch {
    // Not JSON: no Status.
  }
  return undefined;
}
