/**
 * Who is given live numbers: those who may `get` that LeadPlatform, by the word of the API server.
 *
 *     const access = new LiveAccess({ reviews: apiReviews(kube.client()), logger });
 *     const answer = await access.check(request.headers.authorization, { namespace: 'leads', name: 'brain' });
 *     if (answer !== 'granted') …                       // a Refusal: a status of HTTP and a sentence
 *
 * | a request                                     | is answered |
 * |-----------------------------------------------|-------------|
 * | without a bearer token, or with a malformed one | 401       |
 * | with a token that the API server does not know | 401        |
 * | of a user who may not get the platform        | 403         |
 * | beyond the reviews that there may be          | 429         |
 * | while the operator may not ask, or gets no answer | 503     |
 * | of a user who may                             | granted     |
 *
 * Answers of the API server are believed for `BELIEVED_MS`. What is remembered is bounded, and so are the questions: a
 * flood of bad tokens does not become a flood of reviews. A token is kept nowhere, only its hash.
 */
import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { KubeError, isForbidden } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { TokenBuckets } from '../runtime/token-bucket.ts';
import type { PlatformName, Reviews, User } from './reviews.ts';

export interface Refusal {
  readonly status: 401 | 403 | 429 | 503;
  /** A sentence for whoever asked. */
  readonly error: string;
  /** When the same request may be answered otherwise. */
  readonly retryAfterSeconds?: number;
}

export interface LiveAccessOptions {
  readonly reviews: Reviews;
  readonly logger: Logger;
  readonly clock?: Pick<Clock, 'now'>;
}

/** How long an answer of the API server is believed: a right that is taken away lasts so much longer. */
export const BELIEVED_MS = 5_000;
const MOST_USERS = 1_000;
const MOST_RIGHTS = 5_000;
/** Tokens that are asked about: so many at once, and one more each so many milliseconds, whoever brings them. */
export const TOKENS = { burst: 20, refillMs: 100 };
/** Rights of one token: `status` asks for each platform of a fleet. */
export const RIGHTS = { burst: 1_000, refillMs: 10 };
/** Reviews under way, and those that wait for one to end: as many as connections are served. */
const MOST_AT_ONCE = 8;
const MOST_WAITING = 64;
const LEAST_BETWEEN_WARNINGS_MS = 60_000;

/** As RFC 6750 has it. */
const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;

const NO_TOKEN: Refusal = {
  status: 401,
  error:
    'Live numbers need a bearer token. Send the header "Authorization: Bearer TOKEN", with a token that the API server accepts.',
};
const UNKNOWN_TOKEN: Refusal = {
  status: 401,
  error:
    'The API server does not accept this token: it has expired, or it is for another cluster or audience. Log in again.',
};
const TOO_MANY: Refusal = {
  status: 429,
  error: 'The operator asks the API server about as many clients as it may. Try again in a second.',
  retryAfterSeconds: 1,
};
const NO_RIGHT: Refusal = {
  status: 503,
  error:
    'The operator may not ask the API server who you are. Set rbac.reviews=true in its chart, or grant its ServiceAccount create on tokenreviews.authentication.k8s.io and subjectaccessreviews.authorization.k8s.io.',
};
const NO_ANSWER: Refusal = {
  status: 503,
  error: 'The API server did not tell the operator who you are and what you may read. Try again.',
  retryAfterSeconds: 1,
};

/** A review that was not asked for, because there are as many as there may be. */
class TooManyReviews extends Error {}

export class LiveAccess {
  readonly #reviews: Reviews;
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #users = new RecentAnswers<User | undefined>(MOST_USERS);
  readonly #rights = new RecentAnswers<boolean>(MOST_RIGHTS);
  readonly #tokenBudget = new TokenBuckets(TOKENS.burst, TOKENS.refillMs, 1);
  readonly #rightBudgets = new TokenBuckets(RIGHTS.burst, RIGHTS.refillMs, MOST_USERS);
  readonly #line = pLimit(MOST_AT_ONCE);
  #warnedAt = -Infinity;

  constructor({ reviews, logger, clock = systemClock }: LiveAccessOptions) {
    this.#reviews = reviews;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** @param authorization The header of that name. Never rejects. */
  async check(authorization: string | undefined, platform: PlatformName): Promise<'granted' | Refusal> {
    const [, token] = BEARER.exec(authorization ?? '') ?? [];
    if (token === undefined) return NO_TOKEN;
    const { namespace, name } = platform;
    const key = hashOf(token);
    try {
      const user = await this.#users.of(key, this.#clock.now(), () =>
        this.#review(this.#tokenBudget, 'of all', () => this.#reviews.userOf(token)),
      );
      if (user === undefined) return UNKNOWN_TOKEN;
      const may = await this.#rights.of(hashOf(key, namespace, name), this.#clock.now(), () =>
        this.#review(this.#rightBudgets, key, () => this.#reviews.mayGet(user, platform)),
      );
      return may ? 'granted' : forbidden(user, platform);
    } catch (error) {
      return this.#refusalOf(error);
    }
  }

  async #review<T>(budget: TokenBuckets, of: string, ask: () => Promise<T>): Promise<T> {
    if (this.#line.pendingCount >= MOST_WAITING || !budget.take(of, this.#clock.now()))
      throw new TooManyReviews();
    return this.#line(ask);
  }

  #refusalOf(error: unknown): Refusal {
    if (error instanceof TooManyReviews) return TOO_MANY;
    this.#warn(error);
    return isForbidden(error) ? NO_RIGHT : NO_ANSWER;
  }

  /** Of a `KubeError` its words, which are the API server's; of anything else its kind alone: no token gets into a log. */
  #warn(error: unknown): void {
    const now = this.#clock.now();
    if (now - this.#warnedAt < LEAST_BETWEEN_WARNINGS_MS) return;
    this.#warnedAt = now;
    const why = error instanceof KubeError ? error.message : error instanceof Error ? error.name : 'Error';
    this.#logger.warn({ error: why }, 'Refusing live numbers: a review was not answered');
  }
}

function forbidden({ username = '' }: User, { namespace, name }: PlatformName): Refusal {
  return {
    status: 403,
    error: `User "${username}" may not get LeadPlatform "${name}" in namespace "${namespace}". Ask an administrator for the role view there; the chart adds LeadPlatforms to it.`,
  };
}

/** One text of no more than 44 characters, however long the parts are; other parts give another one. */
const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64');

/** Answers by key for a while, those under way included. A question that fails is put again. */
class RecentAnswers<T> {
  readonly #most: number;
  readonly #answers = new Map<string, { readonly answer: Promise<T>; readonly until: number }>();

  constructor(most: number) {
    this.#most = most;
  }

  of(key: string, now: number, ask: () => Promise<T>): Promise<T> {
    const found = this.#answers.get(key);
    if (found !== undefined && now < found.until) return found.answer;
    const answer = ask();
    this.#answers.delete(key);
    this.#answers.set(key, { answer, until: now + BELIEVED_MS });
    answer.catch(() => {
      if (this.#answers.get(key)?.answer === answer) this.#answers.delete(key);
    });
    if (this.#answers.size > this.#most) {
      const [oldest = ''] = this.#answers.keys();
      this.#answers.delete(oldest);
    }
    return answer;
  }
}
