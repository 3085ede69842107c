/** Services that are split off the application, each with a Deployment of its own. */
import * as z from 'zod';
import { ReplicaBounds } from '../components.ts';
import { envName, image, pathPrefix } from '../kubernetes.ts';
import { count, duration, listMap, positive, ruled, textMap, textSet, urlPath } from '../primitives.ts';
import { Resources } from '../resources.ts';

const Service = ruled(
  z.strictObject({
    name: z
      .string()
      .min(1)
      .max(20)
      .regex(
        /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
        'must be lower-case letters, digits and dashes, like call-events',
      )
      .meta({ description: 'The name; its Deployment is <platform>-service-<name>.' }),
    first: z.boolean().default(false).meta({
      description:
        'Split off with the first ones; the others follow at allFrom. Where none is, the first of the list is. Default: false.',
    }),
    image: image().optional().meta({ description: 'The image. Default: spec.image.' }),
    command: z.array(z.string().max(1_000)).min(1).max(50).optional().meta({
      description: "The command, without a shell so that signals reach it. Default: the image's own.",
      'x-kubernetes-list-type': 'atomic',
    }),
    port: z.int().min(1).max(65_535).optional().meta({
      description:
        'The port on which it answers HTTP: it gets a Service and probes. Default: none; it works by itself, as a consumer does.',
    }),
    probe: z
      .strictObject({
        path: urlPath()
          .default('/up')
          .meta({ description: 'The path of the readiness and liveness probes. Default: /up (Laravel).' }),
      })
      .prefault({})
      .meta({ description: 'How the kubelet asks whether a replica can serve.' }),
    paths: textSet(pathPrefix(), 10).default([]).meta({
      description:
        'Path prefixes whose requests go to it instead of to the web side, by capabilities.loadBalancer (ingress or gateway). Default: none.',
      'x-kubernetes-list-type': 'set',
    }),
    resources: Resources.optional(),
    replicas: ReplicaBounds.prefault({}),
    capacity: z
      .strictObject({
        leadsPerMinute: positive().optional().meta({
          description:
            'Leads per minute that one replica can do its share of work for. It is sized for as many as the web side is. Default: twice what a replica of the web side takes in (`components.ingest.capacity.leadsPerMinute`), so 120.',
        }),
      })
      .prefault({})
      .meta({ description: 'What one replica can do.' }),
    drainTime: duration()
      .prefault('30s')
      .meta({ description: 'How long a replica that is to go may finish what it has begun. Default: 30s.' }),
    env: textMap(
      envName(),
      z.string().max(4_096),
      20,
      'Variables of this service alone, by name; they win over those of spec.env. Secrets belong in spec.envFrom.',
    ).default({}),
  }),
  { description: 'One service.' },
  {
    rule: '!has(self.paths) || self.paths.size() == 0 || has(self.port)',
    message: 'a service has paths but no port to answer them on; give it a port, or leave paths out',
    holds: ({ paths, port }) => paths.length === 0 || port !== undefined,
  },
);
export type Service = z.output<typeof Service>;

export const Microservices = z
  .strictObject({
    services: listMap(
      Service,
      'name',
      15,
      'The services. Default: one, webhook, that answers callLogSync.webhook.path with the command of the web side, so that calls of the dialer never wait behind pages.',
    ).optional(),
    allFrom: count().default(50_000).meta({
      description:
        'On a tier of this many leads/day, and above, every service is split off; below, those that are first. Default: 50000.',
    }),
  })
  .meta({ description: 'Which services are split off the application.' });
