/**
 * Asks the operator that leads for live numbers, with a bearer token: by a port-forward to its Pod, or at an address that the
 * user names, for an operator that runs outside the cluster. What is in the way is a sentence with what helps, never a
 * failure: the status of the last write is shown instead.
 *
 * **The Pod is the one that the LeadPlatform's status names**, which only the operator may write, and it is looked at by its
 * UID once the connection to it is there, before the token is sent. A Lease, a namespace or a name that others can write leads
 * a token nowhere.
 */
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import { Agent, request } from 'undici';
import type { OperatorPod } from '../../src/api/schema/status.ts';
import { isLoopback } from '../http/loopback.ts';
import { PODS } from '../leadplatform/kinds.ts';
import { KubeError, isForbidden, isNotFound } from '../runtime/errors.ts';
import type { Resources } from '../runtime/resources.ts';
import { LARGEST_ANSWER, type LiveNumbers, NoNumbers, numbersOf, printable } from './live-answer.ts';
import { type PodConnection, PortForwardError, connectToPod } from './port-forward.ts';
import type { ShownToken } from './shown-token.ts';

/** Longer than the operator takes over a slow API server. */
const TIMEOUT_MS = 10_000;
const POD_PORT = 8082;
/** Of a fleet: each is a connection of its own through the API server. */
const MOST_AT_ONCE = 8;
/** In characters: of a reason of ours, with what others said in it. */
const LONGEST_REASON = 2_000;
/** Where the operator asks to wait: so often, and no longer than this each time. */
const MOST_WAITS = 3;
const LONGEST_WAIT_MS = 5_000;

export interface LiveOptions {
  readonly resources: Resources;
  /** The address of the API server. */
  readonly server: string;
  /** The address of an operator; left out: the Pod that the status of a platform names. */
  readonly url?: string | undefined;
  readonly token: () => Promise<ShownToken>;
  /** For one question, in ms. Default: 10 s. */
  readonly timeoutMs?: number;
}

export interface AskedPlatform {
  readonly namespace: string;
  readonly name: string;
  /** Of its status. */
  readonly operator?: OperatorPod | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string | undefined;
}

const NO_POD = `The status names no Pod of the operator: it runs outside of this cluster, its version is another one than this command's, or the definition of LeadPlatforms is an older one, as the operator's log then says. Where it runs outside, give its address there: --operator http://127.0.0.1:${POD_PORT}`;

/** Asks for the numbers of one platform after another. */
export function liveNumbers(options: LiveOptions): (platform: AskedPlatform) => Promise<LiveNumbers> {
  const line = pLimit(MOST_AT_ONCE);
  const operators = new Map<string, (path: string) => Promise<LiveNumbers>>();
  let token: Promise<ShownToken> | undefined;
  return async ({ namespace, name, operator }) => {
    const { url } = options;
    if (url === undefined && operator === undefined) return { unavailable: NO_POD };
    // All of what the status says: one that lies about a part of it is another operator, and spoils the numbers of no one else.
    const key = url ?? JSON.stringify([operator?.namespace, operator?.pod, operator?.uid]);
    let ask = operators.get(key);
    if (ask === undefined) {
      ask = untilItFails(async (path) => {
        token ??= options.token();
        const shown = await token;
        if ('none' in shown) throw new NoNumbers(shown.none);
        const authorization = `Bearer ${shown.token}`;
        return line(() =>
          patiently(() =>
            operator === undefined || url !== undefined
              ? askAt(url ?? '', path, authorization, options)
              : askPod(operator, path, authorization, options),
          ),
        );
      });
      operators.set(key, ask);
    }
    return ask(`/api/platforms/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`);
  };
}

/** Where a question finds no operator, or no ear, no further one is put to it: each would take its time-out. */
function untilItFails(
  question: (path: string) => Promise<LiveNumbers>,
): (path: string) => Promise<LiveNumbers> {
  let first: Promise<LiveNumbers> | undefined;
  let failed: LiveNumbers | undefined;
  const ask = async (path: string): Promise<LiveNumbers> => {
    if (failed !== undefined) return failed;
    try {
      return await question(path);
    } catch (error) {
      failed ??= {
        unavailable:
          error instanceof NoNumbers
            ? // Names of a status are in it.
              printable(error.message, LONGEST_REASON)
            : `The operator did not answer (${printable(codeOf(error))}).`,
      };
      return failed;
    }
  };
  return async (path) => {
    if (first === undefined) return (first = ask(path));
    await first;
    return ask(path);
  };
}

/** Puts a question again where the operator says when. */
async function patiently(ask: () => Promise<Answer>): Promise<LiveNumbers> {
  for (let waits = 0; ; waits += 1) {
    const { status, body, retryAfter } = await ask();
    const seconds = Number(retryAfter);
    if (status !== 429 || !(seconds > 0) || waits === MOST_WAITS) return numbersOf(status, body);
    await pause(Math.min(seconds * 1_000, LONGEST_WAIT_MS));
  }
}

/** A token is worth all that its user may do: it crosses no network in clear. */
function checkAddress(url: string, cure: string): void {
  const { protocol, hostname, host } = new URL(url);
  if (protocol !== 'https:' && !isLoopback(hostname))
    throw new NoNumbers(`Your token is not sent to ${host} in clear. ${cure}`);
}

/** Directly, whatever proxies the environment names, and with no connection that is kept: the command ends with its answer. */
const direct = new Agent({ pipelining: 0 });

async function askAt(
  url: string,
  path: string,
  authorization: string,
  { timeoutMs = TIMEOUT_MS }: LiveOptions,
): Promise<Answer> {
  checkAddress(
    url,
    'Leave --operator out, and a port-forward is used; or name an https or loopback address.',
  );
  const { statusCode, headers, body } = await request(`${url.replace(/\/+$/, '')}${path}`, {
    headers: { authorization },
    signal: AbortSignal.timeout(timeoutMs),
    dispatcher: direct,
  });
  const retryAfter = [headers['retry-after']].flat()[0];
  return { status: statusCode, body: await textOf(body), retryAfter };
}

const ASK_FOR_ROLE =
  'Ask an administrator for the Role of the chart whose name ends in -live-numbers (userRoles.statusReaders).';

async function askPod(
  pod: OperatorPod,
  path: string,
  authorization: string,
  { resources, server, timeoutMs = TIMEOUT_MS }: LiveOptions,
): Promise<Answer> {
  checkAddress(server, 'Write an https address of the API server into your kubeconfig.');
  const signal = AbortSignal.timeout(timeoutMs);
  const { namespace, pod: name } = pod;
  const at = { namespace, name, port: POD_PORT };
  const stream = await connectToPod(resources.client, at, signal).catch((error: unknown) => {
    throw error instanceof PortForwardError ? notForwarded(error, pod) : error;
  });
  try {
    await checkPod(resources, pod, signal);
    return await getOver(stream, path, authorization, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NoNumbers) throw error;
    throw new NoNumbers(
      `The operator's Pod "${name}" has no live numbers at port ${POD_PORT}; its version may be another one than this command's: ${printable(codeOf(error))}`,
    );
  } finally {
    stream.destroy();
  }
}

/**
 * Whether the connection is to that Pod. A UID is used once and a name by one Pod at a time, so a Pod that has both now, and had
 * them when the status was written, had them when the connection was made.
 */
async function checkPod(resources: Resources, pod: OperatorPod, signal: AbortSignal): Promise<void> {
  const { namespace, pod: name } = pod;
  const found = await resources.get(PODS, { namespace, name }, { signal }).catch((error: unknown) => {
    if (isForbidden(error))
      throw new NoNumbers(`You may not get Pods in namespace "${namespace}". ${ASK_FOR_ROLE}`);
    throw isNotFound(error) ? gone(pod) : error;
  });
  if (found.metadata.uid !== pod.uid) throw gone(pod);
}

const gone = ({ namespace, pod }: OperatorPod): NoNumbers =>
  new NoNumbers(
    `The Pod "${pod}" in namespace "${namespace}", which wrote the status, is not there any more. Try again once another operator leads and has looked at the platform.`,
  );

function notForwarded(error: PortForwardError, pod: OperatorPod): NoNumbers {
  if (error.status === 403)
    return new NoNumbers(
      `You may not forward ports of Pods in namespace "${pod.namespace}". ${ASK_FOR_ROLE}`,
    );
  if (error.status === 404) return gone(pod);
  return new NoNumbers(`The port-forward to the operator's Pod "${pod.pod}" failed: ${error.message}.`);
}

/** One GET over a connection that is there, and its answer. */
async function getOver(
  stream: PodConnection,
  path: string,
  authorization: string,
  signal: AbortSignal,
): Promise<Answer> {
  const http = process.getBuiltinModule('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  // Without an answer the words of the other end say more than that the connection ended.
  const fail = (error: Error) => reject(stream.failure ?? error);
  if (stream.failure !== undefined) throw stream.failure;
  const asked = http.get({
    host: 'localhost',
    path,
    headers: { authorization, connection: 'close' },
    createConnection: () => stream,
  });
  asked.on('error', fail);
  stream.on('error', fail);
  // Of an answer that is none, such as another protocol, Node tells nothing else.
  let isAnswered = false;
  asked.on('close', () => isAnswered || fail(new Error('the connection ended without an answer')));
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  asked.on('response', (response) => {
    isAnswered = true;
    const { statusCode: status = 0, headers } = response;
    const answered = (body: string) => resolve({ status, body, retryAfter: headers['retry-after'] });
    textOf(response).then(answered, fail);
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
        if (bytes > LARGEST_ANSWER)
          throw new NoNumbers(
            `The answer is longer than live numbers can be (${LARGEST_ANSWER / 1_000_000} MB).`,
          );
        yield chunk;
      }
    })(),
  );
}

function codeOf(error: unknown): string {
  if (error instanceof KubeError) return error.words;
  const { code, name, message } = error as Error & { readonly code?: unknown };
  if (name === 'TimeoutError') return 'no answer in time';
  return typeof code === 'string' ? code : message;
}
