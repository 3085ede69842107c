import * as z from 'zod';
import { annotations, pathPrefix } from '../kubernetes.ts';
import { textSet } from '../primitives.ts';

export const Cdn = z
  .strictObject({
    assetUrl: z
      .string()
      .min(9)
      .max(500)
      .regex(/^https:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, 'must be an https URL, like https://cdn.example.com')
      .optional()
      .meta({
        description: 'The address of the CDN, which becomes ASSET_URL, like https://cdn.example.com.',
      }),
    assetPaths: textSet(pathPrefix(), 10).min(1).default(['/build']).meta({
      description:
        'Where the application has its assets; cache headers are sent for these paths alone. Default: /build (Vite).',
      'x-kubernetes-list-type': 'set',
    }),
    cacheControl: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[\x20-\x7e]+$/, 'must be one line of plain text')
      .optional()
      .meta({
        description:
          'The header Cache-Control of assets, which a Gateway sends, like "public, max-age=31536000, immutable". Default: what the application sends.',
      }),
    ingressAnnotations: annotations(
      'Annotations by which an ingress controller sends cache headers; they are different for each controller, and stand on an Ingress of the assets alone. Only those that the operator allows by --allow-ingress-annotation. Default: none.',
      20,
      4_096,
    ).default({}),
  })
  .meta({ description: 'The CDN for static assets.' });
