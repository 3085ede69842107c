/** Signals that are read over HTTP. Equal questions of several platforms are asked once. */
import { known, type Instant } from '../../model/reading.ts';
import { SourceFailure } from '../failure.ts';
import { observe } from '../observe.ts';
import type { Observation, SignalKey, Source } from '../port.ts';
import { toBase, type Kind } from '../units.ts';
import type { HttpClient } from './client.ts';
import { numberAt } from './json-path.ts';
import { resultOf } from './prometheus-result.ts';

interface HttpSettings {
  readonly url: string;
  readonly path: string;
  readonly unit: string;
  readonly of?: number | undefined;
  readonly interval: number;
}

interface PrometheusSettings {
  readonly url: string;
  readonly query: string;
  readonly unit: string;
  readonly interval: number;
}

/** A number in the JSON answer of an endpoint. */
export function httpJson(client: HttpClient, reads: SignalKey, kind: Kind, settings: HttpSettings): Source {
  const { url, path, unit, of, interval } = settings;
  const source: Source = {
    name: `http:${reads}`,
    interval,
    reads: [reads],
    poll: (now: Instant, signal): Promise<Observation> =>
      observe(source, signal, async () => {
        const value = numberAt(await client.json(url, now, interval / 2), path);
        return { [reads]: known(toBase(kind, value, unit, of), now) };
      }),
  };
  return source;
}

/** The result of a PromQL query, as of `now`. */
export function prometheus(
  client: HttpClient,
  reads: SignalKey,
  kind: Kind,
  settings: PrometheusSettings,
): Source {
  const { url, query, unit, interval } = settings;
  const source: Source = {
    name: `prometheus:${reads}`,
    interval,
    reads: [reads],
    poll: (now: Instant, signal): Promise<Observation> =>
      observe(source, signal, async () => {
        const { value, at } = resultOf(await ask(client, url, query, now), now);
        return { [reads]: known(toBase(kind, value, unit), at) };
      }),
  };
  return source;
}

async function ask(client: HttpClient, base: string, query: string, now: Instant): Promise<unknown> {
  const url = new URL(`${base.replace(/\/+$/, '')}/api/v1/query`);
  url.searchParams.set('query', query);
  url.searchParams.set('time', String(now / 1_000));
  try {
    return await client.json(url.href, now, 0);
  } catch (error) {
    // Prometheus answers 400 and 422 to what it cannot parse or run.
    if (error instanceof SourceFailure && (error.httpStatus === 400 || error.httpStatus === 422)) {
      throw new SourceFailure('SourceRefused', `${error.message}; is the PromQL right?`);
    }
    throw error;
  }
}
