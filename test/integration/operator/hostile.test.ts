/** The bundled operator among servers and clients that do not mean well. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { request } from 'undici';
import { EXIT_BLOCKED } from '../../../controller/runtime/watchdog.ts';
import { uniform } from '../../../src/simulate/random.ts';
import {
  hostileServers,
  type HostileServers,
  PROTOCOLS,
  type Protocol,
} from '../../prove/replies/servers.ts';
import { createNamespace, describeWithCluster, kubectl, testbed } from '../support.ts';
import { OperatorProcess } from './operator-process.ts';
import { eventually } from './rig.ts';

const PROGRAM = ['--inspect-port=0', 'dist/leadplatform.mjs'];
const PLATFORMS = 8;
/** What the chart allows the process. */
const MEMORY_LIMIT = 384 * 2 ** 20;

describeWithCluster('the bundled operator', () => {
  let namespace: string;
  const servers = new Map<Protocol, HostileServers>();
  const operators: OperatorProcess[] = [];

  const start = async (): Promise<OperatorProcess> => {
    const args = ['run', `--namespace=${namespace}`, `--lease-namespace=${namespace}`];
    const started = await OperatorProcess.start(testbed().cluster.kubeconfigPath, args, PROGRAM);
    operators.push(started);
    return started;
  };
  const leads = (operator: OperatorProcess) =>
    eventually('it leads', async () => (await operator.isLeading()) || undefined, 60_000);

  const platform = (index: number): object => {
    const at = (protocol: Protocol) => servers.get(protocol)?.ports[index] ?? 0;
    const host = '127.0.0.1';
    return {
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: `brain-${index}`, namespace },
      spec: {
        image: 'registry.example/brain:1.4.0',
        stores: { postgres: { host, port: at('postgres') }, redis: { host, port: at('redis') } },
        signals: {
          agents: { http: { url: `http://${host}:${at('http')}/health`, path: 'a.b', interval: '5s' } },
        },
      },
    };
  };

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['scripts/bundle.ts', '--no-source-maps']);
    namespace = await createNamespace('hostile');
    for (const protocol of PROTOCOLS)
      servers.set(protocol, await hostileServers(protocol, PLATFORMS, uniform(11)));
    const items = Array.from({ length: PLATFORMS }, (_, index) => platform(index));
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  });
  afterAll(async () => {
    for (const operator of operators) await operator.end('SIGKILL');
    for (const server of servers.values()) await server.close();
  });

  /** Whoever ended by itself has said why. */
  const lastWords = () => {
    for (const { log, hasEnded } of operators)
      process.stderr.write(`${hasEnded ? 'ended' : 'runs'}: ${JSON.stringify(log.slice(-5))}\n`);
  };

  it('goes on leading while servers answer with anything, and says which signals are unknown', async () => {
    onTestFailed(lastWords);
    const operator = await start();
    await leads(operator);
    await eventually(
      'each protocol has said enough',
      async () => {
        for (const [protocol, { said }] of servers)
          if (said.replies < 40) throw new Error(`${protocol} said ${said.replies} replies`);
        return true;
      },
      120_000,
    );
    expect(operator.hasEnded).toBe(false);
    expect(await operator.isLeading()).toBe(true);
    expect((await request(`${operator.health}/healthz`)).statusCode).toBe(200);
    expect(await operator.metrics()).toMatch(
      /leadplatform_source_failures_total{source="\w+:\w+",reason="MalformedReply"} \d+/,
    );
  }, 180_000);

  it('is healthy and leads while a hundred connections ask for metrics and never read', async () => {
    onTestFailed(lastWords);
    const [operator] = operators;
    if (operator === undefined) throw new Error('no operator runs');
    const { hostname, port } = new URL(operator.address);
    const clients = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = connect(Number(port), hostname).on('error', () => undefined);
        await once(socket, 'connect');
        socket.pause().write('GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(100));
        return socket;
      }),
    );
    for (let probe = 0; probe < 20; probe += 1)
      expect((await request(`${operator.health}/healthz`)).statusCode).toBe(200);
    await Promise.all(
      clients.map(async (socket) => {
        socket.resume();
        if (!socket.closed) await once(socket, 'close');
      }),
    );
    expect(await operator.isLeading()).toBe(true);
    const status = await readFile(`/proc/${operator.child.pid}/status`, 'utf8');
    expect(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024).toBeLessThan(MEMORY_LIMIT);
  });

  it('is followed by its standby where its loop is blocked, as where it was killed', async () => {
    const [leader] = operators;
    if (leader === undefined) throw new Error('no operator runs');
    const standby = await start();
    await block(leader);
    // By itself where it was stopped, or from outside where the debugger of this test is in the way.
    expect([EXIT_BLOCKED, null]).toContain(await leader.ended());
    expect(leader.log.some(({ msg }) => msg.startsWith('The event loop is blocked'))).toBe(true);
    await leads(standby);
  }, 90_000);
});

/** By the debugger, which a signal opens: a loop without an end. */
async function block(operator: OperatorProcess): Promise<void> {
  operator.child.kill('SIGUSR1');
  const url = await eventually('the debugger listens', async () => /ws:\S+/.exec(operator.stderr)?.[0]);
  const socket = new WebSocket(url);
  await once(socket as unknown as EventTarget, 'open');
  socket.send(
    JSON.stringify({
      id: 1,
      method: 'Runtime.evaluate',
      params: { expression: 'void setTimeout(() => { for (;;); })' },
    }),
  );
}
