import * as z from 'zod';
import { ruled, urlPath } from '../primitives.ts';
import { httpUrl } from './engine.ts';

const jsonPath = (what: string, fallback: string) =>
  z
    .string()
    .min(1)
    .max(200)
    .regex(
      /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
      'must be names of fields with dots between them, like settings.cache_store',
    )
    .default(fallback)
    .meta({ description: `${what} Default: ${fallback}.` });

export const SettingsEndpoint = ruled(
  z.strictObject({
    path: urlPath()
      .optional()
      .meta({ description: 'A path of the application, asked through the Service of the platform.' }),
    url: httpUrl('A URL, where it is not the application itself that tells.').optional(),
    cacheStore: jsonPath('Where the answer has the cache store in use.', 'settings.cache_store'),
    queueConnection: jsonPath(
      'Where the answer has the queue connection in use.',
      'settings.queue_connection',
    ),
  }),
  {
    description:
      'Where the application tells the settings that are in effect, as JSON: a cached configuration ignores the environment. Left out: the environment of the pods is what counts.',
  },
  {
    rule: 'has(self.path) != has(self.url)',
    message:
      'capabilities.settingsEndpoint needs path or url, and not both; keep the one that the application answers',
    holds: ({ path, url }) => (path !== undefined) !== (url !== undefined),
  },
);
export type SettingsEndpoint = z.output<typeof SettingsEndpoint>;
