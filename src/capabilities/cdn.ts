import type { Capability } from './capability.ts';
import { blocked, ready } from './contribution.ts';
import { environmentOnly } from './environment.ts';
import { type Entry, isLetIn } from './entry/entry.ts';
import { ingressEntry } from './entry/ingress.ts';
import { routeEntry } from './entry/route.ts';
import type { Site } from './site.ts';

export const cdn: Capability = {
  name: 'cdn',
  recommendedFrom: 10_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime'],
  prerequisites: ['the address of a CDN'],
  summary: 'Serves static assets from elsewhere.',
  manual: {
    fields: ['spec.capabilities.cdn', 'spec.capabilities.environment', 'spec.capabilities.loadBalancer'],
    how: 'Every pod gets `ASSET_URL` with the address that you give, by a rolling update. Where requests come in by the Ingress or the HTTPRoute of `load-balancer`, one more of the same kind has the paths of assets alone (`assetPaths`) and makes its controller send cache headers: `cacheControl` by a Gateway, `ingressAnnotations` by an ingress controller, for which there is no common word. Pages and leads get none: a CDN must not keep them. Whether the CDN answers is not asked.',
    costs: 'Whatever the CDN costs. One rolling update.',
    touches:
      'The environment of every pod, and an Ingress or an HTTPRoute `<platform>-assets`. The CDN itself is yours: the operator never talks to it. A configuration that was cached when the image was built ignores `ASSET_URL`.',
    undo: 'Remove `spec.capabilities.cdn.assetUrl`, or set the policy of `cdn` to `Never`: the variable is taken back. Nothing is left.',
  },
  build: (site) => {
    const { assetUrl } = site.spec.capabilities.cdn;
    if (site.wanted && assetUrl === undefined) {
      return blocked(
        'AddressMissing',
        'Nobody has said where the CDN is; give capabilities.cdn.assetUrl, or set the policy of cdn to Never.',
      );
    }
    const entry = site.wanted ? assetEntry(site) : undefined;
    return {
      ...environmentOnly(
        site,
        [{ name: 'ASSET_URL', value: assetUrl ?? '' }],
        ready(`Every pod links its assets to ${assetUrl ?? ''}, the address that you gave.`),
        entry === undefined ? [] : [entry.step],
      ),
      ...(entry !== undefined && { objects: [entry.object] }),
    };
  },
};

/** Cache headers are for assets alone: on the way in of everything a CDN would keep pages, and leads in them. */
function assetEntry(site: Site): Entry | undefined {
  const { cdn: settings, loadBalancer } = site.spec.capabilities;
  const { assetPaths: paths, cacheControl: value, ingressAnnotations: annotations } = settings;
  if (!isLetIn(site)) return undefined;
  const ours = { name: `${site.platform.name}-assets`, capability: 'cdn', paths } as const;
  if (loadBalancer.ingress !== undefined && Object.keys(annotations).length > 0) {
    return ingressEntry(site, loadBalancer.ingress, { ...ours, annotations });
  }
  if (loadBalancer.gateway !== undefined && value !== undefined && site.serves('HTTPRoute')) {
    const headers = [{ name: 'Cache-Control', value }];
    return routeEntry(site, loadBalancer.gateway, { ...ours, headers });
  }
  return undefined;
}
