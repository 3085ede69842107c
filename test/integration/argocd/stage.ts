/** A control plane with Argo CD on it, a git repository that it reads, and the operator as the process that a user starts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { ARGOCD_NAMESPACE, type Argocd, startArgocd } from '../../../testbed/argocd.ts';
import { auditEvents } from '../../../testbed/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../../../testbed/control-plane.ts';
import { projectFolder, temporaryFolder } from '../../../testbed/folders.ts';
import { kubectl } from '../../../testbed/kubectl.ts';
import { OPEN_LOOPBACK } from '../../../testbed/loopback.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { type ManagedProcess, startProcess } from '../../../testbed/processes.ts';
import { testbed } from '../support.ts';
import type { Pinned } from './provided.ts';
import { Repository } from './repository.ts';

/** What Argo CD said of an Application, from one moment to the next. */
export interface Said {
  readonly sync: string;
  readonly health: string;
  /** When its last sync began. */
  readonly syncedAt: string;
}

/** A write that the API server was asked for. */
export interface Write {
  readonly user: string;
  readonly verb: string;
  readonly what: string;
}

export class Stage {
  readonly repository: Repository;
  readonly argocd: Argocd;
  readonly #controlPlane: ControlPlane;
  readonly #folder: string;
  readonly #stops: (() => Promise<void>)[];
  #operator: ManagedProcess | undefined;

  private constructor(
    parts: { repository: Repository; argocd: Argocd; controlPlane: ControlPlane; folder: string },
    stops: (() => Promise<void>)[],
  ) {
    this.repository = parts.repository;
    this.argocd = parts.argocd;
    this.#controlPlane = parts.controlPlane;
    this.#folder = parts.folder;
    this.#stops = stops;
  }

  static async start(pinned: Pinned): Promise<Stage> {
    const stops: (() => Promise<void>)[] = [];
    try {
      const folder = await temporaryFolder('argocd-stage');
      stops.push(folder.remove);
      // Not the cluster that the tests share: an Application holds the CRD, and its deletion is a test.
      const controlPlane = await startControlPlane({
        name: 'argocd-control-plane',
        binaries: pinned.controlPlane,
        auditLog: join(folder.path, 'audit.log'),
      });
      stops.push(controlPlane.stop);
      const argocd = await startArgocd({ controlPlane, binaries: pinned.argocd, redis: testbed().redis });
      stops.push(argocd.stop);
      const repository = await Repository.create(pinned.argocd.git, join(folder.path, 'repository'));
      return new Stage({ repository, argocd, controlPlane, folder: folder.path }, stops);
    } catch (error) {
      for (const stop of stops.toReversed()) await stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.stopOperator();
    for (const stop of this.#stops.toReversed()) await stop();
  }

  /** As the Deployment of the chart would: the pods of this cluster run nothing. */
  async startOperator(namespace: string): Promise<void> {
    const cluster = ['--kubeconfig', this.#controlPlane.kubeconfigPath, '--namespace', namespace];
    this.#operator = await startProcess({
      name: 'operator',
      command: process.execPath,
      args: [
        'bin/leadplatform.js',
        'run',
        ...cluster,
        '--lease-namespace',
        namespace,
        '--http-address',
        '127.0.0.1:0',
        '--health-address',
        '127.0.0.1:0',
        '--live-address',
        '127.0.0.1:0',
        ...OPEN_LOOPBACK,
      ],
      // Not in a folder that goes at the end: whoever reads of a failure wants to read this.
      logFile: join(projectFolder, '.tmp', `argocd-operator-${process.pid}.log`),
    });
  }

  /** What an expectation that was not met is read beside: whether the operator still runs, and the last that it said. */
  async wordsOfOperator(): Promise<string> {
    const end = this.#operator?.end();
    const state = end === undefined ? 'runs' : `has ended (${end.signal ?? `exit code ${end.code}`})`;
    return `the operator ${state}; it said: ${(await this.#operator?.logTail(5)) ?? 'nothing'}`;
  }

  async stopOperator(): Promise<void> {
    await this.#operator?.stop(10_000);
  }

  kubectl(args: readonly string[], input?: object): Promise<string> {
    return kubectl(this.#controlPlane, args, input === undefined ? {} : { input: JSON.stringify(input) });
  }

  async apply(object: object): Promise<void> {
    await this.kubectl(['apply', '--server-side', '--field-manager=user', '--filename=-'], object);
  }

  /** Undefined when there is none. */
  get<T extends KubeObject>(kind: string, name: string, namespace: string): Promise<T | undefined> {
    return objectsOf(this.#controlPlane).find<T>(kind, name, namespace);
  }

  list<T extends KubeObject>(kinds: string, namespace: string, labelSelector: string): Promise<T[]> {
    return objectsOf(this.#controlPlane).list<T>(kinds, { namespace, labelSelector });
  }

  /** Argo CD looks at git every ten seconds by itself; this asks it to look now, as its button does. */
  async refresh(application: string): Promise<void> {
    await this.kubectl([
      'annotate',
      'application',
      application,
      '-n',
      ARGOCD_NAMESPACE,
      '--overwrite',
      'argocd.argoproj.io/refresh=normal',
    ]);
  }

  /** Follows an Application from now on; every change of what it says is in `said`. */
  async follow(application: string): Promise<{ said: () => Promise<Said[]>; stop: () => Promise<void> }> {
    const logFile = join(this.#folder, `${application}-${Date.now()}.watch`);
    const fields = ['sync.status', 'health.status', 'operationState.startedAt'];
    const format = fields.map((field) => `{.status.${field}}`).join('|');
    const watch = await startProcess({
      name: 'kubectl get --watch',
      command: this.#controlPlane.kubectlPath,
      args: [
        `--kubeconfig=${this.#controlPlane.kubeconfigPath}`,
        'get',
        'application',
        application,
        `--namespace=${ARGOCD_NAMESPACE}`,
        '--watch',
        `--output=jsonpath=${format}{"\\n"}`,
      ],
      logFile,
    });
    return {
      said: async () => {
        // A watch that has ended has seen nothing since.
        if (watch.end() !== undefined) throw new Error(`the watch ended: ${await watch.logTail()}`);
        // The last one is empty, or not yet whole.
        const lines = (await readFile(logFile, 'utf8')).split('\n').slice(0, -1);
        const news = lines.filter((line, index) => line !== lines[index - 1]);
        return news.map((line) => {
          const [sync = '', health = '', syncedAt = ''] = line.split('|');
          return { sync, health, syncedAt };
        });
      },
      stop: () => watch.stop(),
    };
  }

  /** Writes of a user since a moment, what Argo CD keeps for itself left out. */
  async writes(user: string, since: number): Promise<Write[]> {
    const found: Write[] = [];
    for await (const event of auditEvents(join(this.#folder, 'audit.log'), [user])) {
      if (event.stage !== 'ResponseComplete' || event.user?.username !== user) continue;
      if (['get', 'list', 'watch'].includes(event.verb) || event.requestURI.includes('dryRun=')) continue;
      if (Date.parse(event.requestReceivedTimestamp) < since) continue;
      const { resource = '', apiGroup, namespace, name, subresource } = event.objectRef ?? {};
      if (namespace === ARGOCD_NAMESPACE || resource.startsWith('selfsubject')) continue;
      const what = [apiGroup, resource, namespace, name, subresource]
        .filter((one) => one !== undefined)
        .join('/');
      found.push({ user, verb: event.verb, what });
    }
    return found;
  }
}
