/**
 * Says whether this process may still write. `KubeClient.fenced(fence)` asks it synchronously, right before the bytes
 * of a write are handed to the socket: not when the write was thought of, and not when it was queued.
 */
export interface Fence {
  mayWrite(): boolean;
  /** How long it may write from now on, in milliseconds, ≥ 0. No write is left in flight for longer. */
  remainingMs(): number;
}
