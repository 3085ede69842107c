/**
 * The servers of tests, benchmarks and the demo are on loopback, which the operator connects to only where its own
 * configuration opens it.
 */

/** Arguments of `leadplatform run`. */
export const OPEN_LOOPBACK: readonly string[] = ['--allow-address=127.0.0.0/8', '--allow-address=::1'];
