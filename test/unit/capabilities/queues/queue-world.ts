/**
 * A platform whose pods are replaced one by one, put jobs into servers and work on them: what a move of queues has to do
 * with. Each pod goes on with the environment that it was started with.
 */
import type { Decision } from '../../../../src/model/decision.ts';
import type { LeadPlatformSpec } from '../../../../src/api/schema/leadplatform.ts';
import type { KubeObject } from '../../../../src/kube/object.ts';
import type { Plan } from '../../../../src/plan/types.ts';
import { Driver } from '../../plan/driver.ts';

interface Template {
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
    }[];
  };
}

export interface Pod {
  readonly deployment: string;
  readonly template: string;
  readonly server: string;
  /** Its containers: `ingest`, or the part of a worker. */
  readonly containers: readonly string[];
  isReady: boolean;
  /** When it was told to go. */
  toldAt?: number;
}

interface Job {
  readonly server: string;
  readonly queue: string;
  readonly due: number;
}

interface Live {
  readonly name: string;
  readonly asked: number;
  readonly template: string;
  readonly server: string;
  readonly containers: readonly string[];
}

/** A pod that was told to go is gone by then. */
const LAST_WORDS_MS = 40_000;
export const QUEUES = ['sync', 'queue-default'] as const;

export class QueueWorld {
  readonly driver: Driver;
  pods: Pod[] = [];
  jobs: Job[] = [];
  /** What a template without a name is on. */
  home = 'external-redis';
  /** What servers say of themselves, where it is not for the best. */
  facts: object = {};
  /** Servers that do not answer. */
  readonly away = new Set<string>();
  /** Whether this cluster counts pods on their way out. */
  countsTerminating = true;
  planned: Plan | undefined;

  constructor(spec: LeadPlatformSpec) {
    this.driver = new Driver(spec);
  }

  pass(decision: Decision): Plan {
    this.planned = this.driver.pass(decision);
    this.#answer();
    return this.planned;
  }

  /** What servers say, a moment later. */
  #answer(): void {
    const { now } = this.driver;
    this.driver.probeResults = Object.fromEntries(
      (this.planned?.probes ?? []).map(({ probe }) => {
        if (probe.kind !== 'redis' && probe.kind !== 'rabbitmq') throw new Error('no such server here');
        const server = nameOf(probe.store.host);
        if (this.away.has(server))
          return [probe.id, { at: now, unknown: 'SourceUnreachable', message: 'It is away.' }];
        const facts = {
          version: '8.0.0',
          evictionPolicy: 'noeviction',
          isPersistent: true,
          ...this.facts,
          queues: Object.fromEntries(
            QUEUES.map((queue) => {
              const its = this.jobs.filter((job) => job.server === server && job.queue === queue);
              const later = its.filter(({ due }) => due > now);
              return [
                queue,
                {
                  ready: its.length - later.length,
                  inFlight: 0,
                  delayed: later.length,
                  ...(later.length > 0 && { latest: Math.max(...later.map(({ due }) => due)) }),
                },
              ];
            }),
          ),
        };
        return [probe.id, { at: now, facts }];
      }),
    );
  }

  get deployments(): readonly Live[] {
    return this.driver.world.objects
      .filter(({ kind }) => kind === 'Deployment')
      .map((object) => {
        const { replicas, template } = object['spec'] as { replicas: number; template: Template };
        return {
          name: object.metadata.name,
          asked: replicas,
          template: textOf(template),
          server: this.#serverIn(template),
          containers: template.spec.containers.map(({ name }) => name.replace(/^left-(.*)-on-.*$/, '$1')),
        };
      });
  }

  #serverIn({ spec }: Template): string {
    const named = spec.containers[0]?.env?.find(({ name }) => name === 'LEADPLATFORM_QUEUE_SERVER');
    return named?.value ?? this.home;
  }

  /** `steps` things happen, the first that can: pods come, become ready, are told to go, and go. */
  roll(steps: number): void {
    const live = new Map(this.deployments.map((one) => [one.name, one]));
    for (let count = 0; count < steps; count += 1) {
      // Pods of Deployments that are gone are told to go.
      for (const pod of this.pods) if (!live.has(pod.deployment)) pod.toldAt ??= this.driver.now;
      if (![...live.values()].some((one) => this.#rollOne(one))) break;
    }
    this.pods = this.pods.filter(
      ({ toldAt }) => toldAt === undefined || this.driver.now < toldAt + LAST_WORDS_MS,
    );
    this.#report();
  }

  #rollOne({ name, asked, template, server, containers }: Live): boolean {
    const its = this.pods.filter(({ deployment, toldAt }) => deployment === name && toldAt === undefined);
    const fresh = its.filter((pod) => pod.template === template);
    const waiting = fresh.find(({ isReady }) => !isReady);
    if (waiting !== undefined) {
      waiting.isReady = true;
      return true;
    }
    const old = its.find((pod) => pod.template !== template) ?? (its.length > asked ? its.at(-1) : undefined);
    if (old !== undefined && its.length > asked) {
      old.toldAt = this.driver.now;
      return true;
    }
    if (fresh.length < asked) {
      this.pods.push({ deployment: name, template, server, containers, isReady: false });
      return true;
    }
    return false;
  }

  #report(): void {
    const { world } = this.driver;
    for (const one of this.deployments) {
      const object = world.find(`Deployment/${one.name}`) as KubeObject;
      const its = this.pods.filter(({ deployment }) => deployment === one.name);
      const alive = its.filter(({ toldAt }) => toldAt === undefined);
      const ready = alive.filter(({ isReady }) => isReady).length;
      world.put({
        ...object,
        status: {
          observedGeneration: object.metadata.generation,
          replicas: alive.length,
          updatedReplicas: alive.filter(({ template }) => template === one.template).length,
          readyReplicas: ready,
          availableReplicas: ready,
          ...(this.countsTerminating && { terminatingReplicas: its.length - alive.length }),
        },
      });
    }
    for (const object of world.objects.filter(({ kind }) => kind === 'RabbitmqCluster')) {
      const conditions = ['AllReplicasReady', 'ClusterAvailable'].map((type) => ({ type, status: 'True' }));
      world.put({ ...object, status: { conditions } });
    }
    for (const object of world.objects.filter(({ kind }) => kind === 'StatefulSet')) {
      world.put({ ...object, status: { observedGeneration: object.metadata.generation, readyReplicas: 1 } });
    }
  }

  /** Each web pod that runs, one on its way out too, puts a job into each queue of its server. */
  publish(delay: number): void {
    for (const pod of this.pods.filter(publishes)) {
      for (const queue of QUEUES) {
        this.jobs.push({ server: pod.server, queue, due: this.driver.now + delay });
      }
    }
  }

  /** Each worker that is ready takes all that is due. */
  work(): void {
    this.jobs = this.jobs.filter(
      ({ server, queue, due }) =>
        due > this.driver.now ||
        !this.pods.some(
          (pod) =>
            pod.server === server &&
            pod.containers.includes(queue) &&
            pod.isReady &&
            pod.toldAt === undefined,
        ),
    );
  }

  /** Queues of servers where somebody publishes, or jobs are, and no worker is or is coming. */
  deserted(): readonly string[] {
    const needed = [
      ...this.jobs.map(({ server, queue }) => `${server}/${queue}`),
      ...this.pods.filter(publishes).flatMap(({ server }) => QUEUES.map((queue) => `${server}/${queue}`)),
    ];
    const worked = new Set([
      ...this.pods
        .filter(({ toldAt }) => toldAt === undefined)
        .flatMap(({ server, containers }) => containers.map((name) => `${server}/${name}`)),
      ...this.deployments
        .filter(({ asked }) => asked > 0)
        .flatMap(({ server, containers }) => containers.map((name) => `${server}/${name}`)),
    ]);
    // Into what the application has itself nobody can look.
    return [...new Set(needed)].filter((one) => !worked.has(one) && !one.startsWith('application/'));
  }
}

/** The server behind an address. */
const texts = new WeakMap<Template, string>();

/** A template as a text, written once. */
function textOf(template: Template): string {
  const known = texts.get(template);
  if (known !== undefined) return known;
  const text = JSON.stringify(template);
  texts.set(template, text);
  return text;
}

const nameOf = (host = '') =>
  host.startsWith('brain-')
    ? host.replace(/^brain-(.*)\.leads$/, '$1')
    : `external-${host.replace('.example.com', '')}`;

const publishes = ({ containers, isReady }: Pod): boolean => containers.includes('ingest') && isReady;
