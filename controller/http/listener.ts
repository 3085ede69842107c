/**
 * An HTTP server that takes only so much from whoever reaches it: so many connections, one request on each, and so long for
 * asking and for reading the answer. The connection that was there first makes room for a new one: what we serve is asked
 * and read in milliseconds, so an old one is somebody who only holds it.
 */
import type { RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

// Not imported: an import asks the module for all that it exports, and with WebSocket Node loads a whole HTTP client beside
// ours. That is 12 MB of resident memory.
const { createServer } = process.getBuiltinModule('node:http');

export interface HttpServer {
  readonly address: string;
  stop(): Promise<void>;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly maxConnections: number;
  /** In bytes. Default: 8 KiB. */
  readonly largestHeaders?: number;
  /** For a whole request to come, and then for its answer to be read. Default: 10 s. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 10_000;
const LARGEST_HEADERS = 8_192;

/** Rejects with the error of the system where the address cannot be listened at. */
export async function listen(
  { host, port, maxConnections, largestHeaders = LARGEST_HEADERS, patienceMs = PATIENCE_MS }: ListenerOptions,
  answer: RequestListener,
): Promise<HttpServer> {
  const open = new Set<Socket>();
  const server = createServer(
    {
      requestTimeout: patienceMs,
      headersTimeout: patienceMs,
      connectionsCheckingInterval: Math.ceil(patienceMs / 5),
      maxHeaderSize: largestHeaders,
    },
    (request, response) => {
      const timer = setTimeout(() => request.socket.destroy(), patienceMs);
      response.once('close', () => clearTimeout(timer));
      // Node would wait for seconds where more requests have come behind it.
      response.once('finish', () => request.socket.destroySoon());
      answer(request, response);
    },
  );
  // What comes behind the first request would be answered before that was read.
  server.maxRequestsPerSocket = 1;
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const [oldest] = open;
    if (open.size > maxConnections) oldest?.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
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
