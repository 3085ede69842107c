import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type FailedRequest, sendLeads } from '../../../testbed/load/sender.ts';
import { tally } from '../../../testbed/load/tally.ts';
import { describeWith } from '../support.ts';
import { eventually } from '../processes.ts';
import { ownBrain } from './fixture.ts';

const NONE = { runsMoreThanOnce: [], startedMoreThanOnce: [], missing: [] };

describeWith(['postgres', 'redis'], 'load on the stand-in', () => {
  const brain = ownBrain();
  const list = () => `${brain.prefix}queues:vici-updates`;
  const isIdle = async () =>
    (await brain.redis().exists(list(), `${list()}:delayed`, `${list()}:reserved`)) === 0;

  it('of 1,000 leads runs the job of each exactly once, with four workers', async () => {
    const { url } = await brain.web();
    for (let index = 0; index < 4; index += 1) await brain.worker('--queue=vici-updates');
    const outcome = await sendLeads({ url: `${url}/api/leads`, count: 1_000, rate: 300 });
    expect(outcome.failed).toEqual([]);
    await eventually('the queue is empty', isIdle, 60_000);
    expect(await tally(brain.pool(), outcome)).toEqual({
      sent: 1_000,
      accepted: 1_000,
      rows: 1_000,
      effects: 1_000,
      runs: 1_000,
      ...NONE,
    });
  });

  it('loses no request while replicas of the web side come and go behind an address', async () => {
    let replica = await brain.web();
    const service = await forwarding(() => Number(new URL(replica.url).port));
    onTestFinished(service.close);
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const sending = sendLeads({
      url: `http://127.0.0.1:${service.port}/api/leads`,
      count: 100_000,
      rate: 100,
      connections: 8,
      signal: stop.signal,
    });
    for (let round = 0; round < 2; round += 1) {
      const old = replica;
      replica = await brain.web();
      // As a Service that has left it out already: connections that exist stay with it.
      old.process.signal('SIGTERM');
      expect(await old.process.exited).toEqual({ code: 0, signal: null });
    }
    stop.abort();
    const outcome = await sending;
    expect(outcome.failed).toEqual([]);
    expect(outcome.accepted).toHaveLength(outcome.sent.length);
    expect((await tally(brain.pool(), outcome)).rows).toBe(outcome.sent.length);
    // Each replica that went made the sender connect anew, and the last one has its leads too.
    expect(service.accepted()).toBeGreaterThanOrEqual(3);
  });

  it('is counted for what it is: refused, cut off, lost, and run twice', async () => {
    const answers = [200, 201, 503, 'cut'] as const;
    let asked = 0;
    const server = createServer((request, response) => {
      const answer = answers[asked++ % answers.length];
      request.resume().on('end', () => {
        if (answer === 'cut') request.socket.destroy();
        else response.writeHead(answer ?? 200).end();
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const before = Date.now();
    try {
      const url = `http://127.0.0.1:${port}/`;
      const told: (FailedRequest | undefined)[] = [];
      const onAnswer = (failure?: FailedRequest) => void told.push(failure);
      const outcome = await sendLeads({ url, count: 8, rate: 100, connections: 1, onAnswer });
      expect(told.filter((failure) => failure !== undefined)).toEqual(outcome.failed);
      expect(told).toHaveLength(8);
      expect(outcome.sent).toHaveLength(8);
      expect(outcome.accepted).toHaveLength(4);
      expect(outcome.failed.map(({ status, error }) => status ?? error)).toEqual([
        503,
        'UND_ERR_SOCKET',
        503,
        'UND_ERR_SOCKET',
      ]);
      for (const { at } of outcome.failed) {
        expect(at).toBeGreaterThanOrEqual(before);
        expect(at).toBeLessThanOrEqual(Date.now());
      }
      const [whole, lost, twice] = outcome.accepted;
      await brain.sql(
        "INSERT INTO leads (lead_id, phone) SELECT id, '1' FROM unnest($1::text[]) AS given (id)",
        [[whole, lost, twice]],
      );
      await brain.sql(
        "INSERT INTO lead_effects (lead_id, job_uuid) SELECT id, 'j' FROM unnest($1::text[]) AS given (id)",
        [[whole, twice]],
      );
      await brain.sql(
        `INSERT INTO job_runs (job_uuid, lead_id, queue, starts, runs)
         VALUES ('a', $1, 'q', 1, 1), ('b', $2, 'q', 3, 1), ('c', $2, 'q', 1, 1)`,
        [whole, twice],
      );
      expect(await tally(brain.pool(), outcome)).toEqual({
        sent: 8,
        accepted: 4,
        rows: 3,
        effects: 2,
        runs: 3,
        runsMoreThanOnce: [twice],
        startedMoreThanOnce: [twice],
        missing: expect.arrayContaining([lost, outcome.accepted[3]]) as string[],
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

/** What a Service is to connections: each new one goes to the port that is right at the time, and stays there. */
async function forwarding(port: () => number) {
  let accepted = 0;
  const server = createTcpServer((socket) => {
    accepted += 1;
    const target = connect(port(), '127.0.0.1');
    socket.pipe(target).pipe(socket);
    for (const end of [socket, target]) {
      end.on('error', () => {
        socket.destroy();
        target.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    close: () => void server.close(),
  };
}
