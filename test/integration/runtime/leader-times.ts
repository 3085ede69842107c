/** Shorter than in production, in the same proportions. */
export const LEADER_TIMES = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 400, marginMs: 500 };
