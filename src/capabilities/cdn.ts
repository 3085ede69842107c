import type { Capability } from './capability.ts';
import { blocked, ready } from './contribution.ts';
import { environmentOnly } from './environment.ts';

export const cdn: Capability = {
  name: 'cdn',
  recommendedFrom: 10_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime'],
  prerequisites: ['the address of a CDN'],
  summary: 'Serves static assets from elsewhere.',
  manual: {
    fields: ['spec.capabilities.cdn', 'spec.capabilities.environment'],
    how: 'Every pod gets `ASSET_URL` with the address that you give, by a rolling update; the Ingress of `load-balancer`, where there is one, gets your annotations. On the way down the variable is taken back first.',
    costs: 'Whatever the CDN costs. One rolling update.',
    touches:
      'The environment of every pod, and annotations of the Ingress. The CDN itself is yours: the operator never talks to it.',
    undo: 'Remove `spec.capabilities.cdn.assetUrl`, or set the policy of `cdn` to `Never`. Nothing is left.',
  },
  build: (site) => {
    const { assetUrl } = site.spec.capabilities.cdn;
    if (site.wanted && assetUrl === undefined) {
      return blocked(
        'AddressMissing',
        'Nobody has said where the CDN is; give capabilities.cdn.assetUrl, or set the policy of cdn to Never.',
      );
    }
    return environmentOnly(
      site,
      [{ name: 'ASSET_URL', value: assetUrl ?? '' }],
      ready(`Every pod links its assets to ${assetUrl ?? ''}.`),
    );
  },
};
