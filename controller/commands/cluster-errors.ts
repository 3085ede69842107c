/** What a command says of a cluster that refuses or does not answer: what is wrong, what to do, an exit code, no stack. */
import { CommandError, UsageError } from '../../src/cli/errors.ts';
import { installCommand, kubectl } from '../leadplatform/kinds.ts';
import { KubeError, isForbidden, isNotKubernetes, isTypeMissing, isUnauthorized } from '../runtime/errors.ts';
import type { Kube } from '../runtime/kube.ts';
import { KubeConfigError } from '../runtime/kube.ts';

/** Exit codes of commands that read a cluster. */
const CLUSTER_EXIT = { failed: 1, notInstalled: 6, forbidden: 7, noAnswer: 8 } as const;

/** A kubeconfig that cannot be used is the user's mistake; everything else stays as it is. */
export const asUsageError = (error: unknown): unknown =>
  error instanceof KubeConfigError ? new UsageError(error.message) : error;

/**
 * Asks the cluster, and puts a failure into words.
 * @param wish What is asked for, after "You may not": `list LeadPlatforms in all namespaces`.
 */
export async function askedOf<T>(kube: Kube, wish: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof KubeError)) throw asUsageError(error);
    if (isNotKubernetes(error)) throw notAnApiServer(kube);
    throw isTypeMissing(error) ? await missing(kube) : inWords(kube, wish, error);
  }
}

const at = ({ server, context }: Kube): string => `${server} (context "${context}")`;

const notAnApiServer = (kube: Kube): CommandError =>
  new CommandError(
    `What answers at ${at(kube)} is not a Kubernetes API server. Correct the server of the kubeconfig.`,
    CLUSTER_EXIT.noAnswer,
  );

/** An address of something else says 404 as well, so it is asked whether it is an API server at all. */
async function missing(kube: Kube): Promise<CommandError> {
  try {
    await kube.client({ retries: 0, timeoutMs: 3_000 }).request({ method: 'GET', path: '/version' });
  } catch {
    return notAnApiServer(kube);
  }
  return new CommandError(
    `The cluster at ${at(kube)} has no LeadPlatforms: their definition is not installed.\n` +
      `Install it with the chart (crds.install), or from a checkout: ${installCommand(kube.kubectlOptions)}`,
    CLUSTER_EXIT.notInstalled,
  );
}

function inWords(kube: Kube, wish: string, error: KubeError): CommandError {
  if (isUnauthorized(error)) {
    return new CommandError(
      `The API server at ${at(kube)} does not accept your credentials. Log in again, then try: ${kubectl(kube.kubectlOptions)} auth whoami`,
      CLUSTER_EXIT.forbidden,
    );
  }
  if (isForbidden(error)) {
    return new CommandError(
      `You may not ${wish}: ${error.words}\n` +
        'Name a namespace that you may read (-n NAME), or ask an administrator for the role view there; ' +
        'the chart adds LeadPlatforms to it.',
      CLUSTER_EXIT.forbidden,
    );
  }
  if (error.status === 0) {
    return new CommandError(
      `The API server at ${at(kube)} does not answer: ${reasonOf(error)}\n` +
        `Check that the cluster runs and that this machine reaches it: ${kubectl(kube.kubectlOptions)} get --raw /readyz`,
      CLUSTER_EXIT.noAnswer,
    );
  }
  return new CommandError(
    `The API server at ${at(kube)} answers with an error: ${error.words}`,
    error.status >= 500 || error.status === 429 ? CLUSTER_EXIT.noAnswer : CLUSTER_EXIT.failed,
  );
}

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection breaks off',
  UND_ERR_SOCKET: 'the connection breaks off',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name cannot be resolved now',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the host',
  ETIMEDOUT: 'no connection comes about',
  UND_ERR_CONNECT_TIMEOUT: 'no connection comes about',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks http, and the kubeconfig says https',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it speaks http, and the kubeconfig says https',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted',
};

function reasonOf({ words }: KubeError): string {
  const meaning = CODES[words];
  return meaning === undefined ? `${words}.` : `${meaning} (${words}).`;
}
