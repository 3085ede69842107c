/**
 * The two questions to the API server by which a client is known: whose token is this, and may that user read this platform?
 *
 *     const reviews = apiReviews(kube.client());
 *     const user = await reviews.userOf(token);
 *     if (user !== undefined && (await reviews.mayGet(user, { namespace: 'leads', name: 'brain' }))) …
 *
 * Both reject with `KubeError`: of the status 403 where the operator may not ask.
 */
import { API_GROUP } from '../../src/api/names.ts';
import type { KubeClient } from '../runtime/client.ts';

export interface PlatformName {
  readonly namespace: string;
  readonly name: string;
}

/** A user as the API server tells it, and wants to be told again. */
export interface User {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface Reviews {
  /** Undefined where the API server does not know the token. */
  userOf(token: string): Promise<User | undefined>;
  /** Whether the user may `get` that LeadPlatform; there need not be one. */
  mayGet(user: User, platform: PlatformName): Promise<boolean>;
}

/** Of a token that is good for live numbers and for nothing else: `kubectl create token NAME --audience leadplatform.io`. */
export const AUDIENCE = API_GROUP;

const TIMEOUT_MS = 3_000;

interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: User;
  readonly audiences?: readonly string[];
}

interface AccessReviewStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
}

export function apiReviews(client: Pick<KubeClient, 'request'>): Reviews {
  const ask = async <S>(group: string, plural: string, kind: string, spec: object): Promise<Partial<S>> => {
    const review = await client.request<{ readonly status?: S } | undefined>({
      method: 'POST',
      path: `/apis/${group}/v1/${plural}`,
      body: { apiVersion: `${group}/v1`, kind, spec },
      timeoutMs: TIMEOUT_MS,
      // A person waits; and not behind the writes of a thousand passes.
      retries: 0,
      urgent: true,
    });
    return review?.status ?? {};
  };
  return {
    userOf: async (token) => {
      const audiences = isForUs(token) ? [AUDIENCE] : undefined;
      const status = await ask<TokenReviewStatus>('authentication.k8s.io', 'tokenreviews', 'TokenReview', {
        token,
        ...(audiences && { audiences }),
      });
      if (status.authenticated !== true) return undefined;
      // An authenticator that knows no audiences names none: such a token is good for the API server.
      if (audiences && status.audiences?.includes(AUDIENCE) !== true) return undefined;
      return status.user ?? {};
    },
    mayGet: async ({ username, uid, groups, extra }, { namespace, name }) => {
      const status = await ask<AccessReviewStatus>(
        'authorization.k8s.io',
        'subjectaccessreviews',
        'SubjectAccessReview',
        {
          user: username,
          uid,
          groups,
          extra,
          resourceAttributes: { verb: 'get', group: API_GROUP, resource: 'leadplatforms', namespace, name },
        },
      );
      return status.allowed === true && status.denied !== true;
    },
  };
}

/** Whether the token says that it is meant for the operator. Unproven: it only chooses which question is put. */
function isForUs(token: string): boolean {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return false;
  try {
    const { aud } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly aud?: unknown };
    return [aud].flat().includes(AUDIENCE);
  } catch {
    return false;
  }
}
