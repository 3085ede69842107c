/**
 * The Pods of one queue. A Pod is ready one start after it is wanted, takes one job at a time, and goes when it is no longer
 * wanted: those that are not ready first, then the youngest; one that is busy finishes its job. Since no Pod that is wanted
 * later is ready earlier, the one that was wanted last is always the one to go.
 */
import { Heap } from './heap.ts';
import { UNHINDERED, type Pace } from './pace.ts';

export interface Pod {
  readonly wantedAt: number;
  readonly readyAt: number;
  /** When its job is done, if nothing holds it up from now on, less what all jobs were held up by until now; undefined while it has none. */
  freeAt: number | undefined;
  isLeaving: boolean;
}

export class Pods {
  /** Pods that were ever started. */
  started = 0;
  readonly #readyAt: (wantedAt: number) => number;
  readonly #wanted: Pod[] = [];
  readonly #starting: Pod[] = [];
  readonly #idle: Pod[] = [];
  /** The one that is free first on top. */
  readonly #busy = new Heap<Pod>(({ freeAt }) => freeAt ?? Infinity);
  #seconds = 0;
  readonly #pace: Pace;
  /** Seconds by which all jobs were held up alike until `#at`. */
  #delay = 0;
  #at = -Infinity;

  /** @param readyAt When a Pod becomes ready, by when it is wanted; never earlier than one that was wanted before. */
  constructor(readyAt: (wantedAt: number) => number, pace = UNHINDERED) {
    this.#readyAt = readyAt;
    this.#pace = pace;
  }

  get wanted(): number {
    return this.#wanted.length;
  }

  get busy(): number {
    return this.#busy.size;
  }

  /** Those that are wanted and have started. */
  get ready(): number {
    return this.#wanted.length - this.#starting.length;
  }

  /** When the next one becomes ready, is done with its job, or gets on at another pace. */
  get nextAt(): number {
    return Math.min(this.#starting[0]?.readyAt ?? Infinity, this.#doneAt, this.#pace.changesAt(this.#at));
  }

  get #speed(): number {
    return this.#busy.size === 0 ? 1 : this.#pace.speed(this.#at, this.#busy.size);
  }

  /** When the first one is done with its job. */
  get #doneAt(): number {
    const freeAt = this.#busy.first?.freeAt;
    if (freeAt === undefined) return Infinity;
    const speed = this.#speed;
    if (speed === 1) return freeAt + this.#delay;
    return speed === 0 ? Infinity : this.#at + (freeAt + this.#delay - this.#at) / speed;
  }

  /** What happens by itself until `now`: Pods become ready, and jobs are done. */
  pass(now: number): void {
    const [doneAt, speed] = [this.#doneAt, this.#speed];
    if (speed < 1) this.#delay += (now - this.#at) * (1 - speed);
    this.#at = now;
    // A division may leave the first one a trifle short of its end.
    const until = Math.max(now - this.#delay, doneAt <= now ? (this.#busy.first?.freeAt ?? 0) : 0);
    while (this.#starting[0] !== undefined && this.#starting[0].readyAt <= now)
      this.#idle.push(this.#starting.shift()!);
    for (
      let pod = this.#busy.first;
      pod?.freeAt !== undefined && pod.freeAt <= until;
      pod = this.#busy.first
    ) {
      this.#busy.pop();
      const { freeAt } = pod;
      pod.freeAt = undefined;
      if (pod.isLeaving) this.#gone(pod, freeAt + this.#delay);
      else this.#idle.push(pod);
    }
  }

  /** The Pod that has been idle for longest takes a job. False where none is idle. */
  take(now: number, serviceSeconds: number): boolean {
    for (let pod = this.#idle.shift(); pod !== undefined; pod = this.#idle.shift()) {
      // It went while it was idle.
      if (pod.isLeaving) continue;
      pod.freeAt = now - this.#delay + serviceSeconds;
      this.#busy.push(pod);
      return true;
    }
    return false;
  }

  /** From now on there are to be so many. */
  scale(wanted: number, now: number): void {
    while (this.#wanted.length < wanted) {
      const pod: Pod = { wantedAt: now, readyAt: this.#readyAt(now), freeAt: undefined, isLeaving: false };
      this.#wanted.push(pod);
      this.#starting.push(pod);
      this.started += 1;
    }
    while (this.#wanted.length > wanted) {
      const pod = this.#wanted.pop()!;
      pod.isLeaving = true;
      if (pod.readyAt > now) this.#starting.pop();
      if (pod.freeAt === undefined) this.#gone(pod, now);
    }
  }

  /** Seconds of all Pods until `now`, each from when it was wanted until it was gone. */
  secondsUntil(now: number): number {
    let seconds = this.#seconds;
    for (const { wantedAt } of this.#wanted) seconds += now - wantedAt;
    for (const { wantedAt, isLeaving } of this.#busy.all) if (isLeaving) seconds += now - wantedAt;
    return seconds;
  }

  #gone(pod: Pod, at: number): void {
    this.#seconds += at - pod.wantedAt;
  }
}
