/** Which bearer token `status` shows to the operator: one from a file, or the user's own where that may be shown. */
import type { OperatorPod } from '../../src/api/schema/status.ts';
import { UsageError } from '../../src/cli/errors.ts';
import type { Io } from '../../src/cli/io.ts';
import { isForOperatorAlone } from '../http/reviews.ts';
import type { BearerToken } from '../runtime/kube.ts';

/** A token, or a sentence about why there is none to show. */
export type ShownToken = { readonly token: string } | { readonly none: string };

const NO_TOKEN =
  'Live numbers need a bearer token, and your kubeconfig has none: a client certificate or a password is not one, and that of a user who acts as another is not theirs. Give one with --token-file; leadplatform status --help shows how to make it.';

const FROM_A_HELPER =
  'Your token comes from a helper program or a login, and may open more than this cluster, so the operator is not shown it unasked. Give one that is good for live numbers alone with --token-file (see leadplatform status --help), or show yours with --send-token.';

const TO_SEVERAL =
  'These platforms are of several namespaces, or their statuses name Pods of several ones. Each such Pod would see your token, so it is shown to none unasked. Name one platform, or one namespace with -n; or give a token that is good for live numbers alone with --token-file (see leadplatform status --help); or show yours with --send-token.';

export interface Showing {
  /** The user has said so: `--send-token`. */
  readonly mayBeSent: boolean;
  /** Pods would see it that the user has not named: see `goesToSeveral`. */
  readonly isForSeveral: boolean;
}

/**
 * The kubeconfig's own.
 *
 * | it comes                                | shown                                              |
 * |-----------------------------------------|----------------------------------------------------|
 * | for the audience of the operator alone  | always                                             |
 * | from the kubeconfig, or a file it names | to Pods of one namespace; else with `--send-token` |
 * | from a helper program or a login        | with `--send-token`                                |
 */
export function ownToken(own: BearerToken | undefined, { mayBeSent, isForSeveral }: Showing): ShownToken {
  if (own === undefined) return { none: NO_TOKEN };
  const { token, isFromHelper } = own;
  if (mayBeSent || isForOperatorAlone(token)) return { token };
  if (isFromHelper) return { none: FROM_A_HELPER };
  return isForSeveral ? { none: TO_SEVERAL } : { token };
}

/**
 * Whether the live numbers of these platforms are, or may be, asked of operators in several namespaces. Those who administer one of
 * them can run a Pod as its operator, write a status that names it, and keep the token of a user who lists all platforms.
 */
export function goesToSeveral(
  platforms: readonly { readonly namespace: string; readonly operator?: OperatorPod | undefined }[],
): boolean {
  const several = (names: readonly string[]) => new Set(names).size > 1;
  return (
    several(platforms.map(({ namespace }) => namespace)) ||
    several(platforms.flatMap(({ operator }) => operator?.namespace ?? []))
  );
}

/** @param file A path, or `-` for standard input. */
export async function tokenIn(io: Io, file: string): Promise<ShownToken> {
  const text = await io.read(file).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--token-file is "${file}", which cannot be read (${code ?? 'unknown'})`);
  });
  const token = text.trim();
  if (token === '') throw new UsageError(`--token-file is "${file}", in which there is no token`);
  // The token itself is in no message.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError(
      `--token-file is "${file}", which has more in it than a token: one line, without spaces`,
    );
  return { token };
}
