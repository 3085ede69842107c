/**
 * A thousand platforms that are met at once begin a few at a time. Each begins with measuring and ends with its objects
 * written; those that began are polled from then on, which would take the time of those that are still to be written.
 */
export interface StartLimiterOptions {
  /** Platforms between their first look and their first pass. */
  readonly places?: number;
  /** How long one may keep its place, so that sources that hang hold up nobody for longer. */
  readonly patienceMs?: number;
  /** Called with the key of a platform whose turn has come. */
  readonly onTurn: (key: string) => void;
  /** Called when some begin to wait for their turn, and when none does any more. */
  readonly onBackpressure?: (isUnderPressure: boolean) => void;
}

/** Twice what is worked on at once: while some are written, the others' sources answer. */
const PLACES = 64;
/** As long as a platform waits for its sources. */
const PATIENCE_MS = 5_000;

export class StartLimiter {
  readonly #options: StartLimiterOptions;
  readonly #places = new Map<string, NodeJS.Timeout>();
  readonly #waiting = new Set<string>();
  #isUnderPressure = false;

  constructor(options: StartLimiterOptions) {
    this.#options = options;
  }

  /** Whether this platform may begin. If not, its key is told when it may. A place is kept until it is given back. */
  take(key: string): boolean {
    const { places = PLACES } = this.#options;
    if (this.#places.has(key)) return true;
    if (this.#places.size >= places) {
      this.#waiting.add(key);
      this.#tellCrowd();
      return false;
    }
    this.#occupy(key);
    return true;
  }

  giveBack(key: string): void {
    this.#waiting.delete(key);
    this.#tellCrowd();
    const timer = this.#places.get(key);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#places.delete(key);
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#occupy(next);
    this.#options.onTurn(next);
  }

  /** Whether any platform waits for its turn. */
  get isUnderPressure(): boolean {
    return this.#isUnderPressure;
  }

  #occupy(key: string): void {
    const { patienceMs = PATIENCE_MS } = this.#options;
    this.#waiting.delete(key);
    this.#tellCrowd();
    this.#places.set(key, setTimeout(() => this.giveBack(key), patienceMs).unref());
  }

  #tellCrowd(): void {
    const isUnderPressure = this.#waiting.size > 0;
    if (isUnderPressure === this.#isUnderPressure) return;
    this.#isUnderPressure = isUnderPressure;
    this.#options.onBackpressure?.(isUnderPressure);
  }
}
