import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../testbed/control-plane.ts';
import { kubectl as runKubectl } from '../../testbed/kubectl.ts';
import { startPostgres } from '../../testbed/postgres.ts';
import { startRabbitmq } from '../../testbed/rabbitmq.ts';
import { startRedis, startSentinel } from '../../testbed/redis.ts';
import { eventually, isRunning, processesWith } from './processes.ts';
import { createNamespace, describeWith, describeWithCluster, kubectl, testbed } from './support.ts';

const silent = () => undefined;

describeWithCluster('the shared cluster', () => {
  it('is a real API server of the pinned version', async () => {
    const version = JSON.parse(await kubectl(['version', '--output=json'])) as {
      serverVersion: { gitVersion: string };
    };
    if (testbed().cluster.kind === 'pinned') expect(version.serverVersion.gitVersion).toBe('v1.36.3');
    else expect(version.serverVersion.gitVersion).toMatch(/^v1\.\d+\.\d+/);
  });

  it('runs a Deployment of three replicas, and removes its pods with it', async () => {
    const namespace = `--namespace=${await createNamespace()}`;
    const pods = async () =>
      (await kubectl(['get', 'pods', namespace, '--output=name'])).split('\n').filter(Boolean);

    await kubectl(['create', 'deployment', 'web', '--image=no-such-image', '--replicas=3', namespace]);
    await kubectl(['wait', '--for=condition=Available', 'deployment/web', '--timeout=40s', namespace]);
    expect(await pods()).toHaveLength(3);

    await kubectl(['delete', 'deployment', 'web', namespace]);
    await eventually('its pods are gone', async () => (await pods()).length === 0, 40_000);
  });

  it('refuses what RBAC does not allow', async () => {
    const namespace = await createNamespace();
    const may = kubectl([
      'auth',
      'can-i',
      'create',
      'deployments',
      `--namespace=${namespace}`,
      `--as=system:serviceaccount:${namespace}:default`,
    ]);
    await expect(may).rejects.toThrow();
  });
});

describeWith(['cluster'], 'a control plane of its own', () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ name: 'second', log: silent });
  });
  afterAll(() => controlPlane.stop());

  it('keeps its data while the API server is killed and started again', async () => {
    await runKubectl(controlPlane, ['create', 'configmap', 'kept', '--from-literal=a=b']);
    await controlPlane.stopApiServer('SIGKILL');
    const get = ['get', 'configmap', 'kept', '--output=jsonpath={.data.a}'];
    await expect(runKubectl(controlPlane, get)).rejects.toThrow(/refused/);
    await controlPlane.startApiServer();
    expect(await runKubectl(controlPlane, get)).toBe('b');
  });

  it('answers nothing while it is paused, and goes on afterwards', async () => {
    const get = ['get', '--raw=/readyz', '--request-timeout=1s'];
    controlPlane.pauseApiServer();
    try {
      await expect(runKubectl(controlPlane, get)).rejects.toThrow();
    } finally {
      controlPlane.resumeApiServer();
    }
    await eventually('it answers', async () =>
      runKubectl(controlPlane, get).then(
        (answer) => answer === 'ok',
        () => false,
      ),
    );
  });

  it('leaves no process and no folder after its stop', async () => {
    const short = await startControlPlane({ name: 'short', log: silent });
    const pids = short.pids();
    expect(pids.length).toBe(short.hasControllers ? 5 : 2);
    expect(await Promise.all(pids.map(isRunning))).not.toContain(false);
    expect(existsSync(short.folder)).toBe(true);
    expect(await processesWith(short.folder)).not.toEqual([]);
    expect(await processesWith(short.token)).toEqual([]);

    await short.stop();
    expect(await Promise.all(pids.map(isRunning))).not.toContain(true);
    expect(await processesWith(short.folder)).toEqual([]);
    expect(existsSync(short.folder)).toBe(false);
  });
});

describeWith(['postgres'], 'Postgres', () => {
  it('answers, with the statistics that signals are read from', async () => {
    const client = new Client({ connectionString: testbed().postgres.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ version: number }>(
        "SELECT current_setting('server_version_num')::int AS version FROM pg_stat_database LIMIT 1",
      );
      expect(rows[0]?.version).toBeGreaterThan(160_000);
    } finally {
      await client.end();
    }
  });

  it('starts a second time beside the first, and leaves nothing after its stop', async () => {
    const second = await startPostgres({ log: silent });
    expect(second.port).not.toBe(testbed().postgres.port);
    expect(await processesWith(second.folder)).toContain(second.pid);
    expect(await processesWith(second.password)).toEqual([]);

    await second.stop();
    expect(await processesWith(second.folder)).toEqual([]);
    expect(existsSync(second.folder)).toBe(false);
  });

  it('leaves connections open and answers nothing while it is paused, and goes on afterwards', async () => {
    const second = await startPostgres({ log: silent });
    const client = new Client({ connectionString: second.url });
    try {
      await client.connect();
      second.pause();
      const answer = client.query('SELECT 1 AS one');
      const first = await Promise.race([answer, delay(1_000, 'nothing')]);
      expect(first).toBe('nothing');
      second.resume();
      expect((await answer).rows).toEqual([{ one: 1 }]);
      second.pause();
    } finally {
      // Also of one that is paused.
      client.on('error', () => undefined);
      await second.stop();
    }
    expect(existsSync(second.folder)).toBe(false);
  });

  it('adds no handler that decides how this process ends', async () => {
    const events = ['SIGINT', 'SIGTERM', 'uncaughtException', 'exit'];
    const before = events.map((event) => process.listenerCount(event));
    const second = await startPostgres({ log: silent });
    try {
      expect(events.map((event) => process.listenerCount(event))).toEqual(before);
    } finally {
      await second.stop();
    }
  });
});

describeWith(['redis'], 'Redis', () => {
  it('answers', async () => {
    const client = new Redis(testbed().redis.url);
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });

  it('wants the password, knows further users, and leaves nothing after its stop', async () => {
    const redis = await startRedis({
      password: 'open-sesame',
      aclUsers: [{ name: 'reader', password: 'read', rules: '~queues:* +llen' }],
      log: silent,
    });
    const clients = [
      new Redis(redis.url),
      new Redis({ port: redis.port, username: 'reader', password: 'read', enableReadyCheck: false }),
      new Redis({ port: redis.port, enableReadyCheck: false }),
    ] as const;
    try {
      const [owner, reader, stranger] = clients;
      stranger.on('error', silent);
      expect(await owner.rpush('queues:default', 'job')).toBe(1);
      expect(await reader.llen('queues:default')).toBe(1);
      await expect(reader.get('other')).rejects.toThrow(/NOPERM/);
      await expect(stranger.ping()).rejects.toThrow(/NOAUTH/);
      expect(await processesWith('open-sesame')).toEqual([]);
    } finally {
      for (const client of clients) client.disconnect();
      await redis.stop();
    }
    expect(await isRunning(redis.pid)).toBe(false);
    expect(existsSync(redis.folder)).toBe(false);
  });

  it('is found through a Sentinel', async () => {
    const sentinel = await startSentinel({ password: 'open-sesame', log: silent });
    const client = new Redis({
      sentinels: sentinel.sentinels,
      name: sentinel.masterName,
      password: 'open-sesame',
    });
    try {
      expect(await client.ping()).toBe('PONG');
      expect(client.stream.remotePort).toBe(sentinel.master.port);
    } finally {
      client.disconnect();
      await sentinel.stop();
    }
  });
});

describeWith(['rabbitmq'], 'RabbitMQ', () => {
  it('knows its administrator, and leaves nothing after its stop, not even the daemon of names', async () => {
    const rabbitmq = await startRabbitmq({ log: silent });
    const ask = async (path: string, password: string) => {
      const credential = Buffer.from(`${rabbitmq.user}:${password}`).toString('base64');
      const url = `http://${rabbitmq.host}:${rabbitmq.managementPort}/api${path}`;
      return (await fetch(url, { headers: { authorization: `Basic ${credential}` } })).status;
    };
    let daemon: number | undefined;
    try {
      expect(await ask('/overview', rabbitmq.password)).toBe(200);
      expect(await ask('/overview', 'another')).toBe(401);
      expect(await rabbitmq.ctl('list_queues', '--quiet')).not.toContain('Error');
      expect(await processesWith(rabbitmq.password)).toEqual([]);
      expect(await processesWith(rabbitmq.folder)).not.toEqual([]);
      daemon = await nameDaemonOf(rabbitmq.pid);
      expect(daemon).toBeDefined();
    } finally {
      await rabbitmq.stop();
    }
    expect(await isRunning(rabbitmq.pid)).toBe(false);
    expect(await isRunning(daemon ?? 0)).toBe(false);
    await eventually('its helpers are gone', async () => (await processesWith(rabbitmq.folder)).length === 0);
    expect(existsSync(rabbitmq.folder)).toBe(false);
  });
});

/** The epmd that a server of Erlang registers with: it listens on the port that the environment names. */
async function nameDaemonOf(pid: number): Promise<number | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
  const port = /(?:^|\0)ERL_EPMD_PORT=(\d+)/.exec(environment)?.[1] ?? 'none';
  return (await processesWith(['epmd', '-port', port].join('\0')))[0];
}
