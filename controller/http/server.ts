/** HTTP of the process: health, readiness, metrics, and live numbers for `leadplatform status`. */
import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { ErrorRequestHandler } from 'express';
import type { Operator } from '../leadplatform/operator.ts';
import type { Logger } from '../runtime/logger.ts';
import { liveView } from './live.ts';
import type { OperatorMetrics } from './metrics.ts';

export interface HttpServer {
  readonly address: string;
  stop(): Promise<void>;
}

export interface HttpOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly operator: Pick<Operator, 'isReady' | 'platform'>;
  readonly metrics: Pick<OperatorMetrics, 'contentType' | 'exposition'>;
  readonly logger: Logger;
}

/** Whoever asks takes milliseconds for it; one that sends its request for longer only holds a socket. */
const REQUEST_TIMEOUT_MS = 10_000;

export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, operator, metrics, logger } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  // Alive: the event loop turns. Anything more would have a kubelet restart what only waits for the API server.
  app.get('/healthz', (_request, response) => void response.type('text').send('ok\n'));
  app.get('/readyz', (_request, response) => {
    const ready = operator.isReady();
    response
      .status(ready ? 200 : 503)
      .type('text')
      .send(ready ? 'ok\n' : 'not ready: the caches are not filled, or the process is stopping\n');
  });
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType);
    await writeAll(metrics.exposition(), response);
  });
  app.get('/api/platforms/:namespace/:name', (request, response) => {
    const key = `${request.params.namespace}/${request.params.name}`;
    const found = operator.platform(key);
    if (found === undefined) {
      response.status(404).json({ error: `There is no LeadPlatform ${key} here, or another process leads` });
      return;
    }
    response.json(liveView(found.memory.decision));
  });
  app.use((_request, response) => void response.status(404).json({ error: 'There is nothing here' }));
  app.use(failure(logger));
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = app.listen(port, host, (error?: Error) => (error ? reject(error) : resolve(listening)));
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  const { port: bound } = server.address() as AddressInfo;
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As fast as it is read, so that no more than a part is in memory. Who hangs up wants no more, and that is no failure. */
async function writeAll(parts: AsyncIterable<string | Buffer>, response: ServerResponse): Promise<void> {
  const closed = new Promise((resolve) => response.once('close', resolve));
  for await (const part of parts) {
    if (response.destroyed) return;
    if (!response.write(part)) await Promise.race([once(response, 'drain'), closed]);
  }
  response.end();
}

/** In place of express' own, which shows where in the code it failed and what was asked for. */
function failure(logger: Logger): ErrorRequestHandler {
  // Express knows a handler of errors by its four parameters.
  return (error: Error & { status?: number }, _request, response, _next) => {
    const isTheirs = error.status !== undefined && error.status < 500;
    if (!isTheirs) logger.error({ error: String(error) }, 'Answering an HTTP request failed');
    if (response.headersSent) response.destroy();
    else if (isTheirs) response.status(400).json({ error: 'The address is not well-formed' });
    else response.status(500).json({ error: 'This failed; the log of the operator says why' });
  };
}
