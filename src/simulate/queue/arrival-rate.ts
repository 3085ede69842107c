/** At which rate jobs come, over a trailing span, by a count of all that ever came. */
export class ArrivalRate {
  readonly #span: number;
  readonly #looks: { readonly at: number; readonly jobs: number }[] = [];

  /** @param span Seconds. */
  constructor(span: number) {
    this.#span = span;
  }

  /**
   * Jobs a second since the oldest look of the span; 0 at the first look.
   * @param at Seconds, later than at the look before.
   * @param jobs How many ever came.
   */
  look(at: number, jobs: number): number {
    const looks = this.#looks;
    looks.push({ at, jobs });
    while (looks.length > 1 && looks[0]!.at < at - this.#span) looks.shift();
    const first = looks[0]!;
    return first.at === at ? 0 : (jobs - first.jobs) / (at - first.at);
  }
}
