/** What KEDA's trigger `metrics-api` reads: how many Pods the rate of arrivals asks for, and how many those that wait do. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { LaravelQueue } from '../../../testbed/demo/jobs.ts';
import { ArrivalRate } from '../../../src/simulate/queue/arrival-rate.ts';
import { SETTING } from './setting.ts';

export interface Numbers {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param arrived Jobs that have come so far. */
export async function serveNumbers(queue: LaravelQueue, arrived: () => number): Promise<Numbers> {
  const { rateSeconds, utilisation, backlogSeconds, serviceSeconds } = SETTING;
  const rate = new ArrivalRate(rateSeconds);
  const server = createServer((_, response) => {
    queue.counts().then(
      ({ ready }) => {
        const numbers = {
          rate: (rate.look(performance.now() / 1_000, arrived()) / utilisation) * serviceSeconds,
          backlog: (ready / backlogSeconds) * serviceSeconds,
        };
        response.setHeader('content-type', 'application/json').end(JSON.stringify(numbers));
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
