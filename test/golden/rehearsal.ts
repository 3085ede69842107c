/**
 * A platform that goes from tier to tier in a made-up cluster, and the log of it, pass by pass. The load alone moves it:
 * what is decided, planned, and waited for is the product's. The cluster is kind: pods come up in the next moment, every
 * controller is content (`test/fixtures/engine-status.ts`), and every server answers.
 *
 * A person says what is asked for, once nothing else is under way: so the log shows what a platform waits with, too.
 */
import { confirmedCapabilities } from '../../src/api/confirmed.ts';
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import type { ProbeResult, Probe } from '../../src/probes/probe.ts';
import { decide, emptyHistory } from '../../src/decide/decide.ts';
import type { History } from '../../src/model/decision.ts';
import type { LeadPlatformStatus } from '../../src/api/schema/status.ts';
import type { Plan } from '../../src/plan/types.ts';
import { type Driven, wellOf } from '../fixtures/engine-status.ts';
import { answered } from '../fixtures/person.ts';
import { readings } from '../unit/decide/given.ts';
import { Driver } from '../unit/plan/driver.ts';
import { NOW } from '../unit/plan/fixtures.ts';

type CapabilityStatus = NonNullable<LeadPlatformStatus['capabilities']>[number];

/** Engines whose operators say something, beside pods and Jobs. */
const ENGINES = ['Cluster', 'RabbitmqCluster', 'Elasticsearch', 'HTTPRoute'] as const;
const MOST_PASSES = 400;
/** Answers are asked for as often as that. */
const MOST_SKIPPED_MS = 3_000;

export class Rehearsal {
  readonly driver: Driver;
  leadsPerDay = 0;
  #history: History = emptyHistory();
  #told = new Map<string, string>();
  #head = '';
  #lines: string[] = [];
  #began = NOW;

  constructor(spec: LeadPlatformSpec) {
    this.driver = new Driver(spec);
    this.driver.serves = new Set(ENGINES);
  }

  get status(): LeadPlatformStatus {
    return this.driver.status;
  }

  /** Goes to a tier by its load, and comes to rest there. Returns the log of it. */
  goTo(tier: string, leadsPerDay: number): string {
    this.leadsPerDay = leadsPerDay;
    this.#lines = [`leads/day: ${leadsPerDay.toLocaleString('en')}`];
    this.#began = this.driver.now;
    for (let count = 0; count < MOST_PASSES; count += 1) {
      const planned = this.#pass();
      const isQuiet = planned.actions.length === 0 && this.#condition('Reconciling')?.status === 'False';
      if (!isQuiet || this.status.tier !== tier) this.#skip(planned);
      else if (!this.#speak()) return `${this.#lines.join('\n')}\n`;
    }
    throw new Error(`It does not come to rest:\n${this.#lines.slice(-40).join('\n')}`);
  }

  /** Nothing more happens until it is to be looked at again. */
  #skip({ actions, requeueAt = Infinity }: Plan): void {
    if (actions.length > 0) return;
    this.driver.now = Math.max(this.driver.now, Math.min(requeueAt, this.driver.now + MOST_SKIPPED_MS));
  }

  #condition(type: string) {
    return this.status.conditions?.find((condition) => condition.type === type);
  }

  #pass(): Plan {
    const { driver } = this;
    const decision = decide(
      {
        spec: driver.spec,
        readings: readings(
          { leadsPerDay: this.leadsPerDay, queues: { 'vici-updates': {}, default: {} } },
          driver.now,
        ),
        components: (this.status.components ?? []).map(({ name, desiredReplicas, readyReplicas }) => ({
          name,
          desiredReplicas,
          readyReplicas,
        })),
        confirmed: confirmedCapabilities(driver.annotations),
      },
      this.#history,
      driver.now,
    );
    this.#history = decision.history;
    const at = driver.now;
    const planned = driver.pass(decision);
    this.#tell(planned, at);
    this.#controllers();
    driver.probeResults = Object.fromEntries(
      planned.probes.map(({ probe }) => [probe.id, answerTo(probe, driver.now)]),
    );
    return planned;
  }

  /** Their turn: pods, engines, Jobs. */
  #controllers(): void {
    const { world } = this.driver;
    world.step();
    for (const object of world.objects) {
      const { kind } = object;
      const generation = object.metadata.generation ?? 1;
      if ((ENGINES as readonly string[]).includes(kind)) {
        world.put({ ...object, status: wellOf(object as unknown as Driven).status });
      } else if (kind === 'Job') {
        world.put({ ...object, status: { conditions: [{ type: 'Complete', status: 'True' }] } });
      } else if (kind === 'StatefulSet') {
        world.put({ ...object, status: { observedGeneration: generation, readyReplicas: 1 } });
      }
    }
  }

  /** A line for the pass, what was written in it, and how far each capability is; nothing where nothing is new. */
  #tell({ actions, events, status }: Plan, at: number): void {
    const components = (status.components ?? []).map(
      ({ name, desiredReplicas, readyReplicas }) => `${name} ${readyReplicas}/${desiredReplicas}`,
    );
    const { tier = '', targetTier = tier, transition } = status;
    const way = targetTier === tier ? tier : `${tier} → ${targetTier}`;
    const step = transition === undefined ? '' : `, ${transition.step}`;
    const head = `${way}${step} (${components.join(', ')})`;
    const news = [
      ...actions.map(
        ({ do: what, object, why }) =>
          `${what} ${object.kind}/${object.metadata.name}: ${why.replaceAll(POD_SPEC, '')}`,
      ),
      ...this.#capabilities(status),
      ...events
        .filter(({ reason }) => reason === 'TierChanged' || reason.startsWith('Transition'))
        .map(({ reason, message }) => `${reason}: ${message}`),
      ...this.#waits(status),
    ];
    if (news.length === 0 && head === this.#head) return;
    this.#head = head;
    this.#lines.push(`${this.#time(at)} ${head}`, ...news.map((line) => `       ${line}`));
  }

  #capabilities({ capabilities = [] }: LeadPlatformStatus): string[] {
    const names = new Set<string>(capabilities.map(({ name }) => name));
    const gone = [...this.#told.keys()].filter((name) => name !== WAITING && !names.has(name));
    for (const name of gone) this.#told.delete(name);
    return [
      ...capabilities.flatMap((one) => this.#news(one.name, inWords(one))),
      ...gone.map((name) => `${name}: gone`),
    ];
  }

  #waits({ conditions = [] }: LeadPlatformStatus): string[] {
    const { reason, message } = conditions.find(({ type }) => type === 'Reconciling') ?? {};
    if (reason === 'WaitingForPerson') return this.#news(WAITING, `waits for a person: ${message ?? ''}`, '');
    this.#told.delete(WAITING);
    return [];
  }

  #news(name: string, text: string, prefix = `${name}: `): string[] {
    if (this.#told.get(name) === text) return [];
    this.#told.set(name, text);
    return [`${prefix}${text}`];
  }

  #time(at: number): string {
    const seconds = `+${Math.round((at - this.#began) / 1_000)}s`;
    return seconds.padStart(6);
  }

  /** Says what is asked for; false where nothing is. */
  #speak(): boolean {
    const { driver } = this;
    const said = Object.entries(answered(this.status, driver.annotations));
    for (const [key, text] of said) {
      this.#lines.push(
        `${this.#time(driver.now)} a person writes ${key}: ${text === '' ? '(nothing)' : text}`,
      );
    }
    driver.annotations = { ...driver.annotations, ...Object.fromEntries(said) };
    return said.length > 0;
  }
}

const WAITING = 'waiting';
/** What all paths into pods begin with. */
const POD_SPEC = /spec\.(?:jobTemplate\.spec\.)?template\.spec\./g;

function inWords({ state, reason, step, message = '' }: CapabilityStatus): string {
  const what =
    step === undefined && (reason === state || reason === '') ? state : `${state} (${step ?? reason})`;
  // The name of the step stands before it already.
  const said =
    step !== undefined && message.startsWith(`${step}: `) ? message.slice(step.length + 2) : message;
  return said === '' ? what : `${what}: ${said}`;
}

/** Every server is well, every queue is empty, every index is there and every copy is near. */
function answerTo(probe: Probe, at: number): ProbeResult {
  switch (probe.kind) {
    case 'redis':
      return {
        at,
        facts: {
          version: '8.0.0',
          evictionPolicy: 'noeviction',
          isPersistent: true,
          queues: emptyQueues(probe.queues?.names ?? []),
        },
      };
    case 'rabbitmq':
      return { at, facts: { queues: emptyQueues(probe.queues) } };
    case 'postgres':
      return { at, facts: { rows: probe.id === 'read-replica/lag' ? [NEAR] : there(probe.parameters) } };
    case 'http':
      return { at, facts: { status: 200, body: { status: 'green' } } };
    case 'horizon':
      return { at, facts: { isFound: false, queues: {} } };
  }
}

const NEAR = { copies: 1, hidden: false, behind: false, near: true };

function there(parameters: readonly (string | number)[] = []) {
  const wanted = JSON.parse(String(parameters[0] ?? '[]')) as readonly { readonly name: string }[];
  return wanted.map(({ name }) => ({ name, state: 'there', found: null }));
}

const emptyQueues = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { ready: 0, inFlight: 0, delayed: 0 }]));
