/**
 * Finds the process that leads and asks it for live numbers, with the user's own bearer token: by a port-forward to its Pod,
 * or at an address that the user names, for an operator that runs outside the cluster. What is in the way is a sentence
 * with what helps, never a failure: the status of the last write is shown instead.
 */
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import pLimit from 'p-limit';
import { request } from 'undici';
import type { LiveView } from '../http/live.ts';
import { FIELD_MANAGER } from '../leadplatform/kinds.ts';
import { KubeError, isForbidden, isNotFound } from '../runtime/errors.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { resourceType } from '../runtime/resources.ts';
import { PortForwardError, connectToPod } from './port-forward.ts';

const LEASES = resourceType<KubeObject & { spec?: { holderIdentity?: string } }>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
});

const TIMEOUT_MS = 5_000;
const POD_PORT = 8082;
/** Of a fleet: each is a connection of its own through the API server. */
const MOST_AT_ONCE = 8;
const LARGEST_ANSWER = 4_000_000;
const LONGEST_SENTENCE = 500;

export interface LiveOptions {
  readonly resources: Resources;
  /** Where live numbers come from: an address, or the namespace of the operator's Lease. */
  readonly from: { readonly url: string } | { readonly namespace: string };
  /** The token that the operator is shown; undefined where there is none. */
  readonly token: () => Promise<string | undefined>;
}

interface PlatformName {
  readonly namespace: string;
  readonly name: string;
}

/** The numbers, or why there are none and what would help. `status` is that of HTTP, where the operator refused. */
export type LiveNumbers =
  { readonly view: LiveView } | { readonly unavailable: string; readonly status?: number };

/** Why no platform has live numbers. */
class NoNumbers extends Error {}

/**
 * Asks for the numbers of one platform after another. Where the first question finds no operator, or no ear, no other is
 * asked, as each would take its time-out.
 */
export function liveNumbers(options: LiveOptions): (platform: PlatformName) => Promise<LiveNumbers> {
  const line = pLimit(MOST_AT_ONCE);
  let asking: Promise<Ask> | undefined;
  let first: Promise<unknown> | undefined;
  const ask = async ({ namespace, name }: PlatformName): Promise<LiveNumbers> => {
    asking ??= askerOf(options);
    const asked = await asking;
    return line(() => asked(`/api/platforms/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`));
  };
  return async (platform) => {
    try {
      if (first === undefined) return await (first = ask(platform));
      await first;
      return await ask(platform);
    } catch (error) {
      return { unavailable: error instanceof NoNumbers ? error.message : `${NO_ANSWER} (${codeOf(error)}).` };
    }
  };
}

const NO_ANSWER = 'The operator did not answer';

/** Rejects where none of the platforms has an answer. */
type Ask = (path: string) => Promise<LiveNumbers>;

const NO_TOKEN =
  'Live numbers are shown for a bearer token, and your kubeconfig has none of yours (a client certificate is not one). Give one with --token-file; leadplatform status --help says how to make it.';

async function askerOf({ resources, from, token: tokenOf }: LiveOptions): Promise<Ask> {
  const token = await tokenOf();
  if (token === undefined) throw new NoNumbers(NO_TOKEN);
  const authorization = `Bearer ${token}`;
  if ('url' in from) return askAt(from.url, authorization);
  const pod = await leaderOf(resources, from.namespace);
  return (path) => askPod(resources, { namespace: from.namespace, name: pod }, path, authorization);
}

/** A token is worth all that its user may do: it crosses no network in clear. */
function askAt(url: string, authorization: string): Ask {
  const { protocol, hostname, host } = new URL(url);
  if (protocol !== 'https:' && !isLoopback(hostname)) {
    throw new NoNumbers(
      `Your token is not sent to ${host} in clear. Leave --operator out, and a port-forward is used; or name an https or loopback address.`,
    );
  }
  return async (path) => {
    const { statusCode, body } = await request(`${url.replace(/\/+$/, '')}${path}`, {
      headers: { authorization },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return answerOf(statusCode, await textOf(body));
  };
}

const isLoopback = (hostname: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

const ASK_FOR_ROLE =
  'Ask an administrator for the Role of the chart whose name ends in -live-numbers (userRoles.statusReaders).';

/** The name of the Pod that leads. */
async function leaderOf(resources: Resources, namespace: string): Promise<string> {
  const lease = await resources.get(LEASES, { namespace, name: FIELD_MANAGER }).catch((error: unknown) => {
    if (isForbidden(error))
      throw new NoNumbers(
        `You may not read which operator leads in namespace "${namespace}". ${ASK_FOR_ROLE}`,
      );
    if (isNotFound(error))
      throw new NoNumbers(
        `There is no Lease of an operator in namespace "${namespace}". Name the operator's namespace: --operator-namespace NAME`,
      );
    throw error;
  });
  // The identity is the Pod's name and a random part.
  const pod = lease.spec?.holderIdentity?.replace(/_[0-9a-f]+$/, '') ?? '';
  if (pod === '')
    throw new NoNumbers(`No operator leads in namespace "${namespace}" at the moment. Try again.`);
  return pod;
}

async function askPod(
  { client }: Resources,
  pod: { readonly namespace: string; readonly name: string },
  path: string,
  authorization: string,
): Promise<LiveNumbers> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const stream = await connectToPod(client, { ...pod, port: POD_PORT }, signal).catch((error: unknown) => {
    throw error instanceof PortForwardError ? notForwarded(error, pod) : error;
  });
  try {
    const { status, body } = await getOver(stream, path, authorization);
    return answerOf(status, body);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NoNumbers) throw error;
    throw new NoNumbers(
      `The operator's Pod "${pod.name}" has no live numbers at port ${POD_PORT}; its version may be another one than this command's: ${printable(codeOf(error))}`,
    );
  } finally {
    stream.destroy();
  }
}

function notForwarded(
  error: PortForwardError,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): NoNumbers {
  if (error.status === 403)
    return new NoNumbers(`You may not forward ports of Pods in namespace "${namespace}". ${ASK_FOR_ROLE}`);
  if (error.status === 404)
    return new NoNumbers(
      `"${name}", which leads, is not a Pod in namespace "${namespace}". Where it runs outside the cluster, give its address there: --operator http://127.0.0.1:${POD_PORT}`,
    );
  return new NoNumbers(`No port-forward to the operator's Pod "${name}" came about: ${error.message}.`);
}

/** One GET over a connection that is there, and its answer. */
async function getOver(
  stream: Duplex,
  path: string,
  authorization: string,
): Promise<{ status: number; body: string }> {
  const http = process.getBuiltinModule('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const asked = http.get({
    host: 'localhost',
    path,
    headers: { authorization, connection: 'close' },
    createConnection: () => stream,
  });
  asked.on('error', reject);
  // The words of the other end, where it failed before it was listened to.
  if (stream.errored !== null) reject(stream.errored);
  stream.on('error', reject);
  asked.on('response', (response) => {
    textOf(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
  });
  return promise;
}

/** Rejects where it is longer than live numbers are. */
async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  let bytes = 0;
  return text(
    (async function* () {
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > LARGEST_ANSWER) throw new NoNumbers('The answer is longer than live numbers can be.');
        yield chunk;
      }
    })(),
  );
}

/**
 * | answer                                | means                                |
 * |---------------------------------------|--------------------------------------|
 * | 200                                   | the numbers                          |
 * | 403, 404, 429                         | none of this platform                |
 * | anything else                         | none of any platform                 |
 */
function answerOf(status: number, body: string): LiveNumbers {
  const answer = parsed(body);
  if (status === 200 && isLiveView(answer)) return { view: answer };
  const { error } = (answer ?? {}) as { readonly error?: unknown };
  const said =
    typeof error === 'string'
      ? printable(error)
      : `What answered, with ${status}, is not an operator of this version.`;
  if (status === 403 || status === 404 || status === 429) return { unavailable: said, status };
  throw new NoNumbers(said);
}

const isLiveView = (value: unknown): value is LiveView =>
  typeof value === 'object' && value !== null && Array.isArray((value as Partial<LiveView>).signals);

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Of a foreign server: nothing that would move the cursor of a terminal. */
const printable = (words: string): string =>
  words.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?').slice(0, LONGEST_SENTENCE);

function codeOf(error: unknown): string {
  if (error instanceof KubeError) return error.words;
  const { code, name, message } = error as Error & { readonly code?: unknown };
  if (name === 'TimeoutError') return 'no answer in time';
  return typeof code === 'string' ? code : message;
}
