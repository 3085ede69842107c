/** The queues of one virtual host, from the management API of a RabbitMQ; all platforms with the same credential share it. */
import type { RabbitmqStore } from '../../api/schema/stores.ts';
import type { Instant } from '../../model/reading.ts';
import { Breaker } from '../breaker.ts';
import type { ConnectionContext } from '../connection-context.ts';
import type { Credential } from '../credentials.ts';
import { SourceFailure } from '../failure.ts';
import { basicAuth, HttpClient } from '../http/client.ts';

export interface RabbitmqSettings extends Credential {
  readonly host: string;
  readonly port: number;
  readonly vhost: string;
}

export function rabbitmqSettings(
  { host, managementPort, vhost }: RabbitmqStore,
  credential: Credential,
): RabbitmqSettings {
  return { host, port: managementPort, vhost, ...credential };
}

export class RabbitmqApi {
  readonly #client: HttpClient;
  readonly #what: string;
  readonly #vhost: string;
  readonly #url: string;
  readonly #breaker = new Breaker();
  readonly #elapsed: () => number;

  constructor(settings: RabbitmqSettings, context: ConnectionContext) {
    const { host, port, vhost, user, password, tls } = settings;
    this.#client = new HttpClient(
      { authorize: password === undefined ? undefined : basicAuth(user, password), tls },
      context,
    );
    const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.#what = `RabbitMQ at ${authority}`;
    this.#vhost = vhost;
    this.#url = `${tls === undefined ? 'http' : 'https'}://${authority}/api/queues/${encodeURIComponent(vhost)}`;
    this.#elapsed = context.elapsed;
  }

  /** All queues, as of the last `maxAge` milliseconds. Throws `SourceFailure`, at once while the server is known to be away. */
  async queues<T>(query: string, now: Instant, maxAge: number): Promise<readonly T[]> {
    this.#breaker.check(this.#elapsed());
    try {
      const answer = await this.#client.json(`${this.#url}?${query}`, now, maxAge);
      this.#breaker.succeeded();
      if (Array.isArray(answer)) return answer.filter(isQueue) as readonly T[];
      throw new SourceFailure(
        'NotANumber',
        `${this.#what} answered with something that is no list of queues`,
      );
    } catch (error) {
      const failure = this.#explain(error);
      if (failure instanceof SourceFailure && AWAY.has(failure.reason)) {
        this.#breaker.failed(failure, this.#elapsed());
      }
      throw failure;
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** What these answers of HTTP mean here. */
  #explain(error: unknown): unknown {
    if (!(error instanceof SourceFailure)) return error;
    if (error.reason === 'CredentialRejected') {
      return new SourceFailure(
        error.reason,
        `${this.#what} does not let the user in: its password is wrong, or it lacks the tag monitoring or a permission on the virtual host ${this.#vhost}; correct the Secret or the user`,
      );
    }
    if (error.reason === 'NotFound') {
      return new SourceFailure(
        error.reason,
        `${this.#what} knows no virtual host ${this.#vhost}; correct stores.rabbitmq.vhost`,
      );
    }
    return error;
  }
}

/** A list of anything else has no queue in it that we could look for. */
const isQueue = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string';

/** A client that tries a wrong password too often is locked out: a credential that is refused is not tried at every poll. */
const AWAY: ReadonlySet<string> = new Set(['SourceUnreachable', 'SourceTimeout', 'CredentialRejected']);
