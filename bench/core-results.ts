/** What was measured of one case: the operator, and each setting of the peers by its name. */
import type { Case } from './core-cases.ts';

export interface Point {
  /** Pod-hours over the oracle's. */
  readonly cost: number;
  readonly violatedMinutes: number;
  readonly scaleEvents: number;
}

export interface CaseResult {
  readonly name: string;
  readonly of: Case;
  /** Of the oracle, where there may be no Pod at all. */
  readonly podHoursFromZero: number;
  readonly minutes: number;
  readonly own: Point;
  /** Where there may be no Pod at all; the cost is over that of the oracle there. */
  readonly ownFromZero: Point;
  readonly keda: ReadonlyMap<string, Point>;
  readonly hpa: ReadonlyMap<string, Point>;
}
