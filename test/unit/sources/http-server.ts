import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface LocalServer {
  readonly url: string;
  readonly requests: { path: string; headers: Record<string, unknown> }[];
  readonly connections: () => number;
}

/** A real HTTP server on a free port of loopback, gone when the test ends. */
export async function serve(answer: RequestListener): Promise<LocalServer> {
  const requests: LocalServer['requests'] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    answer(request, response);
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, connections: () => connections };
}

/** A server that answers everything with this body. */
export const serveText = (body: string, status = 200, headers: Record<string, string> = {}) =>
  serve((_request, response) => response.writeHead(status, headers).end(body));
