/**
 * What an author gets who has the roles of the chart alone: `…-view` and `…-edit`, no Secret and no Pod. On the real API
 * server, with the policies as Helm renders them.
 */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { SECRET_FIELDS, secretsNamedIn } from '../../../src/api/secret-fields.ts';
import { MOST_SECRETS } from '../../../src/api/secret-policy.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { projectFolder } from '../../../testbed/folders.ts';
import { eventually } from '../operator/rig.ts';
import { createNamespace, describeWith, kubectl } from '../support.ts';
import { describeWithTools, type KubeObject, render } from './chart.ts';

type Spec = Partial<LeadPlatformSpecInput>;

/** A spec that names a Secret by just this field. */
const NAMING: Readonly<Record<(typeof SECRET_FIELDS)[number], (name: string) => Spec>> = {
  'imagePullSecrets[].name': (name) => ({ imagePullSecrets: [{ name }] }),
  'env[].valueFrom.secretKeyRef.name': (name) => ({
    env: [
      { name: 'PLAIN', value: 'x' },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name, key: 'password' } } },
    ],
  }),
  'envFrom[].secretRef.name': (name) => ({
    envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name } }],
  }),
  'podTemplate.volumes[].secret.secretName': (name) => ({
    podTemplate: {
      volumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'keys', secret: { secretName: name } },
      ],
    },
  }),
  'stores.postgres.secretRef.name': (name) => ({ stores: { postgres: { host: 'h', secretRef: { name } } } }),
  'stores.postgres.tls.secretRef.name': (name) => ({
    stores: { postgres: { host: 'h', tls: { secretRef: { name } } } },
  }),
  'stores.redis.secretRef.name': (name) => ({ stores: { redis: { host: 'h', secretRef: { name } } } }),
  'stores.redis.sentinel.secretRef.name': (name) => ({ stores: { redis: sentinel(name) } }),
  'stores.redis.tls.secretRef.name': (name) => ({
    stores: { redis: { host: 'h', tls: { secretRef: { name } } } },
  }),
  'stores.rabbitmq.secretRef.name': (name) => ({ stores: { rabbitmq: { host: 'h', secretRef: { name } } } }),
  'stores.rabbitmq.tls.secretRef.name': (name) => ({
    stores: { rabbitmq: { host: 'h', tls: { secretRef: { name } } } },
  }),
  'stores.search.secretRef.name': (name) => ({
    stores: { search: { url: 'https://search.example', secretRef: { name } } },
  }),
  'stores.search.caSecretRef.name': (name) => ({
    stores: { search: { url: 'https://search.example', caSecretRef: { name } } },
  }),
  'capabilities.redis.passwordSecretRef.name': (name) => ({
    capabilities: { redis: { passwordSecretRef: { name } } },
  }),
  'capabilities.dedicatedQueueServer.redis.secretRef.name': (name) => ({
    capabilities: { dedicatedQueueServer: { redis: { host: 'h', secretRef: { name } } } },
  }),
  'capabilities.dedicatedQueueServer.redis.sentinel.secretRef.name': (name) => ({
    capabilities: { dedicatedQueueServer: { redis: sentinel(name) } },
  }),
  'capabilities.dedicatedQueueServer.redis.tls.secretRef.name': (name) => ({
    capabilities: { dedicatedQueueServer: { redis: { host: 'h', tls: { secretRef: { name } } } } },
  }),
  'capabilities.dedicatedQueueServer.managed.passwordSecretRef.name': (name) => ({
    capabilities: { dedicatedQueueServer: { managed: { passwordSecretRef: { name } } } },
  }),
  'capabilities.databaseIndexes.adminSecretRef.name': (name) => ({
    capabilities: { databaseIndexes: { adminSecretRef: { name } } },
  }),
  'capabilities.databasePerService.services[].secretName': (name) => ({
    capabilities: {
      databasePerService: { services: [{ name: 'orders' }, { name: 'mail', secretName: name }] },
    },
  }),
  'capabilities.loadBalancer.ingress.tlsSecretName': (name) => ({
    capabilities: { loadBalancer: { ingress: { tlsSecretName: name } } },
  }),
};

function sentinel(name: string) {
  return { sentinel: { master: 'm', hosts: [{ host: 'h' }], secretRef: { name } } };
}

const platform = (name: string, spec: Spec) => ({
  apiVersion: 'leadplatform.io/v1alpha1',
  kind: 'LeadPlatform',
  metadata: { name },
  spec: { image: 'registry.example/brain:1.4.0', ...spec },
});

const MANIFESTS = join(projectFolder, 'manifests');
const namesOf = (of: string, count: number) => Array.from({ length: count }, (_, index) => `${of}-${index}`);
const fromAll = (names: readonly string[]): Spec => ({
  envFrom: names.map((name) => ({ secretRef: { name } })),
});

/** These names over and over, in every field that may name a Secret, as often as the schema lets it. */
function everywhere(names: readonly string[]): Spec {
  let next = 0;
  const name = () => names[next++ % names.length] ?? '';
  const ref = () => ({ name: name() });
  const tls = () => ({ secretRef: ref() });
  const guarded = () => ({ secretRef: ref(), tls: tls() });
  const redis = () => ({
    ...guarded(),
    sentinel: { master: 'm', hosts: [{ host: 'h' }], secretRef: ref() },
  });
  const pulled = Array.from({ length: 10 }, ref);
  return {
    imagePullSecrets: pulled,
    env: Array.from({ length: 200 }, (_, index) => ({
      name: `V${index}`,
      valueFrom: { secretKeyRef: { name: name(), key: 'k' } },
    })),
    envFrom: Array.from({ length: 50 }, () => ({ secretRef: ref() })),
    podTemplate: {
      volumes: Array.from({ length: 30 }, (_, index) => ({
        name: `v${index}`,
        secret: { secretName: name() },
      })),
    },
    stores: {
      postgres: { host: 'h', ...guarded() },
      redis: redis(),
      rabbitmq: { host: 'h', ...guarded() },
      search: { url: 'https://search.example', secretRef: ref(), caSecretRef: ref() },
    },
    capabilities: {
      redis: { passwordSecretRef: ref() },
      dedicatedQueueServer: { redis: redis(), managed: { passwordSecretRef: ref() } },
      databaseIndexes: { adminSecretRef: ref() },
      databasePerService: {
        services: Array.from({ length: 20 }, (_, index) => ({ name: `s${index}`, secretName: name() })),
      },
      loadBalancer: { ingress: { tlsSecretName: name() } },
    },
  };
}

await describeWithTools('An author with the roles of the chart alone', (tools) => {
  describeWith(['cluster'], 'on a real API server', () => {
    let namespace: string;
    let ofCluster: readonly KubeObject[];
    const many = namesOf('many', MOST_SECRETS + 1);
    const longest = namesOf('l'.repeat(250), MOST_SECRETS);

    const send = (args: readonly string[], object: object) =>
      kubectl([...args, '-n', namespace, '-f', '-'], { input: JSON.stringify(object) });
    const as = (user: string) => ({
      run: (args: readonly string[], object?: object) => {
        const whole = [...args, '-n', namespace, `--as=${user}-of-${namespace}`];
        return object === undefined
          ? kubectl(whole)
          : kubectl([...whole, '-f', '-'], { input: JSON.stringify(object) });
      },
      /** Whether it would be taken; nothing is kept. */
      tries(spec: Spec, name = 'tried') {
        return this.run(['create', '--dry-run=server', '-o', 'name'], platform(name, spec));
      },
    });
    const roleOf = (verb: 'get' | 'use', resourceNames?: readonly string[]) => ({
      rules: [
        { apiGroups: [''], resources: ['secrets'], verbs: [verb], ...(resourceNames && { resourceNames }) },
      ],
    });

    /** A user with these ClusterRoles of the chart, and a role of their own in the namespace. */
    async function user(name: string, chartRoles: readonly string[], role?: object): Promise<void> {
      const who = `${name}-of-${namespace}`;
      const subjects = [{ kind: 'User', name: who, apiGroup: 'rbac.authorization.k8s.io' }];
      const bind = (kind: string, ref: string) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: `${name}-${ref}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: ref },
        subjects,
      });
      const items: object[] = chartRoles.map((of) => bind('ClusterRole', `${fullname()}-${of}`));
      if (role !== undefined) {
        items.push(
          { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name }, ...role },
          bind('Role', name),
        );
      }
      await send(['apply', '--server-side'], { apiVersion: 'v1', kind: 'List', items });
    }
    const fullname = () => `${namespace}-leadplatform-operator`;

    beforeAll(async () => {
      namespace = await createNamespace('authors');
      // Of a release that is called like the namespace: other files may have installed the chart as well.
      const values = { userRoles: { aggregate: false } };
      const objects = await render(tools, { release: namespace, namespace, values });
      ofCluster = objects.filter(({ kind }) => /^ValidatingAdmissionPolicy|^ClusterRole$/.test(kind));
      const items = ofCluster;
      await send(['apply', '--server-side'], { apiVersion: 'v1', kind: 'List', items });
      const both = ['view', 'edit'];
      await user('author', both);
      await user('getter', both, roleOf('get', ['mine']));
      await user('uses', both, roleOf('use', ['mine', ...many, ...longest]));
      await user('reader', both, roleOf('get'));
      await user('steward', [...both, 'use-secrets']);
      await user('editor', ['edit']);
      // Another server's cache has to know the policies, too; roles come a moment later as well.
      await eventually('the policies are in force', async () => {
        for (const spec of [fromAll(['closed']), fromAll(many)]) {
          const isTaken = await as('author')
            .tries(spec)
            .then(() => true)
            .catch((error: Error) => (error.message.includes('spec names') ? false : Promise.reject(error)));
          if (isTaken) return false;
        }
        return true;
      });
      await eventually('the roles are in force', () => as('uses').tries(fromAll(['mine'])));
      return async () => {
        await kubectl([
          ...['delete', '--wait=false', '--ignore-not-found'],
          ...ofCluster.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
        ]);
      };
    }, 120_000);

    it('has policies whose expressions the API server finds nothing wrong with', async () => {
      const policies = ofCluster.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
      expect(policies).toHaveLength(2);
      for (const { metadata } of policies) {
        const status = await eventually('it was looked at', async () => {
          const text = await kubectl([
            'get',
            'validatingadmissionpolicy',
            metadata.name,
            '-o',
            'jsonpath={.status}',
          ]);
          return text.includes('typeChecking') && text;
        });
        expect(status).not.toContain('expressionWarnings');
      }
    });

    describe.each(SECRET_FIELDS)('who names a Secret by %s', (field) => {
      const spec = (name: string) => NAMING[field](name);

      it('is refused where they may neither get nor use it, with a line that mends it', async () => {
        const refused = await as('author').tries(spec('mine')).catch(String);
        expect(refused).toContain(
          `spec names the Secret mine, which you may neither get nor use in the namespace ${namespace}; name another one, or have a Role with this rule bound to you: {apiGroups: [""], resources: [secrets], verbs: [use], resourceNames: [mine]}`,
        );
        await expect(as('uses').tries(spec('closed'))).rejects.toThrow('spec names the Secret closed,');
      });

      it.each(['getter', 'uses'])('is taken where they may: %s', async (who) => {
        expect(await as(who).tries(spec('mine'))).toContain('leadplatform.leadplatform.io/tried');
      });
    });

    it('may do without any Secret', async () => {
      expect(await as('author').tries({ env: [{ name: 'A', value: 'b' }] })).toContain('/tried');
    });

    it('is told the first one that they may not name, wherever it stands', async () => {
      const spec = { ...fromAll([...many.slice(0, 20), 'one', 'two']), imagePullSecrets: [{ name: 'mine' }] };
      await expect(as('uses').tries(spec)).rejects.toThrow('spec names the Secret one,');
    });

    it.each<[string, () => Spec]>([
      ['with short names', () => fromAll(many.slice(0, MOST_SECRETS))],
      ['with the longest names', () => fromAll(longest)],
      ['each of them in as many places as there may be', () => everywhere(longest)],
    ])(`may use ${MOST_SECRETS} Secrets, %s, without exceeding what a policy may cost`, async (_, spec) => {
      expect(await as('uses').tries(spec())).toContain('/tried');
    });

    it.each<[string, readonly string[]]>([
      ['create', ['create']],
      ['kubectl apply', ['apply']],
      ['server-side apply', ['apply', '--server-side']],
    ])('is refused whichever way they create it: %s', async (_, args) => {
      const mine = platform('tried', NAMING['stores.postgres.secretRef.name']('closed'));
      await expect(as('author').run([...args, '--dry-run=server'], mine)).rejects.toThrow(
        'spec names the Secret closed,',
      );
    });

    describe('of what the samples say', () => {
      const secretsIn = async (file: string) => {
        const text = await readFile(join(MANIFESTS, file), 'utf8');
        const [sample] = parseAllDocuments(text)
          .map((document) => document.toJS() as { kind?: string; spec: Spec })
          .filter(({ kind }) => kind === 'LeadPlatform');
        return { spec: sample?.spec ?? {}, names: secretsNamedIn(sample?.spec) };
      };

      it.each(globSync('{samples,demo}/*.yaml', { cwd: MANIFESTS }))(
        'is taken where they may use its Secrets, and refused where they may not: %s',
        async (file) => {
          const { spec, names } = await secretsIn(file);
          const who = `of-${file.replaceAll(/[^a-z]+/g, '-')}`;
          if (names.length > 0) {
            await expect(as('author').tries(spec)).rejects.toThrow(`spec names the Secret ${names[0]},`);
            await user(who, ['view', 'edit'], roleOf('use', names));
          } else {
            await user(who, ['view', 'edit']);
          }
          const said = await eventually('the roles are in force', () => as(who).tries(spec));
          expect(said).toContain('/tried');
        },
      );

      it('is taken of the smallest by the Role that the docs show', async () => {
        const page = await readFile(join(projectFolder, 'docs', 'authors.md'), 'utf8');
        const [role] = [...page.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, text = '']) =>
          text
            .split('---\n')
            .map((one) => parse(one) as { kind?: string; rules?: object })
            .filter(({ kind }) => kind === 'Role'),
        );
        const { spec } = await secretsIn('samples/smallest.yaml');
        await user('reader-of-docs', ['view', 'edit'], { rules: role?.rules });
        const said = await eventually('the roles are in force', () => as('reader-of-docs').tries(spec));
        expect(said).toContain('/tried');
      });
    });

    it('may use no more than can be checked, and is told how many', async () => {
      await expect(as('uses').tries(fromAll(many))).rejects.toThrow(
        `spec names more than ${MOST_SECRETS} different Secrets`,
      );
    });

    it.each(['reader', 'steward'])('may name any number where they have a right on all: %s', async (who) => {
      expect(await as(who).tries(fromAll(namesOf('any', 50)))).toContain('/tried');
    });

    describe('where a LeadPlatform is there that names a Secret of others', () => {
      beforeAll(async () => {
        await send(['apply'], platform('theirs', NAMING['stores.postgres.secretRef.name']('closed')));
      });
      const patch = (change: object, more: readonly string[] = []) => [
        ...['patch', 'lp', 'theirs', '--type=merge', '-p', JSON.stringify(change)],
        ...more,
      ];

      it.each<[string, readonly string[]]>([
        ['confirm', ['annotate', 'lp', 'theirs', 'leadplatform.io/confirm=queue-system']],
        ['label', ['label', 'lp', 'theirs', 'team=leads']],
        ['write the same spec again', patch({ spec: { image: 'registry.example/brain:1.4.0' } })],
      ])('may %s, for spec stays', async (_, args) => {
        await as('author').run(args);
      });

      it.each<[string, object]>([
        ['another image', { image: 'registry.example/mine:1' }],
        ['another host', { stores: { postgres: { host: 'mine.example' } } }],
        ['other replicas', { replicasPin: [{ component: 'ingest', replicas: 1, reason: 'a test' }] }],
      ])('may not give it %s', async (_, spec) => {
        await expect(as('author').run(patch({ spec }))).rejects.toThrow('spec names the Secret closed,');
      });

      it.each<[string, (change: string) => Promise<string>]>([
        [
          'JSON patch',
          (image) => {
            const change = [{ op: 'replace', path: '/spec/image', value: image }];
            return as('author').run(['patch', 'lp', 'theirs', '--type=json', '-p', JSON.stringify(change)]);
          },
        ],
        [
          'server-side apply of one field',
          (image) =>
            as('author').run(['apply', '--server-side', '--force-conflicts'], {
              ...platform('theirs', {}),
              spec: { image },
            }),
        ],
        [
          'replacing it',
          (image) =>
            as('author').run(['replace'], {
              ...platform('theirs', NAMING['stores.postgres.secretRef.name']('closed')),
              spec: { ...NAMING['stores.postgres.secretRef.name']('closed'), image },
            }),
        ],
      ])('may not change it whichever way they do it: %s', async (_, change) => {
        await expect(change('registry.example/mine:1')).rejects.toThrow('spec names the Secret closed,');
      });

      it.each<[string, readonly string[]]>([
        ['let go of the Secret, for its engines go on', patch({ spec: { stores: null } })],
        [
          'delete it, for what it keeps is found again by its name',
          ['delete', 'lp', 'theirs', '--wait=false'],
        ],
        ['delete it with all others', ['delete', 'lp', '--all', '--wait=false']],
      ])('may not %s', async (_, args) => {
        const refused = await as('author')
          .run([...args, '--dry-run=server'])
          .catch(String);
        expect(refused).toContain(
          `spec names the Secret closed, which you may neither get nor use in the namespace ${namespace}; who changes or deletes a LeadPlatform needs the Secrets that it had, too; name another one where it is new, or have a Role with this rule bound to you: {apiGroups: [""], resources: [secrets], verbs: [use], resourceNames: [closed]}`,
        );
      });

      it('may do so where they may use it', async () => {
        await user('closes', ['view', 'edit'], roleOf('use', ['closed']));
        const tries = (args: readonly string[]) => as('closes').run([...args, '--dry-run=server']);
        await eventually('the roles are in force', () => tries(patch({ spec: { stores: null } })));
        expect(await tries(['delete', 'lp', 'theirs'])).toContain('deleted');
      });

      it('has as many Secrets before and after a change as can be checked', async () => {
        const all = everywhere(longest);
        await send(['create'], platform('largest', all));
        const change = { spec: { image: 'registry.example/brain:1.5.0' } };
        const args = ['patch', 'lp', 'largest', '--type=merge', '-p', JSON.stringify(change)];
        await expect(as('author').run(args)).rejects.toThrow('spec names the Secret l');
        expect(await as('uses').run(args)).toContain('patched');
        expect(await as('uses').run(['delete', 'lp', 'largest'])).toContain('deleted');
      });

      it('keeps no namespace from going', async () => {
        const gone = await createNamespace('authors');
        const object = platform('theirs', NAMING['stores.postgres.secretRef.name']('closed'));
        await kubectl(['create', '-n', gone, '-f', '-'], { input: JSON.stringify(object) });
        await kubectl(['delete', 'namespace', gone, '--timeout=50s']);
      });

      it('keeps the operator from nothing that it writes', async () => {
        // kubectl reads before it patches.
        const resources = ['leadplatforms', 'leadplatforms/status'];
        const rules = [
          { apiGroups: ['leadplatform.io'], resources, verbs: ['get'] },
          { apiGroups: ['leadplatform.io'], resources: ['leadplatforms/status'], verbs: ['patch'] },
        ];
        await user('operator', [], { rules });
        const status = { status: { tier: 'single-server' } };
        await eventually('the status is written', () =>
          as('operator').run(patch(status, ['--subresource=status'])),
        );
      });
    });

    describe('who has the role edit alone', () => {
      const own = () => platform('own', { env: [{ name: 'A', value: 'b' }] });

      it('creates, and changes, by kubectl apply', async () => {
        const apply = (object: object, more: readonly string[] = []) =>
          as('editor').run(['apply', ...more], object);
        expect(await apply(own())).toContain('created');
        expect(await apply(own())).toContain('unchanged');
        expect(await apply(platform('own', { mode: 'Paused' }))).toContain('configured');
        expect(await apply(own(), ['--server-side', '--force-conflicts'])).toContain('serverside-applied');
        await as('editor').run(['annotate', 'lp', 'own', 'leadplatform.io/confirm=queue-system']);
        expect(await as('editor').run(['get', 'lp', 'own', '-o', 'name'])).toContain('/own');
        await as('editor').run(['delete', 'lp', 'own', '--wait=false']);
      });

      it('writes no status', async () => {
        const write = [
          'patch',
          'lp',
          'theirs',
          '--subresource=status',
          '--type=merge',
          '-p',
          '{"status":{}}',
        ];
        await expect(as('editor').run(write)).rejects.toThrow('leadplatforms/status');
      });
    });
  });
});
