/** A control plane of the chart's own, with an audit log: Helm removes CRDs here, and nobody else is disturbed. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { auditEvents, resourceOf } from '../../../testbed/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../../../testbed/control-plane.ts';
import { kubectl as runKubectl } from '../../../testbed/kubectl.ts';
import { CHART, SCRATCH, type ChartTools, run } from './chart.ts';

interface Asked {
  readonly verb: string;
  readonly group: string;
  /** With its subresource, like `leadplatforms/status`. */
  readonly resource: string;
  readonly code: number;
  readonly uri: string;
}

export class ChartBed {
  readonly #tools: ChartTools;
  readonly #controlPlane: ControlPlane;
  readonly #auditLog: string;

  private constructor(tools: ChartTools, controlPlane: ControlPlane, auditLog: string) {
    this.#tools = tools;
    this.#controlPlane = controlPlane;
    this.#auditLog = auditLog;
  }

  static async start(tools: ChartTools): Promise<ChartBed> {
    await run('true', []);
    const auditLog = join(SCRATCH, 'audit.log');
    return new ChartBed(tools, await startControlPlane({ name: 'chart', auditLog }), auditLog);
  }

  get kubeconfigPath(): string {
    return this.#controlPlane.kubeconfigPath;
  }

  get kubectlPath(): string {
    return this.#controlPlane.kubectlPath;
  }

  async stop(): Promise<void> {
    await this.#controlPlane.stop();
    await rm(SCRATCH, { recursive: true, force: true });
  }

  kubectl(args: readonly string[], input?: string | object): Promise<string> {
    const text = typeof input === 'object' ? JSON.stringify(input) : input;
    return runKubectl(this.#controlPlane, args, {
      timeoutMs: 120_000,
      ...(text !== undefined && { input: text }),
    });
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl([...args, '-o', 'json'])) as T;
  }

  helm(args: readonly string[], values: object = {}): Promise<string> {
    const { kubeconfigPath } = this.#controlPlane;
    const takesValues = args[0] === 'install' || args[0] === 'upgrade';
    return run(
      this.#tools.helm,
      ['--kubeconfig', kubeconfigPath, ...args, ...(takesValues ? ['--values', '-'] : [])],
      JSON.stringify(values),
    );
  }

  install(release: string, namespace: string, values: object = {}): Promise<string> {
    return this.helm(
      ['install', release, CHART, '-n', namespace, '--create-namespace', '--wait', '--timeout=90s'],
      values,
    );
  }

  /** A kubeconfig with the token of a ServiceAccount; its namespace is the current one. */
  async kubeconfigOf(namespace: string, serviceAccount: string): Promise<string> {
    const { clusters } = parse(await readFile(this.#controlPlane.kubeconfigPath, 'utf8')) as {
      clusters: [{ cluster: object }];
    };
    const token = await this.kubectl(['create', 'token', serviceAccount, '-n', namespace, '--duration=1h']);
    const path = join(SCRATCH, `kubeconfig-${namespace}.json`);
    const config = {
      'current-context': 'operator',
      clusters: [{ name: 'bed', cluster: clusters[0].cluster }],
      users: [{ name: 'operator', user: { token: token.trim() } }],
      contexts: [{ name: 'operator', context: { cluster: 'bed', user: 'operator', namespace } }],
    };
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }

  /** What somebody has asked the API server for since it started. */
  async asked(user: string): Promise<Asked[]> {
    const asked: Asked[] = [];
    for await (const event of auditEvents(this.#auditLog, [user])) {
      if (event.user?.username !== user) continue;
      const { verb, requestURI: uri, objectRef: { apiGroup: group = '' } = {}, responseStatus } = event;
      asked.push({ verb, group, resource: resourceOf(event), code: responseStatus?.code ?? 0, uri });
    }
    return asked;
  }
}
