/** What was measured of one case: the operator, and each setting of the peers by its name. */

export interface Point {
  /** Pod-hours over the oracle's. */
  readonly cost: number;
  readonly violatedMinutes: number;
  readonly scaleEvents: number;
}

export interface CaseResult {
  readonly name: string;
  readonly minutes: number;
  readonly own: Point;
  readonly keda: ReadonlyMap<string, Point>;
  readonly hpa: ReadonlyMap<string, Point>;
}
