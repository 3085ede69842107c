/** Which bearer token `status` shows to the operator: one from a file, or the user's own where that is safe to show. */
import { UsageError } from '../../src/cli/errors.ts';
import type { Io } from '../../src/cli/io.ts';
import { isForOperator } from '../http/reviews.ts';
import type { BearerToken } from '../runtime/kube.ts';

/** A token, or a sentence about why there is none to show. */
export type ShownToken = { readonly token: string } | { readonly none: string };

const NO_TOKEN =
  'Live numbers need a bearer token, and your kubeconfig has none: a client certificate or a password is not one, and that of a user who acts as another is not theirs. Give one with --token-file; leadplatform status --help shows how to make it.';

const FROM_A_HELPER =
  'Your token comes from a helper program or a login, and may open more than this cluster, so the operator is not shown it unasked. Give one that is good for live numbers alone with --token-file (see leadplatform status --help), or show yours with --send-token.';

/**
 * The kubeconfig's own.
 *
 * | it comes                                  | shown               |
 * |-------------------------------------------|---------------------|
 * | for the audience of the operator          | always              |
 * | from the kubeconfig, or a file it names   | always              |
 * | from a helper program or a login          | with `--send-token` |
 */
export function ownToken(
  own: BearerToken | undefined,
  { mayBeSent }: { readonly mayBeSent: boolean },
): ShownToken {
  if (own === undefined) return { none: NO_TOKEN };
  const { token, isFromHelper } = own;
  return !isFromHelper || mayBeSent || isForOperator(token) ? { token } : { none: FROM_A_HELPER };
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
