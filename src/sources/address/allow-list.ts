/**
 * What the administrator opens of the addresses that are refused: loopback for tests and the demo, say. An entry opens a part of
 * what is refused. None opens all of it, and none opens a metadata service.
 */
import { isOneAddress, isWhole, liesWithin, MAPPED, type Network, networkOf } from './ip.ts';
import { isMetadata, isOpenable } from './refused.ts';

/** An entry that opens nothing, or too much. Its message goes behind the words that name the entry. */
export class InvalidAllowance extends Error {
  override readonly name = 'InvalidAllowance';
}

/** @param text `127.0.0.0/8`, or one address. Throws `InvalidAllowance`. */
export function allowance(text: string): Network {
  const network = networkOf(text);
  if (network === undefined)
    throw new InvalidAllowance('is not a network; write one like 127.0.0.0/8 or ::1/128');
  if (network.bits === 0)
    throw new InvalidAllowance('turns the check off; name the networks that you need, like 127.0.0.0/8');
  if (!isWhole(network))
    throw new InvalidAllowance(
      `has bits beyond the first ${network.bits}; write the first address of the network`,
    );
  if (liesWithin(network, MAPPED)) throw new InvalidAllowance('is an IPv4 network; write it as one');
  if (isMetadata(network))
    throw new InvalidAllowance('is where a cloud keeps the credentials of a node, and is never opened');
  if (!isOneAddress(network) && !isOpenable(network))
    throw new InvalidAllowance(
      'is open already, or wider than what is refused there; name a part of 127.0.0.0/8, 169.254.0.0/16, 0.0.0.0/8, fe80::/10 or fd00:ec2::/32, or one address',
    );
  return network;
}
