import { z } from 'zod';
import { httpUrl } from './engine.ts';

export const Cdn = z
  .strictObject({
    assetUrl: httpUrl(
      'The address of the CDN, which becomes ASSET_URL, like https://cdn.example.com.',
    ).optional(),
    ingressAnnotations: z
      .record(z.string().max(253), z.string().max(4_096))
      .refine((map) => Object.keys(map).length <= 20, { message: 'has more than 20 entries' })
      .default({})
      .meta({
        description:
          'Annotations of the Ingress that make its controller send cache headers; they are different for each controller. Default: none.',
        maxProperties: 20,
      }),
  })
  .meta({ description: 'The CDN for static assets.' });
