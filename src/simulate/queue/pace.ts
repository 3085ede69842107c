/** How quickly jobs get on that Pods work on: what all of them share, such as a database, may be slower than they are. */
export interface Pace {
  /** Seconds of work that a Pod does in a second from then on, where so many have a job: 1 is by itself, 0 is not at all. */
  speed(second: number, busy: number): number;
  /** When that changes next though as many have a job. */
  changesAt(second: number): number;
}

export const UNHINDERED: Pace = { speed: () => 1, changesAt: () => Infinity };
