/** The Job that makes indexes: the operator's own image, with the credential that the operator itself does not have. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import type { PostgresStore } from '../../api/schema/stores.ts';
import { shortHash } from '../../kube/hash.ts';
import { capabilityMetadata } from '../../kube/labels.ts';
import { childNames } from '../../kube/names.ts';
import type { KubeObject, PlatformIdentity } from '../../kube/object.ts';
import { jobObject } from '../../workloads/job.ts';
import { LEAST_RIGHTS, podSecurity } from '../../workloads/security.ts';
import type { WantedIndex } from './wanted.ts';

/** How the Job is told what to do; read by `leadplatform create-indexes`. */
export const INDEX_VARIABLES = {
  indexes: 'LEADPLATFORM_INDEXES',
  host: 'LEADPLATFORM_DB_HOST',
  port: 'LEADPLATFORM_DB_PORT',
  database: 'LEADPLATFORM_DB_NAME',
  user: 'LEADPLATFORM_DB_USER',
  password: 'LEADPLATFORM_DB_PASSWORD',
  tlsMode: 'LEADPLATFORM_DB_TLS_MODE',
  ca: 'LEADPLATFORM_DB_CA',
} as const;

type Settings = LeadPlatformSpec['capabilities']['databaseIndexes'];

export interface IndexJobInput {
  readonly platform: PlatformIdentity;
  readonly spec: LeadPlatformSpec;
  readonly store: PostgresStore;
  readonly admin: NonNullable<Settings['adminSecretRef']>;
  readonly image: string;
  readonly indexes: readonly WantedIndex[];
}

/** A connection without TLS is the same one whether that is written or not. */
const asConnected = (store: PostgresStore) => {
  const { tls, ...inClear } = store;
  return tls?.mode === 'Disable' ? inClear : store;
};

/** A Job cannot be changed: another list is another Job. One that runs keeps its name when its user writes that TLS is off. */
export function indexJob({ platform, spec, store, admin, image, indexes }: IndexJobInput): KubeObject {
  const hash = shortHash([indexes, asConnected(store), admin, image]).slice(0, 8);
  const metadata = capabilityMetadata(platform, `${platform.name}-indexes-${hash}`, 'database-indexes');
  const { nodeSelector, tolerations } = spec.podTemplate;
  return jobObject({
    metadata,
    // A run that was cut off is taken up by the next one; one that fails again and again needs a person.
    limits: { backoffLimit: 4 },
    pod: {
      labels: { ...metadata.labels },
      annotations: spec.podTemplate.jobAnnotations,
      spec: {
        // Not the namespace's own account, which may have pull secrets and rights at the cloud.
        serviceAccountName: childNames(platform.name).serviceAccount,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: podSecurity({ runAsNonRoot: true, runAsUser: 65532 }),
        ...(spec.imagePullSecrets !== undefined && { imagePullSecrets: spec.imagePullSecrets }),
        ...(nodeSelector !== undefined && { nodeSelector }),
        ...(tolerations !== undefined && { tolerations }),
        containers: [
          {
            name: 'create-indexes',
            image,
            args: ['create-indexes'],
            env: environment(store, admin, indexes),
            securityContext: LEAST_RIGHTS,
          },
        ],
      },
    },
  });
}

function environment(store: PostgresStore, admin: IndexJobInput['admin'], indexes: readonly WantedIndex[]) {
  const names = INDEX_VARIABLES;
  const plain = (name: string, value: string) => ({ name, value });
  const secret = (name: string, from: string, key: string, optional = false) => ({
    name,
    valueFrom: { secretKeyRef: { name: from, key, ...(optional && { optional }) } },
  });
  const { mode = 'Disable', secretRef: tls } = store.tls ?? {};
  return [
    plain(names.indexes, JSON.stringify(indexes)),
    plain(names.host, store.host),
    plain(names.port, String(store.port)),
    plain(names.database, store.database),
    secret(names.user, admin.name, admin.userKey),
    secret(names.password, admin.name, admin.passwordKey),
    plain(names.tlsMode, mode),
    // A client certificate proves who the operator is, not the role of the Job.
    ...(tls === undefined ? [] : [secret(names.ca, tls.name, tls.caKey, true)]),
  ];
}
