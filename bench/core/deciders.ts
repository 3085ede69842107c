/** The setting of a peer that is compared with, chosen from what was measured. */
import type { Case } from './cases.ts';
import type { Measured } from './measured.ts';
import { mean, pooled, violatedShare } from './points.ts';
import type { Decider, Run } from './run.ts';
import { HPA_SETTINGS, KEDA_SETTINGS } from './settings.ts';

export const OPERATOR: Decider = { who: 'operator', min: 1 };
export const ORACLE: Decider = { who: 'oracle', min: 1 };
export const REFERENCE: Decider = { who: 'reference' };

/** Of all minutes; a setting with more of them violated is none that you would keep. */
export const VIOLATED_SHARE = 0.000_2;

export const keda = (setting: string, min: 0 | 1 = 1): Decider => ({ who: 'keda', setting, min });
const hpa = (setting: string): Decider => ({ who: 'hpa', setting, min: 1 });

export const KEDA_DECIDERS = KEDA_SETTINGS.map(({ name }) => keda(name));
export const HPA_DECIDERS = HPA_SETTINGS.map(({ name }) => hpa(name));

/** Every setting of the peers, and the oracle, on those cases. */
export function sweepOf(cases: readonly Case[], seed: number): readonly Run[] {
  return cases.flatMap((of) =>
    [ORACLE, ...KEDA_DECIDERS, ...HPA_DECIDERS].map((by): Run => ({ of, seed, by })),
  );
}

/** Pod-hours over those of the oracle. */
export function costOf(measured: Measured, run: Run): number {
  const oracle = { of: run.of, seed: run.seed, by: { who: 'oracle', min: minOf(run.by) } } as const;
  return measured.of(run).podHours / measured.of(oracle).podHours;
}

export const minOf = (by: Decider): 0 | 1 => ('min' in by ? by.min : 1);

/** The cheapest setting of KEDA that is good enough in all cases together; the one with the fewest violated minutes where none is. */
export function bestSetting(measured: Measured, cases: readonly Case[], seed: number): string {
  const all = KEDA_SETTINGS.map(({ name }) => {
    const runs = cases.map((of): Run => ({ of, seed, by: keda(name) }));
    const point = pooled(runs.map((run) => measured.of(run)));
    return { name, point, cost: mean(runs.map((run) => costOf(measured, run))) };
  });
  const good = all.filter(({ point }) => violatedShare(point) <= VIOLATED_SHARE);
  const least = Math.min(...all.map(({ point }) => point.violatedMinutes));
  const fewest = all.filter(({ point }) => point.violatedMinutes === least);
  const [best] = (good.length > 0 ? good : fewest).toSorted((a, b) => a.cost - b.cost);
  if (best === undefined) throw new Error('no setting of KEDA was tried');
  return best.name;
}
