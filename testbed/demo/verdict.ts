/** Whether the platform went up the whole ladder and down again, and when it did what. */

/** The tier on which the platform was seen. */
export interface Sighting {
  /** Days since the traffic began. */
  readonly day: number;
  readonly tier: string;
  /** The rule by which the platform came onto this tier, where it is known already. */
  readonly rule?: string | undefined;
}

export interface Step extends Sighting {
  /** Absent for the first tier that was seen. */
  readonly from?: string;
}

/** What became of one tier. */
export interface TierRecord {
  readonly name: string;
  /** When it was first stood on, on the way up. */
  readonly reached?: Step;
  /** When it was left downwards after the top; for the lowest: when the platform was back on it. */
  readonly left?: Step;
}

export interface Verdict {
  readonly complete: boolean;
  readonly tiers: readonly TierRecord[];
  /** Tiers in the order in which they were stood on. */
  readonly visited: readonly string[];
  /** A sentence for each thing that is missing; empty when complete. */
  readonly missing: readonly string[];
}

/** Adds a sighting: a change of tier makes a step, and the rule of the last step may come to light later. */
export function withSighting(steps: readonly Step[], sighting: Sighting): readonly Step[] {
  const last = steps.at(-1);
  if (last?.tier !== sighting.tier) return [...steps, { ...sighting, ...(last && { from: last.tier }) }];
  if (last.rule !== undefined || sighting.rule === undefined) return steps;
  return [...steps.slice(0, -1), { ...last, rule: sighting.rule }];
}

/** Judges the steps by a ladder, lowest tier first. */
export function verdictOf(steps: readonly Step[], ladder: readonly string[]): Verdict {
  const height = ({ tier }: Step) => ladder.indexOf(tier);
  const top = steps.reduce((highest, step, index) => {
    return height(step) > height(steps[highest]!) ? index : highest;
  }, 0);
  const [up, down] = [steps.slice(0, top + 1), steps.slice(top + 1)];
  const tiers = ladder.map((name, index): TierRecord => {
    const reached = up.find(({ tier }) => tier === name);
    const left =
      index === 0
        ? down.find(({ tier }) => tier === name)
        : down.find((step) => step.from === name && height(step) < index);
    return { name, ...(reached && { reached }), ...(left && { left }) };
  });
  const missing = [
    ...tiers.filter(({ reached }) => !reached).map(({ name }) => `${name} was never reached`),
    ...tiers
      .filter(({ reached, left }) => reached && !left)
      .map(({ name }, index) =>
        index === 0 && name === ladder[0]
          ? `the platform never came back to ${name}`
          : `${name} was never left on the way down`,
      ),
  ];
  return {
    complete: missing.length === 0 && steps.length > 0,
    tiers,
    visited: steps.map(({ tier }) => tier),
    missing,
  };
}
