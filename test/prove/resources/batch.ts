/**
 * Some platforms through their whole life: made, looked at once they rest, made wrong and right again, counted while nothing
 * happens, and deleted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LEAD_PLATFORMS } from '../../../controller/leadplatform/kinds.ts';
import { type KubeObject, type Resources, resourceType } from '../../../controller/runtime/resources.ts';
import type { AuditTail, Write } from './audit-tail.ts';
import type { Case } from './cases.ts';
import { type Finding, isReady, isRefusal, judged, type LastWrite, restless, type Seen } from './judge.ts';
import { leftovers } from './leftovers.ts';
import { type ProbeResult, deleteAll, look, putAll } from './platforms.ts';

export interface Pace {
  /** For so long nothing must be written before the platforms are said to rest. */
  readonly quietMs: number;
  /** They are looked at after so long, whether they rest or not. */
  readonly settleMs: number;
  /** How long the writes of platforms at rest are counted. */
  readonly restMs: number;
  /** How long the garbage collector may take. */
  readonly collectMs: number;
}

export interface Ground {
  readonly resources: Resources;
  readonly tail: AuditTail;
  readonly namespace: string;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

export interface BatchResult {
  readonly tried: number;
  /** Cases of which the API server has taken the first spec. */
  readonly accepted: number;
  /** Ready at rest. */
  readonly ready: number;
  readonly restMinutes: number;
  /** Of the operator while nothing happened, in all. */
  readonly restWrites: number;
  /** Writes that the API server refused meanwhile. */
  readonly restRefused: number;
  readonly findings: readonly Finding[];
}

interface CoreEvent extends KubeObject {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string;
}
const EVENTS = resourceType<CoreEvent>({ group: '', version: 'v1', plural: 'events', kind: 'Event' });

const LOOK_MS = 2_000;
/** Events tell whole seconds. */
const SECOND_MS = 1_000;
/** A write of the spec before may cross the new one on its way. One that is refused is tried again after 1, 2, 4, 8 … s. */
const CROSSING_MS = 5_000;

export async function runBatch(ground: Ground, cases: readonly Case[]): Promise<BatchResult> {
  const life = new Life(ground, cases);
  return life.run();
}

class Life {
  readonly #ground: Ground;
  readonly #cases: readonly Case[];
  readonly #findings: Finding[] = [];
  readonly #answers = new Map<string, ProbeResult>();
  /** By the object, like `deployments/f0001x-ingest`. */
  readonly #last = new Map<string, Write>();
  /** When the writes of a platform began to be about the spec that it has, in ms since the epoch. */
  readonly #countsFrom = new Map<string, number>();
  readonly #names: readonly string[];

  constructor(ground: Ground, cases: readonly Case[]) {
    this.#ground = ground;
    this.#cases = cases;
    this.#names = cases.map(({ name }) => name);
  }

  async run(): Promise<BatchResult> {
    const { log } = this.#ground;
    await this.#put(0);
    const accepted = [...this.#answers.values()].filter((answer) => answer === 'accepted').length;
    log(`${accepted} of ${this.#cases.length} accepted`);
    await this.#settle('made');
    const first = await this.#judge();
    const sequences = this.#cases.filter(({ specs }) => specs.length === 3);
    await this.#put(1, sequences);
    await this.#settle('made wrong');
    await this.#judge();
    await this.#put(2, sequences);
    await this.#settle('made right again');
    const rest = await this.#rest();
    const last = await this.#judge();
    this.#compare(first, last, sequences);
    await this.#delete();
    return {
      tried: this.#cases.length,
      accepted,
      ready: last.filter(({ platform }) => isReady(platform)).length,
      findings: unique(this.#findings),
      ...rest,
    };
  }

  async #put(which: 0 | 1 | 2, cases = this.#cases): Promise<void> {
    const { resources, namespace } = this.#ground;
    this.#findings.push(...(await putAll(resources, namespace, cases, which, this.#answers)));
    const countsFrom = which === 0 ? 0 : Date.now() + CROSSING_MS;
    for (const { name } of cases) this.#countsFrom.set(name, countsFrom);
  }

  /** What the operator has written since, in order; remembers the last answer to each object. */
  async #writes(): Promise<readonly Write[]> {
    const writes = (await this.#ground.tail.read()).filter(
      ({ namespace }) => namespace === this.#ground.namespace,
    );
    for (const write of writes) {
      if (write.resource === 'events') continue;
      this.#last.set(`${write.resource}/${write.name}`, write);
    }
    return writes;
  }

  async #settle(what: string): Promise<void> {
    const { pace, signal, log } = this.#ground;
    const started = Date.now();
    let lastWrite = started;
    let writes = 0;
    const isOver = async (): Promise<boolean> => {
      const now = Date.now();
      if (now < lastWrite + pace.quietMs && now < started + pace.settleMs) return false;
      // On a busy machine the last ones are begun with late.
      return now >= started + 3 * pace.settleMs || (await this.#areObserved());
    };
    while (!(await isOver())) {
      await delay(LOOK_MS, undefined, { signal });
      // One that is refused is tried again and again, and changes nothing.
      const good = (await this.#writes()).filter(({ code }) => code < 400);
      writes += good.length;
      if (good.length > 0) lastWrite = Date.now();
    }
    log(`${what}: ${writes} writes in ${Math.round((Date.now() - started) / 1_000)} s`);
  }

  async #areObserved(): Promise<boolean> {
    const { resources, namespace } = this.#ground;
    const { items } = await resources.list(LEAD_PLATFORMS, { namespace });
    return items.every(({ metadata, status }) => status?.observedGeneration === metadata.generation);
  }

  /** Two writes are no transaction: what is wrong between them, and right a moment later, is no finding. */
  async #judge(): Promise<readonly Seen[]> {
    const seen = await this.#look();
    const found = seen.flatMap(judged);
    if (found.length === 0) return seen;
    await delay(CROSSING_MS, undefined, { signal: this.#ground.signal });
    const again = await this.#look();
    const stays = again.flatMap(judged);
    this.#findings.push(
      ...found.filter(({ rule, name }) => stays.some((other) => other.rule === rule && other.name === name)),
    );
    return again;
  }

  async #look(): Promise<readonly Seen[]> {
    const { resources, namespace } = this.#ground;
    await this.#writes();
    const last = new Map<string, LastWrite[]>();
    for (const [object, { at, code, name, verb }] of this.#last) {
      const owner = this.#ownerOf(name);
      // What was deleted is no child any more; what was refused of another spec may never be wanted again.
      if (verb === 'delete' || at < (this.#countsFrom.get(owner) ?? 0)) continue;
      last.set(owner, [...(last.get(owner) ?? []), { object, code }]);
    }
    return look(resources, namespace, last);
  }

  #ownerOf(child: string): string {
    return this.#names.find((name) => child.startsWith(name)) ?? '';
  }

  async #rest(): Promise<Pick<BatchResult, 'restMinutes' | 'restWrites' | 'restRefused'>> {
    const { pace, signal, log } = this.#ground;
    await this.#writes();
    const started = Date.now();
    await delay(pace.restMs, undefined, { signal });
    const writes = await this.#writes();
    const minutes = (Date.now() - started) / 60_000;
    const good = writes.filter(({ code }) => code < 400);
    const byPlatform = Map.groupBy(good, ({ name }) => this.#ownerOf(name));
    const words = new Map(
      [...byPlatform].map(([name, all]) => [name, all.map(({ verb, resource }) => `${verb} ${resource}`)]),
    );
    const specs = new Map(this.#cases.map(({ name, specs: all }) => [name, all[0]]));
    const told = await this.#toldSince(started);
    this.#findings.push(...restless({ minutes, writes: words, specs, told }));
    const refused = writes.filter(({ code }) => isRefusal(code)).length;
    log(`at rest: ${good.length} writes in ${minutes.toFixed(1)} minutes, and ${refused} that were refused`);
    return { restMinutes: minutes, restWrites: good.length, restRefused: refused };
  }

  /** What the Events of each platform say that were written since then. */
  async #toldSince(started: number): Promise<ReadonlyMap<string, readonly string[]>> {
    const { resources, namespace } = this.#ground;
    const { items } = await resources.list(EVENTS, { namespace });
    const recent = items.filter(
      ({ lastTimestamp }) => Date.parse(lastTimestamp ?? '') >= started - SECOND_MS,
    );
    const byPlatform = Map.groupBy(recent, ({ metadata }) => this.#ownerOf(metadata.name));
    return new Map(
      [...byPlatform].map(([name, all]) => [name, all.map(({ reason, message }) => `${reason}: ${message}`)]),
    );
  }

  /** Right, wrong and right again: as it was. */
  #compare(first: readonly Seen[], last: readonly Seen[], sequences: readonly Case[]): void {
    const find = (all: readonly Seen[], name: string) =>
      all.find(({ platform }) => platform.metadata.name === name)?.platform;
    for (const { name } of sequences) {
      const [before, after] = [find(first, name), find(last, name)];
      if (before === undefined || !isReady(before)) continue;
      if (after !== undefined && isReady(after)) continue;
      const says = (after?.status?.conditions ?? [])
        .filter(({ type }) => ['Ready', 'Reconciling', 'Stalled'].includes(type))
        .map(({ type, status, message }) => `${type}=${status} (${message.slice(0, 200)})`);
      this.#findings.push({ rule: 'what was right works again', name, says: says.join('; ') });
    }
  }

  async #delete(): Promise<void> {
    const { resources, namespace, pace, signal, log } = this.#ground;
    await deleteAll(resources, namespace);
    const started = Date.now();
    let left = await leftovers(resources, namespace);
    while (left.length > 0 && Date.now() < started + pace.collectMs) {
      await delay(LOOK_MS, undefined, { signal });
      left = await leftovers(resources, namespace);
    }
    log(`deleted: ${left.length} left after ${Math.round((Date.now() - started) / 1_000)} s`);
    for (const [name, all] of Map.groupBy(left, (object) => this.#ownerOf(object.split('/')[1] ?? ''))) {
      this.#findings.push({ rule: 'nothing stays behind', name, says: all.join(', ') });
    }
  }
}

/** What is found at two looks is one finding. */
export function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()];
}
