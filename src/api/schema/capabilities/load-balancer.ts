import * as z from 'zod';
import { annotations, pathPrefix } from '../kubernetes.ts';
import { count, listMap, objectName, ruled, textSet } from '../primitives.ts';

const IP_ADDRESS = /^(\d+\.){3}\d+$/;

const hostname = () =>
  ruled(
    z
      .string()
      .min(1)
      .max(253)
      .regex(
        /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
        'must be a host name in lower case, like leads.example.com',
      ),
    {},
    {
      rule: `!self.matches(r'${IP_ADDRESS.source}')`,
      message: 'must be a host name and not an IP address; leave hosts out to answer every one',
      holds: (host) => !IP_ADDRESS.test(host),
    },
  );

const hosts = (what: string) =>
  textSet(hostname(), 20).default([]).meta({ description: what, 'x-kubernetes-list-type': 'set' });

export const LoadBalancer = ruled(
  z.strictObject({
    ingress: z
      .strictObject({
        className: objectName()
          .optional()
          .meta({ description: "The IngressClass. Default: the cluster's own." }),
        hosts: hosts(
          'The host names that it answers. Only those that the operator allows by --allow-hostname. Default: every one.',
        ),
        path: pathPrefix().default('/').meta({ description: 'The path prefix that it answers. Default: /.' }),
        tlsSecretName: objectName().optional().meta({
          description: 'The Secret with the certificate for the hosts. Default: no TLS at the Ingress.',
        }),
        annotations: annotations(
          'Annotations of the Ingress, for its controller or for cert-manager. Only those that the operator allows by --allow-ingress-annotation. Default: none.',
          30,
          4_096,
        ).default({}),
        publishesAddress: z.boolean().default(true).meta({
          description:
            'Whether its controller writes an address into the status of the Ingress, which is waited for. Default: true.',
        }),
      })
      .optional()
      .meta({
        description: 'Let an ingress controller spread requests: an Ingress to the Service of the platform.',
      }),
    gateway: z
      .strictObject({
        parentRefs: listMap(
          z.strictObject({
            name: objectName().meta({ description: 'The name of the Gateway.' }),
            namespace: objectName().optional().meta({ description: 'Its namespace. Default: this one.' }),
            sectionName: objectName().optional().meta({ description: 'The listener. Default: every one.' }),
          }),
          'name',
          5,
          'The Gateways that the route attaches to.',
        ).min(1),
        hostnames: hosts(
          'The host names that it answers. Only those that the operator allows by --allow-hostname. Default: those of the Gateway.',
        ),
        path: pathPrefix().default('/').meta({ description: 'The path prefix that it answers. Default: /.' }),
      })
      .optional()
      .meta({ description: 'Let a Gateway spread requests: an HTTPRoute to the Service of the platform.' }),
    service: z
      .strictObject({
        port: count(65_535)
          .min(1)
          .default(80)
          .meta({ description: 'The port of the load balancer. Default: 80.' }),
        annotations: annotations(
          'Annotations of the Service, for the cloud that makes the load balancer. Only those that the operator allows by --allow-ingress-annotation. Default: none.',
          30,
          4_096,
        ).default({}),
      })
      .optional()
      .meta({ description: 'Let the cloud spread requests: a Service of type LoadBalancer.' }),
  }),
  { description: 'How requests come in. One of ingress, gateway and service.' },
  {
    rule: '[has(self.ingress), has(self.gateway), has(self.service)].filter(given, given).size() <= 1',
    message:
      'capabilities.loadBalancer has more than one of ingress, gateway and service; keep the one by which requests come in',
    holds: ({ ingress, gateway, service }) =>
      [ingress, gateway, service].filter((given) => given !== undefined).length <= 1,
  },
);
export type LoadBalancer = z.output<typeof LoadBalancer>;
