/** A client of Postgres whose driver sees whole frames that were checked, and values of the few types that are asked for. */
import type { Socket } from 'node:net';
import pg from 'pg';
import { guard as standardGuard, type Guard } from '../guard/guard.ts';

/** @param what Such as `Postgres at db:5432`. */
export function guardedClient(what: string, guard: Guard = standardGuard): typeof pg.Client {
  return class GuardedClient extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      const { connection } = this;
      const isEncrypted = (connection as unknown as { readonly ssl: unknown }).ssl !== false;
      const guardIt = (): void => guard(connection.stream as Socket, what, 'postgres');
      // With TLS the driver makes another socket of the first one, and listens to that.
      if (isEncrypted) connection.on('sslconnect', guardIt);
      else guardIt();
    }
  };
}

/** By the number of a type. The driver knows many more, and parses what a server names; the rest is text here. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [16, (text) => text === 't'],
  ...[21, 23, 26, 700, 701].map((type) => [type, Number] as const),
]);

export const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((type: number) => PARSERS.get(type) ?? String) as pg.CustomTypesConfig['getTypeParser'],
};
