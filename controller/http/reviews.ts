/**
 * The two questions to the API server by which a client is known: whose token is this, and may that user read this platform?
 *
 *     const reviews = apiReviews(kube.client());
 *     const user = await reviews.userOf(token, 3_000);
 *     if (user !== undefined && (await reviews.mayGet(user, { namespace: 'leads', name: 'brain' }, 3_000))) …
 *
 * Both reject with `KubeError`: of the status 403 where the operator may not ask.
 */
import { API_GROUP, API_VERSION } from '../../src/api/names.ts';
import type { KubeClient } from '../runtime/client.ts';

export interface PlatformName {
  readonly namespace: string;
  readonly name: string;
}

/** A user as the API server tells it, and wants to be told again. */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface Reviews {
  /** Undefined where the API server does not know the token, or knows it as no one's. */
  userOf(token: string, timeoutMs: number): Promise<User | undefined>;
  /** Whether the user may `get` that LeadPlatform; there need not be one. */
  mayGet(user: User, platform: PlatformName, timeoutMs: number): Promise<boolean>;
}

/** Of a token that is good for live numbers and for nothing else: `kubectl create token NAME --audience leadplatform.io`. */
export const AUDIENCE = API_GROUP;

/** What an API server calls a request that proves nothing. */
const ANONYMOUS = 'system:anonymous';

interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: Partial<User>;
  readonly audiences?: readonly string[];
}

interface AccessReviewStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
}

const TOKEN_REVIEW = ['authentication.k8s.io', 'tokenreviews', 'TokenReview'] as const;
const ACCESS_REVIEW = ['authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview'] as const;

export function apiReviews(client: Pick<KubeClient, 'request'>): Reviews {
  const ask = async <S>(
    [group, plural, kind]: readonly [string, string, string],
    spec: object,
    timeoutMs: number,
  ): Promise<Partial<S>> => {
    const review = await client.request<{ readonly status?: S } | undefined>({
      method: 'POST',
      path: `/apis/${group}/v1/${plural}`,
      body: { apiVersion: `${group}/v1`, kind, spec },
      timeoutMs,
      // A person waits; and not behind the writes of a thousand passes.
      retries: 0,
      urgent: true,
    });
    return review?.status ?? {};
  };
  return {
    userOf: async (token, timeoutMs) => {
      const audiences = isForOperator(token) ? [AUDIENCE] : undefined;
      const spec = { token, ...(audiences && { audiences }) };
      const status = await ask<TokenReviewStatus>(TOKEN_REVIEW, spec, timeoutMs);
      if (status.authenticated !== true) return undefined;
      // An authenticator that knows no audiences names none: such a token is good for the API server.
      if (audiences && status.audiences?.includes(AUDIENCE) !== true) return undefined;
      const { username = '', ...user } = status.user ?? {};
      return username === '' || username === ANONYMOUS ? undefined : { username, ...user };
    },
    mayGet: async ({ username, uid, groups, extra }, { namespace, name }, timeoutMs) => {
      const what = { group: API_GROUP, version: API_VERSION, resource: 'leadplatforms', namespace, name };
      const spec = { user: username, uid, groups, extra, resourceAttributes: { verb: 'get', ...what } };
      const status = await ask<AccessReviewStatus>(ACCESS_REVIEW, spec, timeoutMs);
      return status.allowed === true && status.denied !== true;
    },
  };
}

/** Whether the token says that it is meant for the operator. Unproven: it only chooses which question is put. */
export const isForOperator = (token: string): boolean => audiencesOf(token).includes(AUDIENCE);

/** Whether it says that it is good for live numbers and for nothing else. Unproven, so ask it of a token of one's own. */
export function isForOperatorAlone(token: string): boolean {
  const audiences = audiencesOf(token);
  return audiences.length > 0 && audiences.every((audience) => audience === AUDIENCE);
}

/** None of what is no JSON Web Token. */
function audiencesOf(token: string): readonly unknown[] {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return [];
  try {
    const { aud } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly aud?: unknown };
    return [aud].flat();
  } catch {
    return [];
  }
}
