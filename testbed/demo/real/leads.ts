/** The sender of the demo on real pods: parts of the load one after the other, and a count of all of them. */
import { type FailedRequest, type LoadOutcome, sendLeads } from '../../load/sender.ts';
import type { Requests } from './frame.ts';
import type { Stage } from './stages.ts';

/** More than any stage sends: it ends by its signal. */
const ENOUGH_S = 600;
/** Of a burst, a second. */
const BURST_RATE = 200;

export class Leads {
  readonly #url: string;
  readonly #outcomes: LoadOutcome[] = [];
  readonly failures: FailedRequest[] = [];
  #accepted = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends what a stage says until the signal aborts; back when all of it is answered. */
  async send({ rate, burst = 0 }: Stage, signal: AbortSignal): Promise<void> {
    const onAnswer = (failure?: FailedRequest) => {
      if (failure === undefined) this.#accepted += 1;
      else this.failures.push(failure);
    };
    const common = { url: this.#url, onAnswer, signal };
    this.#outcomes.push(
      ...(await Promise.all([
        // Every third lead on the other queue, and now and then a job that takes a while: some are at hand in each move.
        sendLeads({
          ...common,
          rate,
          count: rate * ENOUGH_S,
          work: (index) => ({
            ...(index % 3 === 0 && { queue: 'default' }),
            ...(index % 40 === 7 && { seconds: 1 }),
          }),
        }),
        ...(burst === 0
          ? []
          : [
              sendLeads({
                ...common,
                rate: BURST_RATE,
                count: burst,
                work: () => ({ queue: 'default', seconds: 1 }),
              }),
            ]),
      ])),
    );
  }

  /** Answered so far. */
  get requests(): Requests {
    const failed = this.failures.length;
    return { sent: this.#accepted + failed, accepted: this.#accepted, failed };
  }

  /** Of all stages that are over, for the count at the end. */
  get outcome(): Pick<LoadOutcome, 'sent' | 'accepted'> {
    return {
      sent: this.#outcomes.flatMap(({ sent }) => sent),
      accepted: this.#outcomes.flatMap(({ accepted }) => accepted),
    };
  }
}
