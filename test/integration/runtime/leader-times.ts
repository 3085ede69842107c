/** Shorter than in production, in the same proportions. */
export const LEADER_TIMES = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 400, marginMs: 500 };

/**
 * What a leader that is stopped may have been putting on the wire: between asking the fence and the system call, which is
 * 2 to 5 % of the time of an operator that writes all it can. It is sent when the process wakes up.
 */
export const WRITES_ON_THE_WIRE = 1;
