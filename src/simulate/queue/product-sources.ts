/** What the operator's sources would have read of a simulated queue, at their intervals. */
import { eachScalar } from '../../api/signals.ts';
import type { WorkerComponent } from '../../api/components.ts';
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { isKnown, known, unknown, type Instant, type Reading } from '../../model/reading.ts';
import type { QueueReading, Readings } from '../../model/readings.ts';
import type { Signal } from './view.ts';
import type { View } from './view.ts';

const MINUTE = 60;
const DAY = 86_400;

const ABSENT: Reading<never> = unknown('NotConfigured', 'the simulated platform does not have it');
const ABSENT_SCALARS = eachScalar(() => ABSENT);
const EMPTY: QueueReading = { ready: 0, inFlight: 0, delayed: 0 };

/** A source of leads that came in a trailing span, which looks now and then. */
class Lately {
  readonly #span: number;
  readonly #interval: number;
  readonly #before: number;
  readonly #looks: { readonly at: number; readonly leads: number }[] = [];
  #reading: Reading = ABSENT;

  /** Seconds, and the leads of the span before second 0, evenly spread. */
  constructor(span: number, interval: number, before = 0) {
    this.#span = span;
    this.#interval = interval;
    this.#before = before;
  }

  /**
   * @param leads Undefined where they cannot be read: what was read last stays, and grows old.
   * @param lie What is read in place of the truth.
   */
  read(second: number, leads: number | undefined, now: Instant, lie?: number | 'frozen'): Reading {
    const looks = this.#looks;
    if (leads === undefined || second - (looks.at(-1)?.at ?? -Infinity) < this.#interval)
      return this.#reading;
    looks.push({ at: second, leads });
    while ((looks[1]?.at ?? Infinity) <= second - this.#span) looks.shift();
    const before = this.#before * Math.max(0, 1 - second / this.#span);
    const truth = Math.round(leads - (looks[0]?.leads ?? leads) + before);
    const value = lie === 'frozen' && isKnown(this.#reading) ? this.#reading.value : lie;
    this.#reading = known(typeof value === 'number' ? value : truth, now);
    return this.#reading;
  }
}

export interface ProductSourcesOptions {
  readonly spec: LeadPlatformSpec;
  readonly workers: readonly WorkerComponent[];
  /** The one whose queue is simulated; the others have empty queues. */
  readonly own: WorkerComponent;
  readonly jobsPerLead: number;
  /** Leads of each day before the trace. */
  readonly leadsBefore: number;
}

export class ProductSources {
  /** Seconds between two looks at the queue, by the spec. */
  readonly queueInterval: number;
  readonly #options: ProductSourcesOptions;
  readonly #lastMinute: Lately;
  readonly #lastDay: Lately;
  #queues: Readings['queues'] = {};

  constructor(options: ProductSourcesOptions) {
    this.#options = options;
    const { queueDepth, leadsPerMinute, leadsPerDay } = options.spec.signals;
    this.queueInterval = Math.max(1, (queueDepth.redis?.interval ?? 1_000) / 1_000);
    this.#lastMinute = new Lately(MINUTE, (leadsPerMinute.postgres?.interval ?? 15_000) / 1_000);
    this.#lastDay = new Lately(DAY, (leadsPerDay.postgres?.interval ?? 300_000) / 1_000, options.leadsBefore);
  }

  read(view: View, now: Instant): Readings {
    const came = view.arrived / this.#options.jobsPerLead;
    const leads = (signal: Signal) => (view.silent.includes(signal) ? undefined : came);
    if (!view.silent.includes('queues')) this.#queues = this.#queuesOf(view, now);
    return {
      ...ABSENT_SCALARS,
      leadsPerDay: this.#lastDay.read(view.now, leads('leads-per-day'), now, view.lies?.['leads-per-day']),
      leadsPerMinute: this.#lastMinute.read(
        view.now,
        leads('leads-per-minute'),
        now,
        view.lies?.['leads-per-minute'],
      ),
      databaseConnections: ABSENT,
      queues: this.#queues,
    };
  }

  #queuesOf({ ready, inFlight, oldestAgeSeconds, firstForSeconds }: View, now: Instant): Readings['queues'] {
    const first = ready > 0 && { oldestAgeSeconds, firstForSeconds };
    const ours: QueueReading = { ready, inFlight, delayed: 0, ...first };
    const { workers, own } = this.#options;
    return Object.fromEntries(
      workers.map((component) => [component.queue, known(component === own ? ours : EMPTY, now)]),
    );
  }
}
