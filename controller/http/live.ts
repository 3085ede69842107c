/** The live numbers of one platform, as `leadplatform status` shows them. Times, never ages. `live-access.ts` says to whom. */
import type { Decision } from '../../src/model/decision.ts';

export interface LiveView {
  /** Absent before the first decision. */
  readonly decidedAt?: string;
  readonly tier?: string;
  readonly targetTier?: string;
  readonly rule?: string;
  readonly components: readonly {
    readonly name: string;
    readonly replicas: number;
    /** What its signals ask for, where something is in the way of as many. */
    readonly wantedReplicas?: number;
    readonly reason: string;
  }[];
  readonly signals: readonly {
    readonly name: string;
    readonly unit: string;
    readonly value?: number;
    readonly at?: string;
    readonly band?: string;
    readonly unknown?: string;
    readonly message?: string;
  }[];
  readonly reasons: readonly string[];
  readonly clamps: readonly string[];
}

export function liveView(decision: Decision | undefined): LiveView {
  if (decision === undefined) return { components: [], signals: [], reasons: [], clamps: [] };
  const { at, tier, components, signals, reasons, clamps } = decision;
  return {
    decidedAt: new Date(at).toISOString(),
    tier: tier.to,
    targetTier: tier.target,
    rule: tier.rule,
    components: components.map(({ name, replicas, reason, limit }) => ({
      name,
      replicas,
      reason,
      ...(limit !== undefined && { wantedReplicas: limit.wanted }),
    })),
    signals: signals.map(({ at: observedAt, ...signal }) => ({
      ...signal,
      ...(observedAt !== undefined && { at: new Date(observedAt).toISOString() }),
    })),
    reasons,
    clamps,
  };
}
