/** What came of one policy on one case. */
export interface Point {
  readonly podHours: number;
  readonly violatedMinutes: number;
  /** How many minutes there are. */
  readonly minutes: number;
  /** Changes of size. */
  readonly scaleEvents: number;
  readonly podStarts: number;
  readonly maxPickupSeconds: number;
}

/** As if they had been one run. */
export function pooled(points: readonly Point[]): Point {
  const sum = (of: (point: Point) => number) => points.reduce((total, point) => total + of(point), 0);
  return {
    podHours: sum(({ podHours }) => podHours),
    violatedMinutes: sum(({ violatedMinutes }) => violatedMinutes),
    minutes: sum(({ minutes }) => minutes),
    scaleEvents: sum(({ scaleEvents }) => scaleEvents),
    podStarts: sum(({ podStarts }) => podStarts),
    maxPickupSeconds: Math.max(...points.map(({ maxPickupSeconds }) => maxPickupSeconds)),
  };
}

export const violatedShare = ({ violatedMinutes, minutes }: Point): number => violatedMinutes / minutes;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
