/** HTTP of the process: metrics, and readiness for `leadplatform ready`. Live numbers have a listener of their own. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import express from 'express';
import type { ErrorRequestHandler } from 'express';
import type { Operator } from '../leadplatform/operator.ts';
import type { Logger } from '../runtime/logger.ts';
import { sayReadiness } from './health.ts';
import { type HttpServer, listen } from './listener.ts';
import type { OperatorMetrics } from './metrics.ts';
import { SharedExposition } from './shared-exposition.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly operator: Pick<Operator, 'notReady'>;
  readonly metrics: Pick<OperatorMetrics, 'contentType' | 'exposition'>;
  readonly logger: Logger;
  /** How long an answer may take to be read. */
  readonly patienceMs?: number;
}

/** Prometheus, and whoever looks at metrics. */
const MOST_CONNECTIONS = 64;

export function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, operator, metrics, logger, patienceMs } = options;
  const exposition = new SharedExposition(() => metrics.exposition());
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.get('/readyz', (_request, response) => sayReadiness(operator, response));
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType);
    await writeAll(
      exposition.read(() => !response.destroyed),
      response,
    );
  });
  app.use((_request, response) => void response.status(404).json({ error: 'There is nothing here' }));
  app.use(failure(logger));
  const limits = { maxConnections: MOST_CONNECTIONS, ...(patienceMs !== undefined && { patienceMs }) };
  return listen({ host, port, ...limits }, app);
}

/** As fast as it is read, so that no more than a part is in memory. Who hangs up wants no more, and that is no failure. */
async function writeAll(parts: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
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
