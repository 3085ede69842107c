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
  readonly operator: Pick<Operator, 'notReady'>;
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

/** Ready: the definition is there and caches are filled, whether it leads or stands by. */
export function sayReadiness(operator: Pick<Operator, 'notReady'>, response: ServerResponse): void {
  const why = operator.notReady();
  if (why === undefined) say(response, 200, 'ok');
  else say(response, 503, `not ready: ${why}`);
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
