/** Databases that the operator has CloudNativePG make: one a service, or one a shard. */
import * as z from 'zod';
import { image } from '../kubernetes.ts';
import { count, objectName, ruled, shortName, textSet } from '../primitives.ts';
import { engineResources, storage, storageClassName } from './engine.ts';

const instances = () =>
  count(10)
    .min(1)
    .default(2)
    .meta({ description: 'Instances of the Cluster, the primary included. Default: 2.' });

const move = () =>
  z
    .strictObject({
      command: z.array(z.string().max(1_000)).min(1).max(50).meta({
        description:
          'The command of the Job. It has the environment of the application, and that of the new database with NEW_ before each name.',
        'x-kubernetes-list-type': 'atomic',
      }),
      image: image()
        .optional()
        .meta({ description: 'The image of the Job. Default: that of the application.' }),
    })
    .optional()
    .meta({
      description:
        'A command of the application that moves the data. Once its Job has succeeded, pods are switched. Default: none; you say so with the annotation leadplatform.io/data-moved.',
    });

const parts = (what: string) =>
  textSet(z.string().min(1).max(106), 50)
    .min(1)
    .optional()
    .meta({ description: what, 'x-kubernetes-list-type': 'set' });

const ServiceDatabase = z.strictObject({
  name: shortName()
    .max(14)
    .meta({ description: 'The name of the service; its Cluster is <platform>-db-<name>.' }),
  parts: parts(
    'The components whose pods use the database, like ingest, sync, queue-default or service-orders. Default: service-<name>.',
  ),
  secretName: objectName().optional().meta({
    description:
      'A database that is yours, by the Secret of it, with the keys host, port, dbname, username and password. Default: none; the operator has a Cluster made.',
  }),
  instances: instances(),
  storage: storage('10Gi'),
  storageClassName: storageClassName(),
  resources: engineResources(),
});
export type ServiceDatabase = z.output<typeof ServiceDatabase>;

export const DatabasePerService = ruled(
  z.strictObject({
    services: z
      .array(ServiceDatabase)
      .max(20)
      .default([])
      .meta({
        description: 'The services that get a database of their own. Default: none.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    move: move(),
  }),
  { description: 'A database for each service.' },
);

export const DatabaseSharding = z
  .strictObject({
    shards: count(16)
      .min(2)
      .default(2)
      .meta({ description: 'Databases that the leads are spread over. Default: 2.' }),
    parts: parts('The components whose pods get the map of the shards. Default: every one.'),
    instances: instances(),
    storage: storage('50Gi'),
    storageClassName: storageClassName(),
    resources: engineResources(),
    move: move(),
  })
  .meta({
    description: 'The databases that the leads are spread over, each a Cluster <platform>-shard-<n>.',
  });
