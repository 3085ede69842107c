import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A wire that can be watched and cut, between a client and a server on loopback. */
export interface TcpProxy {
  port: number;
  /** Connections that clients have opened so far. */
  opened(): number;
  /** Connections that are open now. */
  open(): number;
  /** Breaks every connection, as a server that dies does. */
  cut(): void;
  /** Breaks those of clients by a reset, as a machine that has forgotten them does. */
  reset(): void;
  /** While true, connections are refused right after they were opened. */
  refuse(on: boolean): void;
  /** While true, nothing passes in either direction and no connection ends; neither on those that are opened later. */
  stall(on: boolean): void;
  /** The same for connections that are opened from now on, and for them alone. */
  stallNew(on: boolean): void;
  stop(): Promise<void>;
}

/** @param on Where clients find it; a free port of 127.0.0.1 when left out. */
export async function startTcpProxy(
  host: string,
  port: number,
  on: { readonly host?: string; readonly port?: number } = {},
): Promise<TcpProxy> {
  let opened = 0;
  let refusing = false;
  let stalled = false;
  const pairs = new Set<readonly [Socket, Socket]>();

  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    if (refusing) {
      client.destroy();
      return;
    }
    opened++;
    const upstream = connect(port, host);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
      from.on('data', (chunk) => to.write(chunk));
      if (stalled) from.pause();
    }
  });
  server.listen(on.port ?? 0, on.host ?? '127.0.0.1');
  await once(server, 'listening');

  const cut = () => {
    for (const [client, upstream] of pairs) {
      client.destroy();
      upstream.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    opened: () => opened,
    open: () => pairs.size,
    cut,
    reset: () => {
      for (const [client] of pairs) client.resetAndDestroy();
    },
    refuse: (on) => {
      refusing = on;
    },
    stall: (on) => {
      stalled = on;
      for (const socket of [...pairs].flat()) {
        if (on) socket.pause();
        else socket.resume();
      }
    },
    stallNew: (on) => {
      stalled = on;
    },
    stop: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
