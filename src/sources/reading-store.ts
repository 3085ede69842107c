/** The last readings of one platform. */
import { believedFor, isKnown, unknown, type Instant, type Reading, type Unknown } from '../model/reading.ts';
import type { ConnectionsReading, QueueReading, Readings } from '../model/readings.ts';
import { SCALAR_NAMES } from '../api/signals.ts';
import type { Observation, Source } from './port.ts';
import {
  isMaterial,
  readingAt,
  received,
  staleAt,
  type SignalValue,
  type LastReading,
} from './last-reading.ts';

const SINGLE_SIGNALS = [...SCALAR_NAMES, 'databaseConnections'] as const;
type SourcedSignal = (typeof SINGLE_SIGNALS)[number] | 'queueDepth';

/** By signal, made once: a decision keeps what each says, and of a platform half of the signals may have no source. */
const withoutSource = new Map<SourcedSignal, Unknown>();
function notConfigured(signal: SourcedSignal): Unknown {
  let reading = withoutSource.get(signal);
  if (reading === undefined) {
    const message = `no source is given for it; set signals.${signal}, or the store that tells it`;
    withoutSource.set(signal, (reading = unknown('NotConfigured', message)));
  }
  return reading;
}

/** A queue's slot stands beside the signals under its name as `status` and `plan` write it. */
const queueKey = (name: string) => `queueDepth.${name}`;

function slotKeys({ reads, queues = [] }: Source): string[] {
  return reads.flatMap((signal) => (signal === 'queues' ? queues.map(queueKey) : [signal]));
}

export class ReadingStore {
  readonly #queues: readonly string[];
  readonly #slots = new Map<string, LastReading>();
  /** What was last announced as changed, or would have been. */
  readonly #announced = new Map<string, Reading<SignalValue>>();

  /** @param before The store that this one replaces: what it read stays while it is fresh. */
  constructor(
    sources: readonly Source[],
    queues: readonly string[],
    staleAfter: number,
    before?: ReadingStore,
  ) {
    this.#queues = queues;
    for (const source of sources) {
      for (const key of slotKeys(source)) {
        this.#slots.set(key, { holds: believedFor(source.interval, staleAfter) });
        if (before !== undefined) this.#inherit(key, before);
      }
    }
  }

  /** Takes in what a source found. Says whether that, or the time alone, changed anything that matters. */
  receive(source: Source, { queues = {}, ...single }: Observation, now: Instant): boolean {
    const found = new Map<string, Reading<SignalValue>>(Object.entries(single));
    for (const [name, reading] of Object.entries(queues)) found.set(queueKey(name), reading);
    const keys = slotKeys(source);
    for (const key of keys) {
      const slot = this.#slots.get(key);
      const reading = found.get(key);
      if (slot !== undefined && reading !== undefined) this.#slots.set(key, received(slot, reading));
    }
    return this.#announce(keys, now);
  }

  /** Whether a value of `source` has grown too old since it was last looked at. */
  review(source: Source, now: Instant): boolean {
    return this.#announce(slotKeys(source), now);
  }

  /** When the earliest value of `source` grows too old. */
  staleAt(source: Source): Instant | undefined {
    const instants = slotKeys(source)
      .map((key) => this.#slots.get(key))
      .map((slot) => (slot === undefined ? undefined : staleAt(slot)))
      .filter((at) => at !== undefined);
    return instants.length === 0 ? undefined : Math.min(...instants);
  }

  readings(now: Instant): Readings {
    const single = Object.fromEntries(
      SINGLE_SIGNALS.map((signal) => [signal, this.#at(signal, signal, now)]),
    );
    const queues = this.#queues.map((name) => [name, this.#at(queueKey(name), 'queueDepth', now)] as const);
    return {
      ...(single as Record<(typeof SINGLE_SIGNALS)[number], Reading>),
      databaseConnections: single['databaseConnections'] as Reading<ConnectionsReading>,
      queues: Object.fromEntries(queues) as Record<string, Reading<QueueReading>>,
    };
  }

  /** What the last polls failed with, by signal, also where an earlier value still holds. */
  troubles(): Record<string, Unknown> {
    return Object.fromEntries(
      [...this.#slots].flatMap(([key, { failure }]) => (failure === undefined ? [] : [[key, failure]])),
    );
  }

  #inherit(key: string, before: ReadingStore): void {
    const slot = this.#slots.get(key);
    const last = before.#slots.get(key)?.last;
    if (slot !== undefined && last !== undefined) this.#slots.set(key, { ...slot, last });
    const announced = before.#announced.get(key);
    if (announced !== undefined) this.#announced.set(key, announced);
  }

  #at(key: string, signal: SourcedSignal, now: Instant): Reading<SignalValue> {
    const slot = this.#slots.get(key);
    return slot === undefined ? notConfigured(signal) : readingAt(slot, now);
  }

  #announce(keys: readonly string[], now: Instant): boolean {
    let isNews = false;
    for (const key of keys) {
      const slot = this.#slots.get(key);
      if (slot === undefined) continue;
      const reading = readingAt(slot, now);
      const before = this.#announced.get(key);
      const mine = isMaterial(before, reading);
      // An age that creeps is compared with the age that was announced, not with that of a second ago.
      if (mine || before === undefined || !isKnown(reading)) this.#announced.set(key, reading);
      isNews ||= mine;
    }
    return isNews;
  }
}
