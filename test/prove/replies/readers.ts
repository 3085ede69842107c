/** The running sources of a platform for each port, and the questions of its capabilities, one poll after another. */
import { LeadPlatformSpec, type LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { Probe } from '../../../src/probes/probe.ts';
import { UNKNOWN_REASONS } from '../../../src/model/reading.ts';
import { probeRunnerOf, createSources, Pools, type SourceDeps } from '../../../src/sources/index.ts';
import type { Guard } from '../../../src/sources/guard/guard.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
import type { Protocol } from './servers.ts';

export interface Readers {
  /** Polls until `signal` aborts. Rejects where a source throws, or answers with something that is no reading. */
  run(signal: AbortSignal): Promise<void>;
  /** How often each reason was given, and `known`. */
  readonly heard: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

const secretRef = { name: 'login' };
const tls = { mode: 'Disable' } as const;

const SIGNALS = {
  activeLeads: { postgres: { table: 'leads', condition: 'open' } },
} satisfies LeadPlatformSpecInput['signals'];

function inputFor(protocol: Protocol, port: number, isOdd: boolean): Partial<LeadPlatformSpecInput> {
  const host = '127.0.0.1';
  const url = `http://${host}:${port}`;
  switch (protocol) {
    case 'postgres':
      return { stores: { postgres: { host, port, secretRef, tls } }, signals: SIGNALS };
    case 'redis':
      return {
        stores: {
          redis: {
            port,
            secretRef,
            tls,
            ...(isOdd ? { host } : { sentinel: { master: 'main', hosts: [{ host, port }] } }),
          },
        },
        signals: { responseTime: { redis: {} } },
      };
    case 'http':
      return {
        stores: { rabbitmq: { host, managementPort: port, secretRef, tls } },
        signals: {
          queueDepth: { rabbitmq: {} },
          agents: { http: { url: `${url}/health`, path: 'a.b' } },
          responseTime: { prometheus: { url, query: 'up' } },
        },
      };
  }
}

function asksFor({ stores }: LeadPlatformSpec): readonly Probe[] {
  const { postgres, redis, rabbitmq } = stores;
  return [
    ...(postgres
      ? [{ kind: 'postgres', id: 'p', store: postgres, query: 'SELECT 1 AS value' } as const]
      : []),
    ...(redis
      ? [
          {
            kind: 'redis',
            id: 'r',
            store: redis,
            queues: { prefix: 'laravel_database_', clusterNames: false, names: ['default'] },
          } as const,
          { kind: 'horizon', id: 'h', store: redis, prefix: 'h:', queues: ['default'] } as const,
        ]
      : []),
    ...(rabbitmq ? [{ kind: 'rabbitmq', id: 'q', store: rabbitmq, queues: ['default'] } as const] : []),
  ];
}

export function readersOf(protocol: Protocol, ports: readonly number[], guard?: Guard): Readers {
  // Hours pass from one look to the next, so that no wait after a failure keeps anything from being asked.
  let elapsed = 0;
  const pools = new Pools({
    addresses: LOOPBACK,
    elapsed: () => (elapsed += 200_000),
    ...(guard && { guard }),
  });
  const deps: SourceDeps = {
    pools,
    readSecret: () => Promise.resolve({ username: 'reader', password: 'secret' }),
    readUsage: () => Promise.resolve({ unavailable: 'Absent', reason: '' } as const),
  };
  const heard: Record<string, number> = {};
  const hear = (said: unknown): void => {
    const word = wordOf(said);
    heard[word] = (heard[word] ?? 0) + 1;
  };
  let now = Date.UTC(2026, 0, 1);
  const closes: (() => void)[] = [];

  const readFrom = async (port: number, index: number, signal: AbortSignal): Promise<void> => {
    const spec = LeadPlatformSpec.parse({ image: 'brain:1', ...inputFor(protocol, port, index % 2 === 1) });
    const sources = createSources(spec, deps).filter(({ name }) => !/^kubernetes|:none$/.test(name));
    const runners = asksFor(spec).map((probe) => probeRunnerOf(probe, deps, () => now));
    closes.push(...sources.map((source) => () => source.close?.()), ...runners.map(({ close }) => close));
    while (!signal.aborted) {
      now += 3_600_000;
      const polls = sources.map(async (source) => {
        for (const reading of Object.values(await source.poll(now, signal)))
          for (const one of isReading(reading) ? [reading] : Object.values(reading as object)) hear(one);
      });
      await Promise.all([...polls, ...runners.map(async ({ put }) => hear(await put(signal)))]);
    }
  };

  return {
    heard,
    run: async (signal) => {
      await Promise.all(ports.map((port, index) => readFrom(port, index, signal)));
    },
    close: async () => {
      for (const close of closes) close();
      await pools.close();
    },
  };
}

const isReading = (found: unknown): boolean =>
  typeof found === 'object' && found !== null && ('unknown' in found || 'value' in found);

/** Throws where it is neither a value that can be reckoned with nor an unknown with a reason and a sentence. */
function wordOf(said: unknown): string {
  const { unknown, message, value, facts } = said as Readonly<Record<string, unknown>>;
  if (unknown !== undefined) {
    const reason = UNKNOWN_REASONS.find((each) => each === unknown);
    if (reason === undefined || typeof message !== 'string' || message.length > 500)
      throw new Error(`An unknown without a reason or a sentence: ${JSON.stringify(said).slice(0, 300)}`);
    return reason;
  }
  if (facts !== undefined) return 'known';
  const numbers = typeof value === 'number' ? [value] : Object.values(value as object);
  if (numbers.length === 0 || !numbers.every((number) => Number.isFinite(number)))
    throw new Error(`A reading that is no number: ${JSON.stringify(said).slice(0, 300)}`);
  return 'known';
}
