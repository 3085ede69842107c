import type { HttpProbe } from '../probes/probe.ts';
import type { Capability } from './contract/capability.ts';
import { blocked, type PartialContribution, gated, ready, type Step } from './contract/contribution.ts';
import type { EnvVar } from '../workloads/pod-shape.ts';
import { environmentOnly, named } from './environment.ts';
import { type Entry, isLetIn } from './entry/entry.ts';
import { ingressEntry } from './entry/ingress.ts';
import { routeEntry } from './entry/route.ts';
import { asksFor } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';

export const cdn: Capability = {
  name: 'cdn',
  prerequisites: ['the address of a CDN'],
  summary: 'Serves static assets from elsewhere.',
  manual: {
    fields: ['spec.capabilities.cdn', 'spec.capabilities.environment', 'spec.capabilities.loadBalancer'],
    how: 'Every pod gets `ASSET_URL` with the address that you give, by a rolling update. Where requests come in by the Ingress or the HTTPRoute of `load-balancer`, one more of the same kind has the paths of assets alone (`assetPaths`) and makes its controller send cache headers: `cacheControl` by a Gateway, `ingressAnnotations` by an ingress controller, for which there is no common word. Pages and leads get none: a CDN must not keep them. **AddressAnswers**: the operator asks the address itself, without verifying its certificate; any answer but an error of the server (5xx) will do. Until then no pod gets `ASSET_URL`; those that have it keep it while the CDN is away.',
    costs: 'Whatever the CDN costs. One rolling update.',
    touches:
      'The environment of every pod, and an Ingress or an HTTPRoute `<platform>-assets`. The CDN itself is yours: the operator asks it for the headers of `assetUrl` now and then (`HEAD`), and needs a way out to it. A configuration that was cached when the image was built ignores `ASSET_URL`.',
    undo: 'Remove `spec.capabilities.cdn.assetUrl`, or set the policy of `cdn` to `Never`: the variable is removed. Nothing is left.',
  },
  build: (context) => {
    const { assetUrl } = context.spec.capabilities.cdn;
    if (context.wanted && assetUrl === undefined) {
      return blocked(
        'AddressMissing',
        'spec.capabilities.cdn.assetUrl is not set. Set it, or turn cdn off: spec.transitions.policies: [{capability: cdn, policy: Never}]',
      );
    }
    const env = [{ name: 'ASSET_URL', value: assetUrl ?? '' }];
    if (!context.wanted || assetUrl === undefined) return environmentOnly(context, env, ready(''));
    return linked(context, assetUrl, env);
  },
};

function linked(context: CapabilityContext, assetUrl: string, env: readonly EnvVar[]): PartialContribution {
  const probe: HttpProbe = { kind: 'http', id: 'cdn/address', url: assetUrl, acceptsAnything: true };
  const entry = assetEntry(context);
  const answers = addressAnswers(context, probe);
  const variables = named(context.spec, env);
  const isInUse = context.transitionState.wanted.some(
    ({ live }) => live !== undefined && asksFor(live.object, variables, true),
  );
  const { env: linking, ...rest } = environmentOnly(
    context,
    env,
    ready(`Every pod links its assets to ${assetUrl}, which answers.`),
    entry === undefined ? [] : [entry.step],
  );
  const added: Partial<PartialContribution> = {
    probes: [probe],
    ...(entry !== undefined && { objects: [entry.object] }),
    // No page is sent to an address that nobody answers at. Nor are those that link to it changed while it is away.
    ...((answers.done || isInUse) && linking !== undefined && { env: linking }),
  };
  // What the user's own environment overrides is told first: then nothing of ours is in force, whoever answers.
  if (rest.steps === undefined) return { ...rest, ...added };
  const steps = [answers, ...rest.steps];
  return { ...(answers.done ? { ...rest, steps } : gated(steps, ready(''))), ...added };
}

/** Also where it says that it has nothing there: files of the CDN have names of their own. */
function addressAnswers(context: CapabilityContext, probe: HttpProbe): Step {
  const answer = context.probeResult(probe);
  const step = (waits: string): Step => ({
    name: 'AddressAnswers',
    done: waits === '',
    waits,
    // Whoever gave the address has to correct it, or their network; until it has been asked nobody has.
    ...(answer === undefined ? { onTimeout: 'wait' } : { waitsFor: 'person' }),
  });
  if (answer === undefined) return step(`${probe.url} has not been asked yet`);
  if ('unknown' in answer) return step(`${probe.url} does not answer (${answer.unknown}): ${answer.message}`);
  return step('');
}

/** Cache headers are for assets alone: on the way in of everything a CDN would keep pages, and leads in them. */
function assetEntry(context: CapabilityContext): Entry | undefined {
  const { cdn: settings, loadBalancer } = context.spec.capabilities;
  const { assetPaths: paths, cacheControl: value, ingressAnnotations: annotations } = settings;
  if (!isLetIn(context)) return undefined;
  const ours = { name: `${context.platform.name}-assets`, capability: 'cdn', paths } as const;
  if (loadBalancer.ingress !== undefined && Object.keys(annotations).length > 0) {
    return ingressEntry(context, loadBalancer.ingress, { ...ours, annotations });
  }
  if (loadBalancer.gateway !== undefined && value !== undefined && context.serves('HTTPRoute')) {
    const headers = [{ name: 'Cache-Control', value }];
    return routeEntry(context, loadBalancer.gateway, { ...ours, headers });
  }
  return undefined;
}
