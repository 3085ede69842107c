/** All that an API server tells of a platform, state by state: what came and went again between two looks is in it, too. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import { testbed } from '../support.ts';
import { eventually } from '../operator/rig.ts';

/** What a line of each watch has, and of which objects. */
const WATCHES = {
  pods: ['pods', '{.metadata.name}'],
  jobs: ['jobs', '{.metadata.name}'],
  deployments: ['deployments', '{.metadata.name} {.metadata.uid} {.metadata.generation} {.spec}'],
  targets: ['service/brain', '{.spec.selector.app\\.kubernetes\\.io/component}'],
  statuses: ['leadplatform/brain', '{.status}'],
} as const;

/** kubectl prints nothing for a status that is not there yet. */
const statusOf = (line: string): LeadPlatformStatus =>
  (line === '' ? {} : JSON.parse(line)) as LeadPlatformStatus;

export class Seen {
  readonly lines: Readonly<Record<keyof typeof WATCHES, string[]>> = {
    pods: [],
    jobs: [],
    deployments: [],
    targets: [],
    statuses: [],
  };
  /** Told of each status of the platform. */
  onStatus: (status: LeadPlatformStatus) => void = () => undefined;
  readonly #children = new Set<ChildProcess>();
  #hasEnded = false;

  /** What is there already comes first. */
  static async of(namespace: string): Promise<Seen> {
    const seen = new Seen();
    for (const name of Object.keys(WATCHES) as (keyof typeof WATCHES)[]) seen.#watch(name, namespace);
    const { pods, deployments, targets, statuses } = seen.lines;
    await eventually('the watches have begun', async () =>
      [pods, deployments, targets, statuses].every(({ length }) => length > 0),
    );
    return seen;
  }

  /** Each once, in the order in which they came. */
  each(name: 'pods' | 'jobs' | 'targets'): readonly string[] {
    return [...new Set(this.lines[name])];
  }

  get statuses(): readonly LeadPlatformStatus[] {
    return this.lines.statuses.map(statusOf);
  }

  /** How often what each Deployment asks for has changed; one that was made anew is there twice. */
  changes(): readonly (readonly [name: string, changes: number])[] {
    return this.#perDeployment(([, , , spec = '']) => spec);
  }

  /** The same, counted by the API server: another annotation is a change, too. */
  writes(): readonly (readonly [name: string, writes: number])[] {
    return this.#perDeployment(([, , generation = '']) => generation);
  }

  #perDeployment(of: (fields: readonly string[]) => string): readonly (readonly [string, number])[] {
    const states = new Map<string, Set<string>>();
    for (const line of this.lines.deployments) {
      const [name = '', uid = '', generation = '', ...spec] = line.split(' ');
      const key = `${name} ${uid}`;
      states.set(key, (states.get(key) ?? new Set()).add(of([name, uid, generation, spec.join(' ')])));
    }
    return [...states].map(([key, seen]) => [key.split(' ')[0] ?? '', seen.size - 1] as const);
  }

  end(): void {
    this.#hasEnded = true;
    for (const child of this.#children) child.kill();
  }

  #watch(name: keyof typeof WATCHES, namespace: string): void {
    const { kubectlPath, kubeconfigPath } = testbed().cluster;
    const [what, line] = WATCHES[name];
    const args = ['get', what, '-n', namespace, '--watch', '-o', `jsonpath=${line}{"\\n"}`];
    const child = spawn(kubectlPath, ['--kubeconfig', kubeconfigPath, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.on('data', (bytes: Buffer) => console.error(`watch of ${what}: ${bytes.toString()}`));
    createInterface({ input: child.stdout }).on('line', (text) => {
      this.lines[name].push(text);
      if (name === 'statuses') this.onStatus(statusOf(text));
    });
    // The API server ends those of LeadPlatforms when their definition changes.
    child.on('exit', () => this.#hasEnded || this.#watch(name, namespace));
    this.#children.add(child);
  }
}
