/** `leadplatform run` as a process of its own, on a kubeconfig of one's choice. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { OPEN_LOOPBACK } from '../../../testbed/loopback.ts';
import { eventually } from './rig.ts';

export const ADDRESSES = ['--http-address', '--health-address', '--live-address'];

export class OperatorProcess {
  readonly child: ChildProcess;
  readonly log: { msg: string; address?: string; health?: string; live?: string; doing?: string }[] = [];
  stderr = '';

  private constructor(program: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [...program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child.stderr?.on('data', (bytes: Buffer) => {
      this.stderr += bytes.toString();
      process.stderr.write(bytes);
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.log.push(JSON.parse(line) as { msg: string });
    });
  }

  /**
   * Started, and listening; it leads when it leads.
   * @param args From `run` on, as the arguments of a container.
   * @param program What Node runs, after options of its own.
   * @param opened Where the servers of the test are.
   * @param how `addresses`: the options of its listeners, each of which gets a free port; `env`: beside that of this process.
   */
  static async start(
    kubeconfig: string,
    args: readonly string[],
    program: readonly string[] = ['bin/leadplatform.js'],
    opened: readonly string[] = OPEN_LOOPBACK,
    how: { readonly addresses?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
  ): Promise<OperatorProcess> {
    const { addresses = ADDRESSES, env = {} } = how;
    const listeners = addresses.flatMap((option) => [option, '127.0.0.1:0']);
    const options = [...args, ...opened, '--kubeconfig', kubeconfig, ...listeners];
    const started = new OperatorProcess(program, options, env);
    try {
      await eventually('it says where it listens', async () => started.address);
    } catch (error) {
      await started.end('SIGKILL');
      throw error;
    }
    return started;
  }

  /** Where it listens; empty until it has said so. */
  get address(): string {
    return this.log.find(({ address }) => address !== undefined)?.address ?? '';
  }

  /** Where probes are answered. */
  get health(): string {
    return this.log.find(({ health }) => health !== undefined)?.health ?? '';
  }

  /** Where live numbers are. */
  get live(): string {
    return this.log.find(({ live }) => live !== undefined)?.live ?? '';
  }

  async metrics(): Promise<string> {
    return (await request(`${this.address}/metrics`)).body.text();
  }

  async isLeading(): Promise<boolean> {
    if (this.hasEnded) return false;
    return /^leadplatform_leader 1$/m.test(await this.metrics());
  }

  /** Decisions so far. */
  async decisions(): Promise<number> {
    const counts = [...(await this.metrics()).matchAll(/^leadplatform_decisions_total{.*} (\d+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Its exit code; null where a signal ended it. */
  async ended(): Promise<number | null> {
    if (!this.hasEnded) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  /** One that does not end when it is asked to is killed. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (!this.hasEnded) this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    try {
      return await this.ended();
    } finally {
      clearTimeout(late);
    }
  }
}
