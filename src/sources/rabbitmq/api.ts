/** The management API of one RabbitMQ with one credential; questions of all platforms share its connections. */
import type { RabbitmqStore } from '../../api/schema/stores.ts';
import { Breaker } from '../breaker.ts';
import type { Credential } from '../credentials.ts';
import { SourceFailure } from '../failure.ts';
import { HttpClient } from '../http/client.ts';

export interface RabbitmqSettings extends Credential {
  readonly host: string;
  readonly port: number;
}

export function rabbitmqSettings(
  { host, managementPort }: RabbitmqStore,
  credential: Credential,
): RabbitmqSettings {
  return { host, port: managementPort, ...credential };
}

export class RabbitmqApi {
  readonly #client: HttpClient;
  readonly #origin: string;
  readonly #breaker = new Breaker();
  readonly #elapsed: () => number;

  constructor({ host, port, user, password, tls }: RabbitmqSettings, elapsed: () => number) {
    this.#client = new HttpClient(undefined, {
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password }),
      tls,
    });
    this.#origin = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.#elapsed = elapsed;
  }

  /** What the API says at a path, within the last `maxAge` milliseconds. Throws `SourceFailure`. */
  async get(path: string, now: number, maxAge: number): Promise<unknown> {
    this.#breaker.check(this.#elapsed());
    try {
      const answer = await this.#client.json(`${this.#origin}/api${path}`, now, maxAge);
      this.#breaker.succeeded();
      return answer;
    } catch (error) {
      if (error instanceof SourceFailure && AWAY.has(error.reason))
        this.#breaker.failed(error, this.#elapsed());
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** Ten bad logins are noticed by somebody: a credential that is refused is not tried at every poll. */
const AWAY: ReadonlySet<string> = new Set(['SourceUnreachable', 'SourceTimeout', 'CredentialRejected']);
