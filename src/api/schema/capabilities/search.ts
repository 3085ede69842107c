/** An Elasticsearch that Elastic's operator (ECK) runs, and how the application fills it. */
import * as z from 'zod';
import { count, duration } from '../primitives.ts';
import { engineResources, storage, storageClassName } from './engine.ts';

export const Search = z
  .strictObject({
    version: z
      .string()
      .min(5)
      .max(20)
      .regex(/^\d+\.\d+\.\d+$/, 'must be a version like 9.1.0')
      .default('9.1.0')
      .meta({ description: 'The version of Elasticsearch. Default: 9.1.0.' }),
    nodes: count(15).min(1).default(3).meta({
      description: 'Nodes, each with a volume; with one, a node that is drained is an outage. Default: 3.',
    }),
    storage: storage('20Gi'),
    storageClassName: storageClassName(),
    resources: engineResources(),
    tls: z.boolean().default(true).meta({
      description:
        'HTTPS, with the certificate of a CA that the application must trust: its text is in ELASTICSEARCH_CA. Default: true.',
    }),
    driver: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[A-Za-z0-9_-]+$/, 'must be letters, digits, dashes and underscores')
      .default('elastic')
      .meta({ description: 'What SCOUT_DRIVER is set to. Default: elastic.' }),
    indexCommand: z
      .array(z.string().max(1_000))
      .min(1)
      .max(50)
      .default(['php', 'artisan', 'scout:import', 'App\\Models\\Lead'])
      .meta({
        description:
          'Fills the index, in a pod of the application; harmless to repeat. Default: php artisan scout:import App\\Models\\Lead.',
        'x-kubernetes-list-type': 'atomic',
      }),
    indexTimeout: duration().prefault('12h').meta({ description: 'How long that may take. Default: 12h.' }),
    indexGeneration: count(1_000_000)
      .default(1)
      .meta({ description: 'Raise it to have the index filled again. Default: 1.' }),
  })
  .meta({ description: 'The Elasticsearch that the operator asks ECK for, and how it is filled.' });
export type Search = z.output<typeof Search>;
