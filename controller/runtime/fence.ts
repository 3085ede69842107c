/**
 * Says whether this process may still write. `KubeClient.fenced(fence)` asks it synchronously, right before the bytes
 * of a write are handed to the socket: not when the write was thought of, and not when it was queued.
 *
 * A process that is stopped between the answer and the system call, some 40 µs later, sends that write when it wakes up.
 * It is one at most, for one thread puts requests on the wire one after the other. The API server has nothing that would
 * refuse it: a write cannot name the lease under which it is made.
 */
export interface Fence {
  mayWrite(): boolean;
  /** How long it may write from now on, in milliseconds, ≥ 0. No write is left in flight for longer. */
  remainingMs(): number;
}
