/** How large the operator makes what does not serve the simulated queue: ingest, sync, other queues. */

export interface ComponentSize {
  readonly component: string;
  /** Hours of all its replicas, each taken to be there as soon as it is wanted. */
  readonly podHours: number;
  /** How often its number of replicas was changed, or it came or went with a tier. */
  readonly scaleEvents: number;
  readonly maxReplicas: number;
}

interface Running {
  replicas: number;
  /** The second up to which its seconds are counted. */
  since: number;
  seconds: number;
  scaleEvents: number;
  maxReplicas: number;
}

export class ComponentSizes {
  readonly #components = new Map<string, Running>();

  /** What is wanted from second `now` on; a component that is not named is not there. */
  note(now: number, wanted: ReadonlyMap<string, number>): void {
    for (const [name, replicas] of wanted) {
      const running = this.#components.get(name) ?? this.#begin(name, now, replicas);
      this.#set(running, now, replicas);
    }
    for (const [name, running] of this.#components) if (!wanted.has(name)) this.#set(running, now, 0);
  }

  sizesUntil(end: number): readonly ComponentSize[] {
    return [...this.#components].map(
      ([component, { replicas, since, seconds, scaleEvents, maxReplicas }]) => ({
        component,
        podHours: (seconds + replicas * (end - since)) / 3_600,
        scaleEvents,
        maxReplicas,
      }),
    );
  }

  /** Where it comes later than the first look, that is a change. */
  #begin(name: string, now: number, replicas: number): Running {
    const running = {
      replicas: now === 0 ? replicas : 0,
      since: now,
      seconds: 0,
      scaleEvents: 0,
      maxReplicas: replicas,
    };
    this.#components.set(name, running);
    return running;
  }

  #set(running: Running, now: number, replicas: number): void {
    if (replicas === running.replicas) return;
    running.seconds += running.replicas * (now - running.since);
    running.since = now;
    running.replicas = replicas;
    running.scaleEvents += 1;
    running.maxReplicas = Math.max(running.maxReplicas, replicas);
  }
}
