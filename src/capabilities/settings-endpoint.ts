/** What the application itself says of its settings, where it does: a cached configuration ignores the environment. */
import { childNames } from '../kube/names.ts';
import type { Probe, HttpProbe } from '../probes/probe.ts';
import type { Step } from './contract/contribution.ts';
import type { CapabilityContext } from './contract/context.ts';
import { own } from '../api/own.ts';

export function settingInEffect(
  context: CapabilityContext,
  which: 'cacheStore' | 'queueConnection',
  value: string,
): { readonly steps: readonly Step[]; readonly probes: readonly Probe[] } {
  const endpoint = context.spec.capabilities.settingsEndpoint;
  if (endpoint === undefined) return { steps: [], probes: [] };
  const { name, namespace } = context.platform;
  const probe: HttpProbe = {
    kind: 'http',
    id: 'settings',
    url: endpoint.url ?? `http://${childNames(name).service}.${namespace}${endpoint.path ?? ''}`,
  };
  const answer = context.probeResult(probe);
  const path = endpoint[which];
  // Whatever it says, to take the variables back would not cure it.
  const step = (done: boolean, waits: string, isSteady = false) => ({
    steps: [{ name: 'SettingInEffect', done, waits, onTimeout: 'wait', isSteady } as const],
    probes: [probe],
  });
  if (answer === undefined) return step(false, 'the application has not been asked yet', true);
  if ('unknown' in answer) {
    const why = `the application does not tell its settings (${answer.unknown}): ${answer.message}`;
    return step(false, why, true);
  }
  const said = at(answer.facts.body, path);
  // Not what it says: an answer is somebody else's text.
  return step(
    said === value,
    `the application does not say ${value} at ${path}; its configuration may be cached: run \`php artisan config:clear\` in the image, or cache it at the start (app-optimize)`,
  );
}

function at(body: unknown, path: string): unknown {
  let value: unknown = body;
  for (const key of path.split('.')) {
    value =
      typeof value === 'object' && value !== null
        ? own(value as Readonly<Record<string, unknown>>, key)
        : undefined;
  }
  return value;
}
