import { expect, it } from 'vitest';
import { apiReviews } from '../../../controller/http/reviews.ts';
import { apiStub } from '../leadplatform/api-stub.ts';

/** A token as a ServiceAccount has it, signed by no one. */
const tokenFor = (...aud: readonly string[]) =>
  ['{"alg":"RS256"}', JSON.stringify({ aud }), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

const ann = { username: 'ann', uid: '1', groups: ['a'], extra: { scopes: ['b'] } };

const reviewsOf = (status: object | undefined) => {
  const { requests, resources } = apiStub(() => (status === undefined ? undefined : { status }));
  return { requests, reviews: apiReviews(resources.client) };
};

it.each<[string, object | undefined, unknown]>([
  ['a user', { authenticated: true, user: ann }, ann],
  ['no user', { authenticated: false, error: 'invalid bearer token' }, undefined],
  ['a user without the word that it is one', { user: ann }, undefined],
  ['a user without a name', { authenticated: true, user: { groups: ['a'] } }, undefined],
  ['no user at all', { authenticated: true }, undefined],
  ['one who has proved nothing', { authenticated: true, user: { username: 'system:anonymous' } }, undefined],
  ['nothing', undefined, undefined],
])('takes %s for what it is', async (_, status, user) => {
  const { requests, reviews } = reviewsOf(status);
  expect(await reviews.userOf('opaque', 1_234)).toEqual(user);
  expect(requests).toMatchObject([
    {
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { kind: 'TokenReview', spec: { token: 'opaque' } },
      retries: 0,
      urgent: true,
      timeoutMs: 1_234,
    },
  ]);
  expect(requests[0]?.body).not.toHaveProperty('spec.audiences');
});

it.each<[string, string, readonly string[] | undefined, boolean, boolean]>([
  ['for the API server', tokenFor('https://kubernetes.default.svc'), undefined, false, true],
  ['for the operator', tokenFor('leadplatform.io'), ['leadplatform.io'], true, true],
  [
    'for both',
    tokenFor('https://kubernetes.default.svc', 'leadplatform.io'),
    ['leadplatform.io'],
    true,
    true,
  ],
  // Of an authenticator that does not look at audiences.
  ['that says so, and is not proven to be', tokenFor('leadplatform.io'), undefined, true, false],
  ['that is no JSON inside', 'a.b.c', undefined, false, true],
])('asks about a token %s with its audience', async (_, token, audiences, isAskedFor, isKnown) => {
  const { requests, reviews } = reviewsOf({ authenticated: true, user: ann, audiences });
  expect((await reviews.userOf(token, 1_000)) !== undefined).toBe(isKnown);
  const body = requests[0]?.body as { spec: { audiences?: unknown } } | undefined;
  expect(body?.spec.audiences).toEqual(isAskedFor ? ['leadplatform.io'] : undefined);
});

it.each([
  [{ allowed: true }, true],
  [{ allowed: false }, false],
  [{ allowed: true, denied: true }, false],
  [{}, false],
])('asks whether the user may get that very platform: %j', async (status, may) => {
  const { requests, reviews } = reviewsOf(status);
  expect(await reviews.mayGet(ann, { namespace: 'leads', name: 'brain' }, 1_000)).toBe(may);
  expect(requests).toMatchObject([
    {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        kind: 'SubjectAccessReview',
        spec: {
          user: 'ann',
          uid: '1',
          groups: ['a'],
          extra: { scopes: ['b'] },
          resourceAttributes: {
            verb: 'get',
            group: 'leadplatform.io',
            version: 'v1alpha1',
            resource: 'leadplatforms',
            namespace: 'leads',
            name: 'brain',
          },
        },
      },
    },
  ]);
});
