/** Where the platform keeps its data, as the operator reaches it to measure. Credentials come from Secrets of the same namespace. */
import * as z from 'zod';
import { httpUrl } from './capabilities/engine.ts';
import { count, dataKey, objectName, ruled } from './primitives.ts';

const host = () =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(
      /^[A-Za-z0-9_]([-._:A-Za-z0-9]*[A-Za-z0-9])?$/,
      'must be a host name or an IP address, without scheme or port',
    );

const port = (fallback: number) =>
  z
    .int()
    .min(1)
    .max(65_535)
    .default(fallback)
    .meta({ description: `The port. Default: ${fallback}.` });

const Tls = z
  .strictObject({
    mode: z.enum(['Disable', 'Require', 'VerifyCA', 'VerifyFull']).default('VerifyFull').meta({
      description:
        'Disable: no TLS. Require: encrypted, unverified. VerifyCA: the chain is verified. VerifyFull: and the host name. Default: VerifyFull.',
    }),
    secretRef: z
      .strictObject({
        name: objectName().meta({ description: 'The name of the Secret.' }),
        caKey: dataKey()
          .default('ca.crt')
          .meta({ description: 'The key of the CA bundle. Default: ca.crt.' }),
        certKey: dataKey()
          .default('tls.crt')
          .meta({ description: 'The key of the client certificate, where there is one. Default: tls.crt.' }),
        keyKey: dataKey()
          .default('tls.key')
          .meta({ description: 'The key of the private key, where there is one. Default: tls.key.' }),
      })
      .optional()
      .meta({
        description:
          'CA bundle and client certificate. Default: the CAs that the system trusts, no client certificate.',
      }),
  })
  .meta({
    description:
      'TLS of the connection. Left out: no TLS, and then no password is sent: beside a secretRef write tls: {} to verify the server, or {mode: Disable} to send it in clear.',
  });

/** A Secret with a user name and a password. `user`: what is said of the first. */
export const credentialRef = (user: string, description: string) =>
  z
    .strictObject({
      name: objectName().meta({ description: 'The name of the Secret, in this namespace.' }),
      userKey: dataKey()
        .default('username')
        .meta({ description: `The key of ${user}. Default: username.` }),
      passwordKey: dataKey()
        .default('password')
        .meta({ description: 'The key of the password. Default: password.' }),
    })
    .optional()
    .meta({ description });

const credentials = (user: string) =>
  credentialRef(
    `the user name (default user: ${user})`,
    'The Secret with the credential that the operator measures with. It is read again when it changes.',
  );

export const PostgresStore = z
  .strictObject({
    host: host().meta({ description: 'The host name of the server.' }),
    port: port(5432),
    database: z
      .string()
      .min(1)
      .max(63)
      .default('brain')
      .meta({ description: 'The database of the platform. Default: brain.' }),
    secretRef: credentials('postgres'),
    tls: Tls.optional(),
  })
  .meta({
    description:
      'The Postgres of the platform. The operator reads it with a role that needs SELECT and pg_monitor at most. Row-level security must show the role every lead: BYPASSRLS, or a policy USING (true).',
  });
export type PostgresStore = z.output<typeof PostgresStore>;

export const RedisStore = ruled(
  z.strictObject({
    host: host().optional().meta({ description: 'The host name of the server; leave out with sentinel.' }),
    port: port(6379),
    database: count(15).default(0).meta({ description: 'The database number of the queues. Default: 0.' }),
    secretRef: credentials('default'),
    sentinel: z
      .strictObject({
        master: z
          .string()
          .min(1)
          .max(100)
          .meta({ description: 'The name of the master that the sentinels watch.' }),
        hosts: z
          .array(
            z.strictObject({
              host: host().meta({ description: 'The host name of a sentinel.' }),
              port: port(26379),
            }),
          )
          .min(1)
          .max(9)
          .meta({ description: 'The sentinels.', 'x-kubernetes-list-type': 'atomic' }),
        secretRef: credentialRef(
          'the user name (default user: default)',
          'The Secret with the credential of the sentinels, which is not that of the server. Default: none is sent.',
        ),
      })
      .optional()
      .meta({ description: 'Find the server through Sentinel instead of host.' }),
    tls: Tls.optional(),
  }),
  { description: 'The Redis of the platform.' },
  {
    rule: 'has(self.host) != has(self.sentinel)',
    message: 'stores.redis needs host or sentinel, and not both; keep the one by which the server is reached',
    holds: ({ host: name, sentinel }) => (name !== undefined) !== (sentinel !== undefined),
  },
);
export type RedisStore = z.output<typeof RedisStore>;

export const RabbitmqStore = z
  .strictObject({
    host: host().meta({ description: 'The host name of the server.' }),
    port: port(5672),
    managementPort: port(15672),
    vhost: z
      .string()
      .min(1)
      .max(255)
      .default('/')
      .meta({ description: 'The virtual host of the queues. Default: /.' }),
    secretRef: credentials('guest'),
    tls: Tls.optional(),
  })
  .meta({
    description:
      'The RabbitMQ of the platform. The operator reads its management API with a user of the tag monitoring.',
  });
export type RabbitmqStore = z.output<typeof RabbitmqStore>;

export const SearchStore = z
  .strictObject({
    url: httpUrl('The address of the server, like https://search.example.com:9200.'),
    secretRef: credentials('elastic'),
    tls: z
      .strictObject({
        mode: z.enum(['Disable']).meta({
          description: 'Disable: the credential may go to an http:// address, in clear.',
        }),
      })
      .optional()
      .meta({ description: 'Left out: the credential goes to an https:// address alone.' }),
    caSecretRef: z
      .strictObject({
        name: objectName().meta({ description: 'The name of the Secret.' }),
        key: dataKey().default('ca.crt').meta({ description: 'The key of the CA bundle. Default: ca.crt.' }),
      })
      .optional()
      .meta({
        description: 'The CA that the server is verified against. Default: the CAs that the system trusts.',
      }),
  })
  .meta({
    description:
      'The Elasticsearch of the platform. The operator reads its health with a user that has the privilege monitor.',
  });
export type SearchStore = z.output<typeof SearchStore>;

export const Stores = z
  .strictObject({
    postgres: PostgresStore.optional(),
    redis: RedisStore.optional(),
    rabbitmq: RabbitmqStore.optional(),
    search: SearchStore.optional(),
  })
  .meta({
    description: 'Where the platform keeps its data. A store that is given is measured: see signals.',
  });
export type Stores = z.output<typeof Stores>;
