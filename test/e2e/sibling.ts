/** More platforms beside that of a test file, on the same stores: what takes its time can be seen in all of them at once. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Platform, PlatformStatus } from './platform.ts';
import { condition, platformName, untilItAnswers } from './platform.ts';

export interface Sibling {
  readonly name: string;
  /** Where leads are posted. */
  readonly url: string;
  status(): Promise<PlatformStatus>;
  spec(patch: object): Promise<void>;
  /** Polls the status until it is so; the error shows what there was instead. */
  until(
    what: string,
    predicate: (status: PlatformStatus) => boolean,
    deadlineMs?: number,
  ): Promise<PlatformStatus>;
}

/** A platform with the spec of the first one; back when it is Ready. */
export async function startSibling({ kubectl }: Platform, name: string): Promise<Sibling> {
  const { apiVersion, kind, spec } = JSON.parse(
    await kubectl(['get', `leadplatform/${platformName}`, '--output=json']),
  ) as Record<'apiVersion' | 'kind' | 'spec', unknown>;
  const copy = { apiVersion, kind, metadata: { name }, spec };
  await kubectl(['apply', '--server-side', '--filename=-'], { input: JSON.stringify(copy) });
  const status = async () => {
    const text = await kubectl(['get', `leadplatform/${name}`, '--output=json']);
    return (JSON.parse(text) as { status?: PlatformStatus }).status ?? {};
  };
  const until: Sibling['until'] = async (what, predicate, deadlineMs = 120_000) => {
    const deadline = Date.now() + deadlineMs;
    for (;;) {
      const now = await status();
      if (predicate(now)) return now;
      if (Date.now() > deadline) {
        throw new Error(
          `${name}, not within ${deadlineMs / 1000} s: ${what}\n${JSON.stringify(now, null, 1)}`,
        );
      }
      await delay(300);
    }
  };
  await until('it is Ready', (now) => condition(now, 'Ready') === 'True');
  const url = await urlOf({ kubectl }, name);
  await untilItAnswers(url);
  return {
    name,
    url,
    status,
    spec: async (patch) => {
      const text = JSON.stringify({ spec: patch });
      await kubectl(['patch', `leadplatform/${name}`, '--type=merge', `--patch=${text}`]);
    },
    until,
  };
}

/** Where leads are posted: the address of the Service. */
export async function urlOf({ kubectl }: Pick<Platform, 'kubectl'>, name = platformName): Promise<string> {
  const address = await kubectl(['get', 'service', name, '--output=jsonpath={.spec.clusterIP}']);
  return `http://${address}/api/leads`;
}
