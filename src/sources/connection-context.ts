/** What every connection to a server of a platform is made with. */
import { AddressPolicy } from './address/policy.ts';
import { guard as standardGuard, type Guard } from './guard/guard.ts';

export interface ConnectionContext {
  /** Milliseconds that never go back. */
  readonly elapsed: () => number;
  /** What stands between sockets and drivers. */
  readonly guard: Guard;
  /** Where connections may go. */
  readonly addresses: AddressPolicy;
}

/** What is not given is as in the operator: guarded, and nothing opened. */
export const connectionContext = ({
  elapsed = () => performance.now(),
  guard = standardGuard,
  addresses = new AddressPolicy(),
}: Partial<ConnectionContext> = {}): ConnectionContext => ({ elapsed, guard, addresses });
