import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { describeWith, testbed } from '../support.ts';
import { eventually } from '../processes.ts';
import { ownBrain, postLead } from './fixture.ts';

const QUEUE = 'vici-updates';

describeWith(['postgres', 'redis'], 'the stand-in without its database', () => {
  const brain = ownBrain();

  it('takes in nothing, gives up no job, and goes on by itself', async () => {
    const way = await wayTo(testbed().postgres.port);
    onTestFinished(() => way.cut());
    brain.env['DB_PORT'] = String(way.port);
    const { url } = await brain.web();
    const worker = await brain.worker(`--queue=${QUEUE}`);
    const holder = await brain.pool().connect();
    onTestFinished(() => holder.release(true));
    await holder.query('BEGIN');
    await holder.query("INSERT INTO lead_effects (lead_id, job_uuid) VALUES ('lead', 'held')");
    expect((await postLead(url, 'lead')).status).toBe(201);
    await eventually('the job is held', async () => (await brain.sql('SELECT 1 FROM job_runs')).length === 1);

    await way.cut();
    await holder.query('ROLLBACK');
    expect((await postLead(url, 'refused')).status).toBe(503);
    expect((await fetch(`${url}/up`)).status).toBe(200);
    expect(worker.end()).toBeUndefined();

    await way.open();
    await eventually('its effect is there', async () => {
      return (await brain.sql('SELECT 1 FROM lead_effects')).length === 1;
    });
    expect((await postLead(url, 'after')).status).toBe(201);
    await eventually('the other too', async () => {
      return (await brain.sql('SELECT 1 FROM lead_effects')).length === 2;
    });
    expect(await brain.sql('SELECT 1 FROM leads')).toHaveLength(2);
  });
});

/** A port that leads to another, and can be shut: connections end, and new ones are refused. */
async function wayTo(target: number) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(target, '127.0.0.1');
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => {
        sockets.delete(each);
        socket.destroy();
        onward.destroy();
      });
    }
    socket.pipe(onward).pipe(socket);
  });
  const open = (port: number) =>
    new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  await open(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    open: () => open(port),
    cut: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
