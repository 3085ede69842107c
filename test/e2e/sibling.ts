/** More platforms beside that of a test file, on the same stores: what takes its time can be seen in all of them at once. */
import { condition, type LeadPlatform, leadPlatform, untilItAnswers, urlOf } from './lead-platform.ts';
import { type Platform, platformName } from './platform.ts';

export interface Sibling extends LeadPlatform {
  readonly name: string;
  /** Where leads are posted. */
  readonly url: string;
}

/** A platform with the spec of the first one; back when it is Ready. */
export async function startSibling({ kubectl, find }: Platform, name: string): Promise<Sibling> {
  const { apiVersion, kind, spec } = JSON.parse(
    await kubectl(['get', `leadplatform/${platformName}`, '--output=json']),
  ) as Record<'apiVersion' | 'kind' | 'spec', unknown>;
  const copy = { apiVersion, kind, metadata: { name }, spec };
  await kubectl(['apply', '--server-side', '--filename=-'], { input: JSON.stringify(copy) });
  const { status, spec: change, until } = leadPlatform({ kubectl, find }, name);
  await until('it is Ready', (now) => condition(now, 'Ready') === 'True');
  const url = await urlOf({ kubectl }, name);
  await untilItAnswers(url);
  return { name, url, status, spec: change, until };
}
