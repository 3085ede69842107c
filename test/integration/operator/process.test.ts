import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNamespace, describeWithCluster, kubectl, testbed } from '../support.ts';
import { eventually } from './rig.ts';

interface LogLine {
  msg: string;
  address?: string;
  health?: string;
  live?: string;
}

/** `leadplatform …` as a user starts it. */
class Command {
  readonly child: ChildProcess;
  readonly log: LogLine[] = [];
  stdout = '';
  stderr = '';

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, ['bin/leadplatform.js', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.stdout += `${line}\n`;
      if (line.startsWith('{"level"')) this.log.push(JSON.parse(line) as LogLine);
    });
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}

describeWithCluster('leadplatform run', () => {
  let namespace: string;
  let operator: Command;
  let address: string;
  const at = (path: string) => request(`${address}${path}`);

  beforeAll(async () => {
    namespace = await createNamespace('process');
    const cluster = ['--kubeconfig', testbed().cluster.kubeconfigPath, '--namespace', namespace];
    operator = new Command([
      'run',
      ...cluster,
      '--lease-namespace',
      namespace,
      ...['--http-address', '127.0.0.1:0', '--health-address', '127.0.0.1:0'],
      ...['--live-address', '127.0.0.1:0'],
    ]);
    address = await eventually(
      'it says where it listens',
      async () => operator.log.find((line) => line.address)?.address,
    );
    await kubectl(['apply', '-n', namespace, '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'leadplatform.io/v1alpha1',
        kind: 'LeadPlatform',
        metadata: { name: 'brain' },
        spec: { image: 'registry.example/brain:1.4.0' },
      }),
    });
    await kubectl(['wait', 'lp/brain', '-n', namespace, '--for=condition=Ready', '--timeout=60s']);
  });
  afterAll(() => {
    operator?.child.kill('SIGKILL');
  });

  it('is healthy, ready, and leads', async () => {
    const health = operator.log.find((line) => line.health)?.health;
    expect((await request(`${health}/healthz`)).statusCode).toBe(200);
    expect((await request(`${health}/readyz`)).statusCode).toBe(200);
    expect((await at('/readyz')).statusCode).toBe(200);
    const lease = JSON.parse(
      await kubectl(['get', 'lease/leadplatform-operator', '-n', namespace, '-o', 'json']),
    ) as {
      spec: { holderIdentity: string };
    };
    expect(lease.spec.holderIdentity).not.toBe('');
  });

  it.each([
    [/^leadplatform_tier\{namespace="[^"]+",name="brain",tier="single-server"\} 1$/m],
    [/^leadplatform_replicas_wanted\{namespace="[^"]+",name="brain",component="all-in-one"\} 1$/m],
    [/^leadplatform_replicas_ready\{namespace="[^"]+",name="brain",component="all-in-one"\} 1$/m],
    [/^leadplatform_decisions_total\{rule="\w+"\} [1-9]/m],
    [/^leadplatform_reconcile_duration_seconds_count\{outcome="done"\} [1-9]/m],
    [/^leadplatform_workqueue_depth \d+$/m],
    [/^leadplatform_leader 1$/m],
    [/^leadplatform_watch_last_event_timestamp_seconds\{resource="leadplatforms"\} 1\d{9}/m],
  ])('tells Prometheus: %s', async (line) => {
    expect(await (await at('/metrics')).body.text()).toMatch(line);
  });

  it('shows a platform with live numbers, for a person and for a program', async () => {
    const live = operator.log.find((line) => line.live)?.live ?? '';
    const { kubeconfigPath } = testbed().cluster;
    const args = ['status', 'brain', '-n', namespace, '--kubeconfig', kubeconfigPath, '--operator', live];
    const table = new Command(args);
    expect(await table.ended()).toBe(0);
    expect(table.stdout).toContain('single-server');
    expect(table.stdout).toContain('Numbers  live');
    expect(table.stdout).not.toContain('\u001b');
    expect(Math.max(...table.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const json = new Command([...args, '-o', 'json']);
    expect(await json.ended()).toBe(0);
    const shown = JSON.parse(json.stdout) as { status: { tier: string }; live: { tier: string } };
    expect([shown.status.tier, shown.live.tier]).toEqual(['single-server', 'single-server']);
  });

  it('shows the last write where the operator does not answer, and says so', async () => {
    const status = new Command([
      'status',
      'brain',
      '-n',
      namespace,
      '--kubeconfig',
      testbed().cluster.kubeconfigPath,
      '--operator',
      'http://127.0.0.1:9',
    ]);
    expect(await status.ended()).toBe(0);
    expect(status.stdout).toContain('Numbers  of the last status write');
    expect(status.stdout.replaceAll(/\s+/g, ' ')).toContain('The operator did not answer (ECONNREFUSED).');
  });

  it.each([
    [['status', 'nobody'], 5, 'no LeadPlatform "nobody"'],
    [['status', 'brain', '-o', 'xml'], 2, 'table or json'],
  ])('says what is wrong with %j', async (args, code, words) => {
    const status = new Command([...args, '-n', namespace, '--kubeconfig', testbed().cluster.kubeconfigPath]);
    expect(await status.ended()).toBe(code);
    expect(status.stderr).toContain(words);
  });

  it('takes no cluster by itself', async () => {
    const status = new Command(['status', 'brain']);
    expect(await status.ended()).toBe(2);
    expect(status.stderr).toContain('give a kubeconfig or a context');
  });

  it('drains on SIGTERM: it ends with 0 and gives the lease back', async () => {
    operator.child.kill('SIGTERM');
    expect(await operator.ended()).toBe(0);
    expect(operator.log.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['Draining', 'Released the lease', 'Stopped']),
    );
    const lease = JSON.parse(
      await kubectl(['get', 'lease/leadplatform-operator', '-n', namespace, '-o', 'json']),
    ) as {
      spec: { holderIdentity?: string };
    };
    expect(lease.spec.holderIdentity ?? '').toBe('');
  });
});

/** Makes the launcher believe that it runs on another Node, and so hand over to a process of its own. */
const OLD_NODE = `data:text/javascript,${encodeURIComponent("Object.defineProperty(process.versions, 'node', { value: '20.20.2' })")}`;

describeWithCluster('leadplatform run, on a Node that hands over to another', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'gives the lease back on a %s to its process group',
    async (signal) => {
      const namespace = await createNamespace('group');
      const args = [
        ...['run', '--kubeconfig', testbed().cluster.kubeconfigPath, '--namespace', namespace],
        ...[
          '--lease-namespace',
          namespace,
          '--http-address',
          '127.0.0.1:0',
          '--health-address',
          '127.0.0.1:0',
          '--live-address',
          '127.0.0.1:0',
        ],
      ];
      const launcher = spawn(process.execPath, ['--import', OLD_NODE, 'bin/leadplatform.js', ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
        // The leader of a group, in which its child is, too.
        detached: true,
      });
      const log: string[] = [];
      const ended = once(launcher, 'exit');
      try {
        createInterface({ input: launcher.stdout }).on('line', (line) => {
          log.push((JSON.parse(line) as LogLine).msg);
        });
        await eventually('it leads', async () => log.includes('Leading'));
        process.kill(-launcher.pid!, signal);
        expect(await ended).toEqual([0, null]);
        const holder = ['get', 'lease/leadplatform-operator', '-o', 'jsonpath={.spec.holderIdentity}'];
        expect(await kubectl([...holder, '-n', namespace])).toBe('');
        expect(log.filter((msg) => msg === 'Draining')).toHaveLength(1);
      } finally {
        if (launcher.exitCode === null) process.kill(-launcher.pid!, 'SIGKILL');
      }
    },
  );
});
