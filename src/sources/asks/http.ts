/** What an HTTP endpoint says as JSON, under the same guard as signals that are read by HTTP. */
import type { HttpAsk } from '../../capabilities/asks.ts';
import type { SourceDeps } from '../deps.ts';
import type { Inquiry } from './index.ts';

/** Two platforms that ask for the same within this time get the same answer, in milliseconds. */
const SHARE_MS = 1_000;

export function askHttp({ url }: HttpAsk, { pools }: SourceDeps, now: () => number): Inquiry {
  return {
    put: async () => ({ status: 200, body: await pools.http.json(url, now(), SHARE_MS) }),
    close: () => undefined,
  };
}
