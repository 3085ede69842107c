import { describe, expect, it } from 'vitest';
import { BELIEVED_MS, LiveAccess, RIGHTS, TOKENS } from '../../../controller/http/live-access.ts';
import type { PlatformName, Reviews, User } from '../../../controller/http/reviews.ts';
import { KubeError } from '../../../controller/runtime/errors.ts';
import { refused } from '../leadplatform/api-stub.ts';

const brain: PlatformName = { namespace: 'leads', name: 'brain' };
const ann: User = { username: 'ann', groups: ['system:authenticated'] };

/** An API server that knows the tokens that begin with `good`, whose users may get `brain` and nothing else. */
function setUp(reviews: Partial<Reviews> = {}) {
  const clock = { time: 0, now: () => clock.time };
  const asked = { tokens: [] as string[], rights: [] as string[] };
  const logged: object[] = [];
  const log = (fields: object, message: string) => void logged.push({ ...fields, message });
  const access = new LiveAccess({
    reviews: {
      userOf: async (token) => {
        asked.tokens.push(token);
        return reviews.userOf === undefined
          ? token.startsWith('good')
            ? ann
            : undefined
          : reviews.userOf(token);
      },
      mayGet: async (user, platform) => {
        asked.rights.push(`${platform.namespace}/${platform.name}`);
        return reviews.mayGet === undefined ? platform.name === 'brain' : reviews.mayGet(user, platform);
      },
    },
    logger: { debug: log, info: log, warn: log, error: log },
    clock,
  });
  const ask = async (token: string, platform = brain) => {
    const answer = await access.check(`Bearer ${token}`, platform);
    return answer === 'granted' ? answer : answer.status;
  };
  return { access, asked, ask, clock, logged };
}

describe('live numbers are given', () => {
  it('to who may get the platform', async () => {
    const { ask, asked } = setUp();
    expect(await ask('good.token')).toBe('granted');
    expect(asked).toEqual({ tokens: ['good.token'], rights: ['leads/brain'] });
  });

  it.each<[string, string | undefined]>([
    ['without a header', undefined],
    ['with an empty one', ''],
    ['with a password', 'Basic YTpi'],
    ['with no token behind the word', 'Bearer '],
    ['with two tokens', 'Bearer good other'],
    ['with what no token has in it', 'Bearer good\u0000'],
  ])('to no one %s, and nobody is asked about', async (_, header) => {
    const { access, asked } = setUp();
    expect(await access.check(header, brain)).toMatchObject({ status: 401 });
    expect(asked.tokens).toEqual([]);
  });

  it('to no one whose token the API server does not know', async () => {
    const { ask, asked } = setUp();
    expect(await ask('bad')).toBe(401);
    expect(asked.rights).toEqual([]);
  });

  it('to no one who may not get that platform, in a sentence with the user, the platform and a way out', async () => {
    const { access } = setUp();
    const other = { namespace: 'sales', name: 'other' };
    expect(await access.check('Bearer good', other)).toEqual({
      status: 403,
      error: expect.stringMatching(
        /^User "ann" may not get LeadPlatform "other" in namespace "sales"\. Ask .* role view/,
      ),
    });
  });

  it('for one platform, which says nothing of the next', async () => {
    const { ask } = setUp();
    expect(await ask('good')).toBe('granted');
    expect(await ask('good', { namespace: 'leads', name: 'other' })).toBe(403);
    // One name that could be read as two.
    expect(await ask('good', { namespace: 'leads/brain', name: '' })).toBe(403);
  });
});

describe('an answer of the API server is believed', () => {
  it('for five seconds, and not for longer', async () => {
    const { ask, asked, clock } = setUp();
    await ask('good');
    clock.time = BELIEVED_MS - 1;
    await ask('good');
    expect(asked).toEqual({ tokens: ['good'], rights: ['leads/brain'] });
    clock.time = BELIEVED_MS;
    await ask('good');
    expect(asked).toEqual({ tokens: ['good', 'good'], rights: ['leads/brain', 'leads/brain'] });
  });

  it('of those who ask at the same time once', async () => {
    const { ask, asked } = setUp();
    expect(await Promise.all([ask('good'), ask('good'), ask('good')])).toEqual(Array(3).fill('granted'));
    expect(asked).toEqual({ tokens: ['good'], rights: ['leads/brain'] });
  });

  it('no longer than a right lasts that is taken away', async () => {
    let may = true;
    const { ask, clock } = setUp({ mayGet: async () => may });
    expect(await ask('good')).toBe('granted');
    may = false;
    clock.time = BELIEVED_MS;
    expect(await ask('good')).toBe(403);
  });

  it('only where it came: a failure is asked again', async () => {
    let fails = true;
    const { ask, asked } = setUp({
      userOf: async () => {
        if (fails) throw refused(0, 'Timeout');
        return ann;
      },
    });
    expect(await ask('good')).toBe(503);
    fails = false;
    expect(await ask('good')).toBe('granted');
    expect(asked.tokens).toHaveLength(2);
  });
});

describe('a flood', () => {
  it('of bad tokens becomes a trickle of reviews, and who was known before notices nothing', async () => {
    const { ask, asked, clock } = setUp();
    expect(await ask('good')).toBe('granted');
    const answers = new Map<unknown, number>();
    // A thousand tokens a second, for three seconds.
    for (let tick = 0; tick < 3_000; tick += 1) {
      clock.time = tick;
      const answer = await ask(`bad-${tick}`);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (tick % 500 === 0) expect(await ask('good')).toBe('granted');
    }
    const most = TOKENS.burst + 3_000 / TOKENS.refillMs;
    expect(asked.tokens.length).toBeLessThanOrEqual(most);
    expect(asked.tokens.length).toBeGreaterThan(most / 2);
    expect(new Set(answers.keys())).toEqual(new Set([401, 429]));
  });

  it('of platforms by one user is bounded, and bounds no other user', async () => {
    const { ask, asked } = setUp();
    const at = (index: number) => ask('good-1', { namespace: 'leads', name: `p${index}` });
    const answers = await Promise.all(Array.from({ length: RIGHTS.burst + 50 }, (_, index) => at(index)));
    expect(asked.rights.length).toBeLessThanOrEqual(RIGHTS.burst);
    expect(answers).toContain(429);
    expect(await ask('good-2')).toBe('granted');
  });

  it('waits for no more than eight reviews at once', async () => {
    let underWay = 0;
    let most = 0;
    const { ask } = setUp({
      mayGet: async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 1));
        underWay -= 1;
        return true;
      },
    });
    const names = Array.from({ length: 40 }, (_, index) => ({ namespace: 'leads', name: `p${index}` }));
    expect(new Set(await Promise.all(names.map((one) => ask('good', one))))).toEqual(new Set(['granted']));
    expect(most).toBe(8);
  });
});

describe('where the operator', () => {
  it('may not ask, the sentence says what to grant, and a warning comes once a minute', async () => {
    const words = 'tokenreviews.authentication.k8s.io is forbidden';
    const { access, ask, clock, logged } = setUp({
      userOf: async () => {
        throw new KubeError({ status: 403, reason: 'Forbidden', message: words });
      },
    });
    expect(await access.check('Bearer good', brain)).toMatchObject({
      status: 503,
      error: expect.stringMatching(/rbac\.reviews=true.*tokenreviews.*subjectaccessreviews/),
    });
    await ask('good');
    expect(logged).toEqual([{ error: words, message: 'Refusing live numbers: a review was not answered' }]);
    clock.time = 60_000;
    await ask('good');
    expect(logged).toHaveLength(2);
  });

  it.each<[string, Error]>([
    ['gets no answer', refused(0, 'Timeout')],
    ['gets a failure', refused(500, 'InternalError')],
    ['fails itself', new TypeError('good.token is not a function')],
  ])('%s, it says to try again', async (_, error) => {
    const { access, logged } = setUp({ mayGet: () => Promise.reject(error) });
    expect(await access.check('Bearer good.token', brain)).toMatchObject({
      status: 503,
      retryAfterSeconds: 1,
    });
    expect(JSON.stringify(logged)).not.toContain('good.token');
  });
});
