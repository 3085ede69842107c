/**
 * The life of a platform whose operator may end at any moment. What stands in the cluster survives it (objects, the status,
 * the annotations); what it had in memory does not: the answers to questions, and which writes went through.
 */
import type { ProbeResult, Probe } from '../../../src/probes/probe.ts';
import type { CapabilityName } from '../../../src/api/names.ts';
import type { LeadPlatformSpec, LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { wantedIndexes } from '../../../src/capabilities/indexes/wanted.ts';
import { statusNeedsWrite } from '../../../src/plan/status/status-writes.ts';
import { plan } from '../../../src/plan/plan.ts';
import type { Action, Plan } from '../../../src/plan/types.ts';
import { type ChildKind, childKey, type KubeObject } from '../../../src/kube/object.ts';
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import { decisionOf, NOW, PLATFORM, snapshotOf, specOf } from '../../unit/plan/fixtures.ts';
import { FakeCluster } from '../../unit/plan/fake-cluster.ts';

/** What is decided for a while. */
export interface Leg {
  readonly separate: boolean;
  readonly capabilities?: readonly CapabilityName[];
  /** Called for, and not to be had: by a policy of Never. */
  readonly declined?: readonly CapabilityName[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Partial<LeadPlatformSpecInput>;
}

export interface Journey {
  readonly name: string;
  readonly spec?: Partial<LeadPlatformSpecInput>;
  /** What is there besides the platform. */
  readonly others?: readonly KubeObject[];
  readonly legs: readonly Leg[];
}

/**
 * When the operator ends, by the number of its pass: after so many writes of it, the status unwritten; or with the status
 * written, at `Infinity`.
 */
export type Ending = (pass: number, plan: Plan) => number | undefined;

const SERVES: ReadonlySet<ChildKind> = new Set(['HTTPRoute', 'Cluster', 'RabbitmqCluster', 'Elasticsearch']);
const MOST_PASSES = 300;
/** Passes in a row in which nothing is written and nothing moves: an old queue is only believed to be empty after a while. */
const QUIET = { atRest: 1, underWay: 8 };
const PASS_MS = 15_000;
const NOTHING_SAID: Partial<LeadPlatformSpecInput> = {};

export class Life {
  readonly world = new FakeCluster();
  /** Each write that went through, by object. */
  readonly writes = new Map<string, string[]>();
  /** The steps that the status told of, by what they are of: `sides`, or a capability. */
  readonly steps = new Map<string, string[]>();
  /** Writes of each pass. */
  readonly passes: number[] = [];
  /** The first pass of each leg. */
  readonly begins: number[] = [];
  /** Passes in which something was written, or the status told of something else. */
  readonly eventful: number[] = [];
  status: LeadPlatformStatus = {};
  readonly #journey: Journey;
  #now = NOW;
  #probeResults: Record<string, ProbeResult> = {};
  #waits = 0;
  /** A Job has made them, whatever became of it. */
  #hasIndexes = false;

  constructor(journey: Journey) {
    this.#journey = journey;
    this.world.pace = 1;
    for (const object of journey.others ?? []) this.world.put(object);
  }

  /** All legs, one after the other, each until it has come to rest. */
  live(endsAt: Ending = () => undefined): this {
    for (const leg of this.#journey.legs) {
      this.begins.push(this.passes.length);
      this.#travel(leg, endsAt);
    }
    return this;
  }

  #travel(leg: Leg, endsAt: Ending): void {
    this.#waits = 0;
    while (this.#waits < (this.status.transition === undefined ? QUIET.atRest : QUIET.underWay)) {
      if (this.passes.length > MOST_PASSES) throw new Error(`it never comes to rest: ${this.story}`);
      this.#pass(leg, endsAt);
    }
  }

  get story(): string {
    return JSON.stringify({ steps: [...this.steps], transition: this.status.transition }, undefined, 1);
  }

  #pass(leg: Leg, endsAt: Ending): void {
    const planned = this.#plan(leg);
    const { actions, probes, status } = planned;
    const end = endsAt(this.passes.length, planned);
    this.passes.push(actions.length);
    this.#now += PASS_MS;
    for (const action of actions.slice(0, end)) this.#carryOut(action);
    if (end === undefined || end === Number.POSITIVE_INFINITY) {
      const isNews = statusNeedsWrite(this.status, status, {}, this.#now);
      if (isNews || actions.length > 0) this.eventful.push(this.passes.length - 1);
      this.status = status;
      this.#note(status);
    }
    if (end !== undefined) {
      this.#probeResults = {};
      this.#waits = 0;
      return;
    }
    const before = this.#seen();
    this.world.step();
    this.#hasIndexes ||= this.world.objects.some(
      ({ kind, status }) => kind === 'Job' && status !== undefined,
    );
    controllers(this.world, this.#now);
    this.#probeResults = Object.fromEntries(
      probes.map(({ probe }) => [probe.id, answerOf(probe, this.#hasIndexes, this.#now)]),
    );
    const isQuiet = actions.length === 0 && before === this.#seen();
    this.#waits = isQuiet ? this.#waits + 1 : 0;
  }

  readonly #specs = new Map<object, LeadPlatformSpec>();
  /** A spec is parsed once a generation in an operator as well. */
  #parsed(input: Partial<LeadPlatformSpecInput>): LeadPlatformSpec {
    const parsed = this.#specs.get(input) ?? specOf(input);
    this.#specs.set(input, parsed);
    return parsed;
  }

  /** Everything but the times of answers. */
  #seen(): string {
    const timeless = (name: string, value: unknown) => (name === 'at' ? undefined : value);
    return JSON.stringify(this.world.objects) + JSON.stringify(this.#probeResults, timeless);
  }

  #plan({ separate, capabilities = [], declined = [], annotations = {}, spec }: Leg): Plan {
    const { world, status } = this;
    const parsed = this.#parsed(spec ?? this.#journey.spec ?? NOTHING_SAID);
    const decision = decisionOf({
      spec: parsed,
      separate,
      sizes: { ingest: 2, 'all-in-one': 2, sync: 2 },
      tier: { from: status.tier ?? 'cached', to: separate ? 'scaled' : 'cached' },
      capabilities: [
        ...capabilities.map((name) => ({ name, required: false, consent: 'Given' }) as const),
        ...declined.map((name) => ({ name, required: false, consent: 'Declined' }) as const),
      ],
    });
    const snapshot = snapshotOf({
      ...{
        spec: parsed,
        status,
        children: world.children(),
        serves: SERVES,
        probeResults: this.#probeResults,
      },
      platform: { ...PLATFORM, annotations },
      others: world.objects.filter(({ kind }) => kind === 'Cluster'),
      operatorImage: 'registry.example/operator:1',
    });
    return plan({ snapshot, decision, now: this.#now });
  }

  #carryOut(action: Action): void {
    this.world.carryOut([action]);
    const key = childKey({ kind: action.object.kind, metadata: action.object.metadata });
    const what = 'change' in action ? action.change : action.do === 'delete' ? '' : contentOf(action.object);
    const all = this.writes.get(key) ?? [];
    this.writes.set(key, [...all, `${action.do} ${JSON.stringify(what)}`]);
  }

  #note({ transition }: LeadPlatformStatus): void {
    const now = new Map<string, string>();
    for (const { name, state } of transition?.steps ?? []) {
      const [first = '', second] = name.split('/');
      if (state === 'Active') now.set(second === undefined ? 'sides' : first, second ?? first);
    }
    for (const track of new Set([...this.steps.keys(), ...now.keys()])) {
      const told = this.steps.get(track) ?? [];
      const step = now.get(track) ?? '-';
      if (told.at(-1) !== step) this.steps.set(track, [...told, step]);
    }
  }
}

const contentOf = ({ metadata: { labels, annotations }, ...rest }: KubeObject) => ({
  ...rest,
  labels,
  annotations,
});

/** What operators and controllers of others say of their objects, once they have had their turn. */
function controllers(world: FakeCluster, now: number): void {
  for (const object of world.objects) {
    const says = SAYS[object.kind]?.(object, now);
    if (says !== undefined) world.put({ ...object, status: says });
  }
}

const conditions = (...types: readonly string[]) => ({
  conditions: types.map((type) => ({ type, status: 'True' })),
});
const specIn = (object: KubeObject) => object['spec'] as { replicas?: number; instances?: number };
const SAYS: Readonly<Record<string, (object: KubeObject, now: number) => object>> = {
  StatefulSet: (object) => ({
    observedGeneration: object.metadata.generation,
    readyReplicas: specIn(object).replicas ?? 1,
  }),
  Cluster: (object) => ({
    readyInstances: specIn(object).instances ?? 1,
    phase: 'Cluster in healthy state',
  }),
  RabbitmqCluster: () => conditions('AllReplicasReady', 'ClusterAvailable'),
  Elasticsearch: ({ metadata }) => ({
    health: 'green',
    phase: 'Ready',
    observedGeneration: metadata.generation,
  }),
  Ingress: () => ({ loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } }),
  Job: ({ status }, now) =>
    status ?? { ...conditions('Complete'), completionTime: new Date(now).toISOString() },
};

const QUEUES = ['sync', 'vici-updates', 'queue-default', 'default'];
const EMPTY = Object.fromEntries(QUEUES.map((name) => [name, { ready: 0, inFlight: 0, delayed: 0 }]));

/** What the thing itself says, a moment after it was asked. */
function answerOf(probe: Probe, hasIndexes: boolean, at: number): ProbeResult {
  switch (probe.kind) {
    case 'redis': {
      const facts = { version: '8.0.0', evictionPolicy: 'noeviction', isPersistent: true, queues: EMPTY };
      return { at, facts };
    }
    case 'rabbitmq':
      return { at, facts: { queues: EMPTY } };
    case 'horizon':
      return { at, facts: { isFound: true, lastSnapshotAt: at, queues: {} } };
    case 'http':
      return { at, facts: { status: 200, body: { status: 'green', exists: true } } };
    case 'postgres':
      return { at, facts: { rows: rowsOf(probe.id, hasIndexes) } };
  }
}

/** An index is there once a Job has made it, and a copy is near. */
function rowsOf(id: string, hasIndexes: boolean) {
  if (id === 'read-replica/lag') return [{ copies: 1, hidden: false, behind: false, near: true }];
  return wantedIndexes(specOf()).map(({ name }) => ({
    name,
    state: hasIndexes ? 'there' : 'missing',
    found: hasIndexes ? name : null,
  }));
}
