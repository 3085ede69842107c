/**
 * Health for the kubelet, on a listener of its own: nobody who asks for metrics keeps a probe waiting. It is answered by the
 * main loop on purpose: one that is blocked must fail it.
 */
import type { RequestListener, ServerResponse } from 'node:http';
import type { Operator } from '../leadplatform/operator.ts';
import { type HttpServer, listen } from './listener.ts';

export interface HealthOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly operator: Pick<Operator, 'isReady'>;
}

/** A kubelet has two probes, each for a second or two at most. */
const MOST_CONNECTIONS = 16;

export function serveHealth({ operator, ...at }: HealthOptions): Promise<HttpServer> {
  const answer: RequestListener = ({ url }, response) => {
    // Alive: the event loop turns. Anything more would have a kubelet restart what only waits for the API server.
    if (url === '/healthz') say(response, 200, 'ok');
    else if (url === '/readyz') sayReadiness(operator, response);
    else say(response, 404, 'there is nothing here but /healthz and /readyz');
  };
  return listen({ ...at, maxConnections: MOST_CONNECTIONS }, answer);
}

/** Ready: caches are filled, whether it leads or stands by. */
export function sayReadiness(operator: Pick<Operator, 'isReady'>, response: ServerResponse): void {
  if (operator.isReady()) say(response, 200, 'ok');
  else say(response, 503, 'not ready: the caches are not filled, or the process is stopping');
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
