/**
 * Where connections may go:
 *
 *     const addresses = new AddressPolicy({ own: () => ['10.0.0.7'] });
 *     addresses.check(host);                                  // a literal address, which is never looked up
 *     connect({ host, port, lookup: addresses.lookup });      // a name, when it is resolved
 *
 * A name is resolved once, by the socket that connects: nothing can change in between.
 */
import { lookup as lookupByName, type LookupAddress, type LookupOptions } from 'node:dns';
import { type LookupFunction, Socket } from 'node:net';
import { SourceFailure } from '../failure.ts';
import { type Address, addressOf, isIn, type Network } from './ip.ts';
import { refusedKindOf, type RefusedKind } from './refused.ts';

export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface AddressPolicyOptions {
  /** What is opened of what is refused. Default: nothing. */
  readonly allowed?: readonly Network[];
  /** The addresses of this process and of the Service in front of it, as they are now. Default: none. */
  readonly own?: () => readonly string[];
  readonly resolve?: Resolve;
}

export class AddressPolicy {
  /** For the options of a socket. It ends with a `SourceFailure` where any of the addresses is refused. */
  readonly lookup: LookupFunction;
  readonly #allowed: readonly Network[];
  readonly #own: () => readonly string[];

  constructor({ allowed = [], own = () => [], resolve = lookupByName }: AddressPolicyOptions = {}) {
    this.#allowed = allowed;
    this.#own = own;
    this.lookup = (hostname, options: LookupOptions, callback) => {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, []);
        const refused = this.#refusalOf(hostname, addresses);
        const [first] = addresses;
        if (refused !== undefined || first === undefined) return callback(refused ?? notFound(hostname), []);
        if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    };
  }

  /** Throws `SourceFailure` for an address that is refused. A name passes: it is looked up. */
  check(host: string): void {
    if (addressOf(host) === undefined) return;
    const kind = this.#refused(host);
    if (kind !== undefined) throw refusal(`${host} is`, kind);
  }

  #refusalOf(hostname: string, found: readonly LookupAddress[]): SourceFailure | undefined {
    for (const { address } of found) {
      const kind = this.#refused(address);
      if (kind !== undefined) return refusal(`${hostname} leads to`, kind);
    }
    return undefined;
  }

  #refused(text: string): RefusedKind | undefined {
    const address = addressOf(text);
    // A resolver that answers with anything else is not believed.
    if (address === undefined) return 'unspecified';
    const own = this.#own().map(addressOf).filter(isAddress);
    const kind = refusedKindOf(address, own);
    const isOpened = kind !== 'metadata' && this.#allowed.some((network) => isIn(network, address));
    return isOpened ? undefined : kind;
  }
}

const isAddress = (address: Address | undefined): address is Address => address !== undefined;

const WORDS: Readonly<Record<RefusedKind, string>> = {
  metadata: 'the metadata service of a cloud',
  loopback: 'a loopback address',
  unspecified: 'an unspecified address',
  'link-local': 'a link-local address',
  own: 'the operator itself',
};

/** Which address it was is not told: an author would learn what a name is resolved to where the operator runs. */
function refusal(subject: string, kind: RefusedKind): SourceFailure {
  const otherwise =
    kind === 'metadata'
      ? ''
      : ', or have the operator run with --allow-address (chart: authors.allowAddresses)';
  return new SourceFailure(
    'SourceRefused',
    `${subject} ${WORDS[kind]}, which the operator does not connect to; name the host of a Service${otherwise}`,
  );
}

function notFound(hostname: string): SourceFailure {
  return new SourceFailure('SourceUnreachable', `${hostname} has no address; correct the host name`);
}

/** For a driver that takes a socket and connects it by port and host, and knows no `lookup`. */
export function checkedSocket(addresses: AddressPolicy): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  const checked = (port: number, host: string): Socket => {
    try {
      addresses.check(host);
    } catch (error) {
      // Whoever connects listens for errors afterwards.
      process.nextTick(() => socket.destroy(error as SourceFailure));
      return socket;
    }
    return connect({ port, host, lookup: addresses.lookup });
  };
  socket.connect = checked as Socket['connect'];
  return socket;
}
