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
 * flood of bad tokens does not become a flood of reviews, and takes nothing from users who are known:
 *
 * | a review of                                   | at once | then      | of            | under way | waiting |
 * |-----------------------------------------------|---------|-----------|---------------|-----------|---------|
 * | a token that was not known when it was asked about last | 20 | 10 a second | all together | 4  | 8       |
 * | a token whose user was known then             | 20      | 10 a second | each user   | 8         | 64      |
 * |                                               | 500     | 200 a second | all together |          |         |
 * | a right                                       | 1,000   | 100 a second | each user  | (the same) | (the same) |
 * |                                               | 2,000   | 200 a second | all together |          |         |
 *
 * A token is kept nowhere, only its hash.
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
/** For both questions of one request, and waiting for one's turn: a person waits. */
export const PATIENCE_MS = 4_000;
const MOST_USERS = 1_000;
const MOST_RIGHTS = 5_000;
/** Tokens that are not known: so many at once, and one more each so many milliseconds, whoever brings them. */
export const TOKENS = { burst: 20, refillMs: 100 };
/** Tokens of one user that are known, each of which is asked about again every five seconds. */
export const KNOWN_TOKENS = { burst: 20, refillMs: 100 };
/** Those of all: a thousand are known at the most, and each is asked about again every five seconds. */
export const ALL_KNOWN_TOKENS = { burst: 500, refillMs: 5 };
/** Rights of one user: `status` asks for each platform of a fleet. */
export const RIGHTS = { burst: 1_000, refillMs: 10 };
/** Rights of all: an account can be made for each thousand. */
export const ALL_RIGHTS = { burst: 2_000, refillMs: 5 };
/** What is not known waits for itself alone. */
const UNKNOWN_LINE = { atOnce: 4, waiting: 8 };
/** As many as connections are served. */
const KNOWN_LINE = { atOnce: 8, waiting: 64 };
const LEAST_BETWEEN_WARNINGS_MS = 60_000;

/** What the API server takes: it asks for no form of a token. */
const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

const NO_TOKEN: Refusal = {
  status: 401,
  error:
    'Live numbers need a bearer token. Send the header "Authorization: Bearer TOKEN", with a token that the API server accepts.',
};
const UNKNOWN_TOKEN: Refusal = {
  status: 401,
  error:
    'The API server does not accept this token: it has expired, or it is for another cluster or audience. Show another one.',
};
const TOO_MANY: Refusal = {
  status: 429,
  error:
    'The operator asked the API server about as many tokens and rights as it may. Try again in a second.',
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
/** A review whose turn came too late. */
class TooLate extends Error {
  override readonly name = 'TooLate';
}

export class LiveAccess {
  readonly #reviews: Reviews;
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #users = new RecentAnswers<User | undefined>(MOST_USERS);
  readonly #rights = new RecentAnswers<boolean>(MOST_RIGHTS);
  /** Whose token it was when it was last asked about. No flood of others gets in here. */
  readonly #known = new Newest<string>(MOST_USERS);
  readonly #budgets = {
    tokens: new TokenBuckets(TOKENS.burst, TOKENS.refillMs, 1),
    knownTokens: new TokenBuckets(KNOWN_TOKENS.burst, KNOWN_TOKENS.refillMs, MOST_USERS),
    allKnownTokens: new TokenBuckets(ALL_KNOWN_TOKENS.burst, ALL_KNOWN_TOKENS.refillMs, 1),
    rights: new TokenBuckets(RIGHTS.burst, RIGHTS.refillMs, MOST_USERS),
    allRights: new TokenBuckets(ALL_RIGHTS.burst, ALL_RIGHTS.refillMs, 1),
  };
  readonly #unknownLine = new Line(UNKNOWN_LINE);
  readonly #knownLine = new Line(KNOWN_LINE);
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
    const until = this.#clock.now() + PATIENCE_MS;
    try {
      const user = await this.#users.of(key, this.#clock.now(), () => this.#userOf(key, token, until));
      if (user === undefined) return UNKNOWN_TOKEN;
      const may = await this.#rights.of(hashOf(key, namespace, name), this.#clock.now(), () =>
        this.#mayGet(user, platform, until),
      );
      return may ? 'granted' : forbidden(user, platform);
    } catch (error) {
      return this.#refusalOf(error);
    }
  }

  async #userOf(key: string, token: string, until: number): Promise<User | undefined> {
    const { tokens, knownTokens, allKnownTokens } = this.#budgets;
    const name = this.#known.get(key);
    const [line, isWithin] =
      name === undefined
        ? [this.#unknownLine, () => tokens.take('', this.#clock.now())]
        : [
            this.#knownLine,
            () => knownTokens.take(name, this.#clock.now()) && allKnownTokens.take('', this.#clock.now()),
          ];
    const user = await this.#review(line, isWithin, until, (ms) => this.#reviews.userOf(token, ms));
    if (user === undefined) this.#known.delete(key);
    else this.#known.set(key, user.username);
    return user;
  }

  async #mayGet(user: User, platform: PlatformName, until: number): Promise<boolean> {
    const { rights, allRights } = this.#budgets;
    // What one user may not ask is taken from no other.
    const isWithin = () =>
      rights.take(user.username, this.#clock.now()) && allRights.take('', this.#clock.now());
    return this.#review(this.#knownLine, isWithin, until, (ms) => this.#reviews.mayGet(user, platform, ms));
  }

  async #review<T>(
    line: Line,
    isWithinBudget: () => boolean,
    until: number,
    ask: (timeoutMs: number) => Promise<T>,
  ): Promise<T> {
    if (line.isFull || !isWithinBudget()) throw new TooManyReviews();
    return line.run(() => {
      const left = until - this.#clock.now();
      if (left <= 0) throw new TooLate();
      return ask(left);
    });
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

function forbidden({ username }: User, { namespace, name }: PlatformName): Refusal {
  return {
    status: 403,
    error: `User "${username}" may not get LeadPlatform "${name}" in namespace "${namespace}". Ask an administrator for a role there that allows it, such as view.`,
  };
}

/** One text of no more than 44 characters, however long the parts are; other parts give another one. */
const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64');

/** Reviews that go out at the same time, and those that wait for one to end. */
class Line {
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #waiting: number;

  constructor({ atOnce, waiting }: { readonly atOnce: number; readonly waiting: number }) {
    this.#limit = pLimit(atOnce);
    this.#waiting = waiting;
  }

  get isFull(): boolean {
    return this.#limit.pendingCount >= this.#waiting;
  }

  run<T>(review: () => Promise<T>): Promise<T> {
    // Async, so that what is thrown at once is a rejection.
    return this.#limit(async () => review());
  }
}

/** Of so many entries the newest; one that is set again is new. */
class Newest<T> {
  readonly #most: number;
  readonly #entries = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, entry: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= this.#most) return;
    const [oldest = ''] = this.#entries.keys();
    this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

/** Answers by key for a while, those under way included. A question that fails is put again. */
class RecentAnswers<T> {
  readonly #answers: Newest<{ readonly answer: Promise<T>; readonly until: number }>;

  constructor(most: number) {
    this.#answers = new Newest(most);
  }

  of(key: string, now: number, ask: () => Promise<T>): Promise<T> {
    const found = this.#answers.get(key);
    if (found !== undefined && now < found.until) return found.answer;
    const answer = ask();
    this.#answers.set(key, { answer, until: now + BELIEVED_MS });
    answer.catch(() => {
      if (this.#answers.get(key)?.answer === answer) this.#answers.delete(key);
    });
    return answer;
  }
}
