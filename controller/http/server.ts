/** HTTP of the process: health, readiness, metrics, and live numbers for `leadplatform status`. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Operator } from '../leadplatform/operator.ts';
import { liveView } from './live.ts';
import type { OperatorMetrics } from './metrics.ts';

export interface HttpServer {
  readonly address: string;
  stop(): Promise<void>;
}

export async function serveHttp(options: {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly operator: Operator;
  readonly metrics: OperatorMetrics;
}): Promise<HttpServer> {
  const { host, port, operator, metrics } = options;
  const app = express();
  app.disable('x-powered-by');
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
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
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
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = app.listen(port, host, (error?: Error) => (error ? reject(error) : resolve(listening)));
  });
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
