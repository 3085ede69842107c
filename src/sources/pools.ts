/** Connections shared by every platform of the process that reads the same server with the same credential. */
export class Pools {
  /** Ends every connection. Readings afterwards are unknown. */
  async close(): Promise<void> {}
}
