import { describe, expect, it } from 'vitest';
import {
  ALL_KNOWN_TOKENS,
  ALL_RIGHTS,
  BELIEVED_MS,
  KNOWN_TOKENS,
  LiveAccess,
  PATIENCE_MS,
  RIGHTS,
  TOKENS,
} from '../../../controller/http/live-access.ts';
import type { PlatformName, Reviews, User } from '../../../controller/http/reviews.ts';
import { KubeError } from '../../../controller/runtime/errors.ts';
import { refused } from '../leadplatform/api-stub.ts';

const brain: PlatformName = { namespace: 'leads', name: 'brain' };
const ann: User = { username: 'ann', groups: ['system:authenticated'] };

/** An API server that knows the tokens that begin with `good`, each group of them as one user, who may get `brain` alone. */
function setUp(reviews: Partial<Reviews> = {}) {
  const clock = { time: 0, now: () => clock.time };
  const asked = { tokens: [] as string[], rights: [] as string[] };
  const logged: object[] = [];
  const log = (fields: object, message: string) => void logged.push({ ...fields, message });
  const access = new LiveAccess({
    reviews: {
      userOf: async (token, timeoutMs) => {
        asked.tokens.push(token);
        if (reviews.userOf !== undefined) return reviews.userOf(token, timeoutMs);
        // `good-of-bob.7` is a token of bob.
        const [, name = 'ann'] = /^good(?:-of-(\w+))?/.exec(token) ?? [];
        return token.startsWith('good') ? { ...ann, username: name } : undefined;
      },
      mayGet: async (user, platform, timeoutMs) => {
        asked.rights.push(`${platform.namespace}/${platform.name}`);
        return reviews.mayGet === undefined
          ? platform.name === 'brain'
          : reviews.mayGet(user, platform, timeoutMs);
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
    ['with what no header of a token has', 'Bearer g\u00f6\u00f6d'],
    ['with what no token has in it', 'Bearer good\u0000'],
  ])('to no one %s, and nobody is asked about', async (_, header) => {
    const { access, asked } = setUp();
    expect(await access.check(header, brain)).toMatchObject({ status: 401 });
    expect(asked.tokens).toEqual([]);
  });

  it('for a token of any form that the API server takes', async () => {
    const { access, asked } = setUp();
    const token = 'good:with|{odd}"signs"=in,it';
    expect(await access.check(`bearer  ${token} `, brain)).toBe('granted');
    expect(asked.tokens).toEqual([token]);
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
        /^User "ann" may not get LeadPlatform "other" in namespace "sales"\. Ask .* such as view\.$/,
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

  it('no longer than twice as long where the right comes from a group that is taken away', async () => {
    let groups = ['leads'];
    const { ask, clock } = setUp({
      userOf: async () => ({ ...ann, groups }),
      mayGet: async (user) => user.groups?.includes('leads') === true,
    });
    expect(await ask('good')).toBe('granted');
    // The right is asked about with groups that are about to be old.
    clock.time = BELIEVED_MS - 1;
    expect(await ask('good', { namespace: 'leads', name: 'other' })).toBe('granted');
    groups = [];
    clock.time = 2 * BELIEVED_MS - 2;
    expect(await ask('good', { namespace: 'leads', name: 'other' })).toBe('granted');
    clock.time = 2 * BELIEVED_MS;
    expect(await ask('good', { namespace: 'leads', name: 'other' })).toBe(403);
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
    const seconds = 30;
    // A thousand tokens a second. What is known of ann is not believed for so long: she is asked about again and again.
    for (let tick = 0; tick < seconds * 1_000; tick += 1) {
      clock.time = tick;
      const answer = await ask(`bad-${tick}`);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (tick % 500 === 0) expect([tick, await ask('good')]).toEqual([tick, 'granted']);
    }
    const bad = asked.tokens.filter((token) => token.startsWith('bad'));
    const most = TOKENS.burst + (seconds * 1_000) / TOKENS.refillMs;
    expect(bad.length).toBeLessThanOrEqual(most);
    expect(bad.length).toBeGreaterThan(most / 2);
    expect(asked.tokens.length - bad.length).toBe((seconds * 1_000) / BELIEVED_MS);
    expect(new Set(answers.keys())).toEqual(new Set([401, 429]));
  });

  it('of bad tokens that are answered late keeps no place from who was known before', async () => {
    const never = new Promise<never>(() => undefined);
    const { ask, clock } = setUp({ userOf: async (token) => (token === 'good' ? ann : never) });
    expect(await ask('good')).toBe('granted');
    for (let index = 0; index < 200; index += 1) {
      clock.time += 100;
      void ask(`bad-${index}`);
    }
    expect(await ask('good')).toBe('granted');
  });

  it('of tokens that one user had made is bounded, and bounds no other user', async () => {
    const { ask, asked, clock } = setUp();
    expect(await ask('good-of-ann')).toBe('granted');
    const tokens: string[] = [];
    for (let tick = 0; tick < 200; tick += 1) {
      clock.time = tick * 100;
      tokens.push(`good-of-bob.${tick}`);
      // Each new one, and all that were known before.
      await Promise.all(tokens.map((token) => ask(token)));
      if (tick % 10 === 0) expect([tick, await ask('good-of-ann')]).toEqual([tick, 'granted']);
    }
    const most = (budget: { burst: number; refillMs: number }) => budget.burst + clock.time / budget.refillMs;
    expect(asked.tokens.length).toBeLessThanOrEqual(most(TOKENS) + most(KNOWN_TOKENS) + 5);
    expect(asked.rights.length).toBeLessThanOrEqual(most(RIGHTS) + 5);
  });

  it('of tokens that many users have is bounded by what all may ask together', async () => {
    const { ask, asked, clock } = setUp();
    const tokens = Array.from({ length: 1_000 }, (_, index) => `good-of-u${index}`);
    for (const token of tokens) {
      clock.time += TOKENS.refillMs;
      expect(await ask(token)).toBe('granted');
    }
    clock.time += BELIEVED_MS;
    const before = asked.tokens.length;
    const answers = [];
    for (const token of tokens) answers.push(await ask(token));
    expect(asked.tokens.length - before).toBe(ALL_KNOWN_TOKENS.burst);
    expect(answers.filter((answer) => answer === 429)).toHaveLength(1_000 - ALL_KNOWN_TOKENS.burst);
  });

  it('of platforms by one user is bounded, whatever token they bring, and bounds no other user', async () => {
    const { ask, asked } = setUp();
    const at = (index: number) => ask(`good-of-bob.${index % 3}`, { namespace: 'leads', name: `p${index}` });
    const answers = [];
    for (let index = 0; index < RIGHTS.burst + 50; index += 1) answers.push(await at(index));
    expect(asked.rights.length).toBe(RIGHTS.burst);
    expect(answers).toContain(429);
    expect(await ask('good-of-ann')).toBe('granted');
  });

  it('of platforms by many users is bounded by what all may ask together', async () => {
    const { ask, asked } = setUp();
    for (const user of ['a', 'b', 'c'])
      for (let index = 0; index < RIGHTS.burst; index += 1)
        await ask(`good-of-${user}`, { namespace: 'leads', name: `p${index}` });
    expect(asked.rights.length).toBe(ALL_RIGHTS.burst);
  });

  it('of users is forgotten but for the last thousand: an older one is new again, and waits like one', async () => {
    const { ask, clock } = setUp();
    for (let index = 0; index < 1_100; index += 1) {
      clock.time += TOKENS.refillMs;
      await ask(`good-of-u${index}`);
    }
    clock.time += BELIEVED_MS;
    for (let index = 0; index < 50; index += 1) await ask(`bad-${index}`);
    expect(await ask('good-of-u1099')).toBe('granted');
    expect(await ask('good-of-u0')).toBe(429);
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

describe('a slow API server', () => {
  it('has four seconds for both questions and the wait for a turn', async () => {
    const given: number[] = [];
    const { ask, clock } = setUp({
      userOf: async (_, timeoutMs) => {
        given.push(timeoutMs);
        clock.time += 1_500;
        return ann;
      },
      mayGet: async (_, __, timeoutMs) => {
        given.push(timeoutMs);
        return true;
      },
    });
    expect(await ask('good')).toBe('granted');
    expect(given).toEqual([PATIENCE_MS, PATIENCE_MS - 1_500]);
  });

  it('is not asked any more about a request whose time is over', async () => {
    const { access, asked, clock } = setUp({
      userOf: async () => {
        clock.time += PATIENCE_MS;
        return ann;
      },
    });
    expect(await access.check('Bearer good', brain)).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    expect(asked.rights).toEqual([]);
  });

  it('lets no more wait than there are connections', async () => {
    const never = new Promise<never>(() => undefined);
    const { ask, asked } = setUp({ mayGet: () => never });
    void ask('good');
    await new Promise((resolve) => setTimeout(resolve, 1));
    const answers: unknown[] = [];
    for (let index = 0; index < 100; index += 1)
      void ask('good', { namespace: 'leads', name: `p${index}` }).then((answer) => answers.push(answer));
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(asked.rights).toHaveLength(8);
    // Of 101 eight are under way and 64 wait.
    expect(answers).toEqual(Array(101 - 8 - 64).fill(429));
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
