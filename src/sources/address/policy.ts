/**
 * Where connections may go:
 *
 *     const addresses = new AddressPolicy({ own: () => ['10.0.0.7'], ownPorts: () => [8080] });
 *     addresses.check(host, port);                                  // a literal address, which is never looked up
 *     connect({ host, port, lookup: addresses.lookupFor(port) });   // a name, when it is resolved
 *
 * A name is resolved once, by the socket that connects: nothing can change in between.
 */
import { lookup as lookupByName, type LookupAddress, type LookupOptions } from 'node:dns';
import { type LookupFunction, Socket } from 'node:net';
import { SourceFailure } from '../failure.ts';
import { type Address, addressOf, type Network } from './ip.ts';
import { type NeverOpened, refusedKindOf, type RefusedKind } from './refused.ts';

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
  /** The ports that this process listens at: no connection goes there, whatever is opened. Default: none. */
  readonly ownPorts?: () => readonly number[];
  /** Told an address of `own` that was refused, which no sentence for an author holds. */
  readonly onOwnRefused?: (address: string) => void;
  readonly resolve?: Resolve;
}

export class AddressPolicy {
  readonly #options: Required<AddressPolicyOptions>;
  /** By whether the port is one of ours. Made once: a caller that keeps something for each keeps two. */
  readonly #lookups: { readonly ours: LookupFunction; readonly others: LookupFunction };

  constructor({
    allowed = [],
    own = () => [],
    ownPorts = () => [],
    onOwnRefused = () => undefined,
    resolve = byTheSystem,
  }: AddressPolicyOptions = {}) {
    this.#options = { allowed, own, ownPorts, onOwnRefused, resolve };
    this.#lookups = { ours: this.#lookup(true), others: this.#lookup(false) };
  }

  /** For the options of a socket to this port. It ends with a `SourceFailure` where any of the addresses is refused. */
  lookupFor(port: number): LookupFunction {
    return this.#isOurs(port) ? this.#lookups.ours : this.#lookups.others;
  }

  /** Throws `SourceFailure` for an address that is refused. A name passes: it is looked up. */
  check(host: string, port: number): void {
    if (addressOf(host) === undefined) return;
    const failure = this.#failureOf(`${host} is`, [host], this.#isOurs(port));
    if (failure !== undefined) throw failure;
  }

  #isOurs(port: number): boolean {
    return this.#options.ownPorts().includes(port);
  }

  #lookup(isOwnPort: boolean): LookupFunction {
    return (hostname, options: LookupOptions, callback) => {
      this.#options.resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, []);
        const [first] = addresses;
        if (first === undefined) return callback(notFound(hostname), []);
        const texts = addresses.map(({ address }) => address);
        const failure = this.#failureOf(`${hostname} leads to`, texts, isOwnPort);
        if (failure !== undefined) return callback(failure, []);
        if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    };
  }

  /** Never throws: what is thrown in the callback of a resolver ends the process. */
  #failureOf(subject: string, texts: readonly string[], isOwnPort: boolean): SourceFailure | undefined {
    try {
      const { own, allowed, onOwnRefused } = this.#options;
      const surroundings = { own: own().map(addressOf).filter(isAddress), isOwnPort, allowed };
      for (const text of texts) {
        const address = addressOf(text);
        // A resolver that answers with anything else is not believed.
        const kind = address === undefined ? 'unspecified' : refusedKindOf(address, surroundings);
        if (kind === 'own') onOwnRefused(text);
        if (kind !== undefined) return refusal(subject, kind);
      }
      return undefined;
    } catch {
      return new SourceFailure(
        'SourceUnreachable',
        `${subject} an address that could not be checked, so the operator does not connect to it; it tries again`,
      );
    }
  }
}

/** Looked up at each call: what stands in for the system's resolver may come later. */
const byTheSystem: Resolve = (hostname, options, callback) => lookupByName(hostname, options, callback);

const isAddress = (address: Address | undefined): address is Address => address !== undefined;

const WORDS: Readonly<Record<RefusedKind, string>> = {
  metadata: 'the metadata service of a cloud',
  listener: 'the operator itself',
  loopback: 'a loopback address',
  unspecified: 'an unspecified address',
  own: "an address of the operator's own Pod or machine",
  'link-local': 'a link-local address',
};

const CLOSED: ReadonlySet<RefusedKind> = new Set<NeverOpened>(['metadata', 'listener']);

/** Which address it was is not told: an author would learn what a name is resolved to where the operator runs. */
function refusal(subject: string, kind: RefusedKind): SourceFailure {
  const which = kind === 'own' ? ' with the address that its log tells' : '';
  const otherwise = CLOSED.has(kind)
    ? ''
    : `, or have the operator run with --allow-address (chart: authors.allowAddresses)${which}`;
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
  const checked = (port: unknown, host: unknown): Socket => {
    try {
      // A host with a slash is a path to drivers: one argument, which leads to a socket in the operator's own files.
      if (typeof port !== 'number' || typeof host !== 'string')
        throw new SourceFailure('SourceRefused', 'a path is not a host; name the host of a Service');
      addresses.check(host, port);
      return connect({ port, host, lookup: addresses.lookupFor(port) });
    } catch (error) {
      // The caller listens for errors only once this has returned.
      process.nextTick(() => socket.destroy(error as Error));
      return socket;
    }
  };
  socket.connect = checked;
  return socket;
}
