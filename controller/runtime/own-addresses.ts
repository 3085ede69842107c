/**
 * The addresses of this process: of its network interfaces, those that it was told, and those of the Services in front of it.
 *
 *     const own = new OwnAddresses({ serviceHosts: ['operator-metrics.leads.svc'] });
 *     await own.known();
 *     own.now(); // ['10.0.0.7', '10.96.14.2']
 */
import { promises as dns } from 'node:dns';
import { networkInterfaces } from 'node:os';

export interface OwnAddressesOptions {
  /** Names of Services that lead here. */
  readonly serviceHosts?: readonly string[];
  /** Addresses that somebody else knows, like the Pod's. */
  readonly told?: readonly string[];
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Those of the network interfaces; it may throw. */
  readonly interfaces?: () => readonly string[];
  /** Milliseconds that never go back. */
  readonly elapsed?: () => number;
}

/** The address of a Service stays for as long as the Service does; one that was made again has another. */
const LOOK_AGAIN_MS = 60_000;
/** The same where one of them was not found. */
const RETRY_MS = 5_000;

export class OwnAddresses {
  readonly #options: Required<OwnAddressesOptions>;
  readonly #ofServices = new Map<string, readonly string[]>();
  #lookAgainAt = -Infinity;
  #looking: Promise<void> | undefined;
  #ofInterfaces: readonly string[] = [];

  constructor({
    serviceHosts = [],
    told = [],
    resolve = resolved,
    interfaces = addressesOfInterfaces,
    elapsed = () => performance.now(),
  }: OwnAddressesOptions = {}) {
    this.#options = { serviceHosts, told, resolve, interfaces, elapsed };
  }

  /** As they are now; of Services those that were found last. Never waits and never throws: a socket that connects asks. */
  now(): readonly string[] {
    const { serviceHosts, told, interfaces, elapsed } = this.#options;
    if (serviceHosts.length > 0 && elapsed() >= this.#lookAgainAt) void this.known();
    try {
      this.#ofInterfaces = interfaces();
    } catch {
      // No file descriptor is left, or a sandbox forbids it: those of a moment ago are as good as they were.
    }
    return [...this.#ofInterfaces, ...told, ...[...this.#ofServices.values()].flat()];
  }

  /** Resolves once the Services were looked up; never rejects: one that has no address yet is looked up again. */
  known(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
  }

  async #look(): Promise<void> {
    const { serviceHosts, resolve, elapsed } = this.#options;
    let isComplete = true;
    const lookUp = async (host: string): Promise<void> => {
      try {
        this.#ofServices.set(host, await resolve(host));
      } catch {
        // What was found before is as good as it was.
        isComplete = false;
      }
    };
    await Promise.all(serviceHosts.map(lookUp));
    this.#lookAgainAt = elapsed() + (isComplete ? LOOK_AGAIN_MS : RETRY_MS);
  }
}

const addressesOfInterfaces = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));

async function resolved(host: string): Promise<readonly string[]> {
  return (await dns.lookup(host, { all: true })).map(({ address }) => address);
}
