/**
 * `/api/platforms/NAMESPACE/NAME`: the live numbers of one platform, for those who may `get` it. On a listener of its own,
 * on loopback unless another address is given: a port-forward arrives there, and a token never crosses a network in clear.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Operator } from '../leadplatform/operator.ts';
import type { Logger } from '../runtime/logger.ts';
import { type HttpServer, listen } from './listener.ts';
import { liveView } from './live.ts';
import type { LiveAccess } from './live-access.ts';
import type { PlatformName } from './reviews.ts';

export interface LiveOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly operator: Pick<Operator, 'platform'>;
  readonly access: Pick<LiveAccess, 'check'>;
  readonly logger: Logger;
  /** How long an answer may take to be made and read. */
  readonly patienceMs?: number;
}

/** People who look at their platforms. */
const MOST_CONNECTIONS = 64;
/** A token of a company's directory names all the groups that its user is in. */
const LARGEST_HEADERS = 32_768;

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export function serveLive({ host, port, patienceMs, ...options }: LiveOptions): Promise<HttpServer> {
  const answer: RequestListener = (request, response) => {
    answerTo(request, options).then(
      (given) => say(response, given),
      (error: unknown) => {
        options.logger.error({ error: String(error) }, 'Answering an HTTP request failed');
        say(response, { status: 500, body: { error: 'This failed; the log of the operator says why' } });
      },
    );
  };
  const limits = { maxConnections: MOST_CONNECTIONS, largestHeaders: LARGEST_HEADERS };
  return listen({ host, port, ...limits, ...(patienceMs !== undefined && { patienceMs }) }, answer);
}

async function answerTo(
  { method, url = '', headers }: IncomingMessage,
  { operator, access }: Pick<LiveOptions, 'operator' | 'access'>,
): Promise<Answer> {
  const named = /^\/api\/platforms\/([^/?]+)\/([^/?]+)(?:\?|$)/.exec(url);
  if (named === null || (method !== 'GET' && method !== 'HEAD'))
    return refuse(404, 'There is nothing here but /api/platforms/NAMESPACE/NAME, for GET');
  const platform = decoded(named);
  if (platform === undefined)
    return refuse(400, 'The address has a namespace or a name that no LeadPlatform can have');
  const checked = await access.check(headers.authorization, platform);
  if (checked !== 'granted') {
    const { status, error, retryAfterSeconds } = checked;
    return refuse(status, error, {
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="leadplatform"' }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    });
  }
  const key = `${platform.namespace}/${platform.name}`;
  const found = operator.platform(key);
  // A platform that was made again has no numbers of the one before it.
  const isThere = found !== undefined && found.object?.metadata.uid === found.state.uid;
  return isThere
    ? { status: 200, body: liveView(found.state.decision) }
    : refuse(404, `There is no LeadPlatform ${key} here, or another process leads`);
}

const refuse = (status: number, error: string, headers: Answer['headers'] = {}): Answer => ({
  status,
  body: { error },
  headers,
});

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const NAME = /^[a-z0-9][-.a-z0-9]{0,252}$/;

/** Undefined where the API server would have none of this name: about it no one is asked. */
function decoded([, namespace = '', name = '']: readonly string[]): PlatformName | undefined {
  try {
    const platform = { namespace: decodeURIComponent(namespace), name: decodeURIComponent(name) };
    return NAMESPACE.test(platform.namespace) && NAME.test(platform.name) ? platform : undefined;
  } catch {
    return undefined;
  }
}

function say(response: ServerResponse, { status, body, headers }: Answer): void {
  const own = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  response.writeHead(status, { ...own, ...headers }).end(JSON.stringify(body));
}
