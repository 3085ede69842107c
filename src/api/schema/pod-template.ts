/** What every pod has in common. Some of it needs the leave of whoever runs the operator: see `src/api/permissions.ts`. */
import { z } from 'zod';
import { dataKey, listMap, objectName, ruled, textMap } from './primitives.ts';

const SOURCES = ['emptyDir', 'configMap', 'secret', 'persistentVolumeClaim', 'hostPath'] as const;

const volumeName = () =>
  z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be lower-case letters, digits and dashes, like uploads');

const absolutePath = () =>
  z
    .string()
    .min(1)
    .max(500)
    .regex(/^\/[^:]*$/, 'must be an absolute path without colons, like /var/www/storage');

/** A path below a volume. Kubernetes refuses the rest, too; here a sentence does. */
const relativePath = () =>
  z
    .string()
    .min(1)
    .max(500)
    .regex(/^[^/].*$/, 'must be a path inside the volume, without a slash before it')
    .refine((path) => !path.split('/').includes('..'), { message: 'must not have .. in it' });

const mode = () =>
  z.int().min(0).max(511).optional().meta({
    description: 'The permissions of its files, as a decimal number: 420 is 0644. Default: 420.',
  });

const optional = () =>
  z.boolean().optional().meta({ description: 'Start without it when it is missing. Default: false.' });

const items = () =>
  z
    .array(
      z.strictObject({
        key: dataKey().meta({ description: 'The key.' }),
        path: relativePath().meta({ description: 'The file that it becomes.' }),
      }),
    )
    .max(50)
    .optional()
    .meta({
      description: 'The keys that become files. Default: all of them.',
      'x-kubernetes-list-type': 'atomic',
    });

const Volume = ruled(
  z.strictObject({
    name: volumeName().meta({ description: 'The name of the volume.' }),
    emptyDir: z
      .strictObject({
        medium: z
          .enum(['Memory'])
          .optional()
          .meta({ description: "Memory: in the node's memory. Default: its disk." }),
        sizeLimit: z
          .string()
          .max(20)
          .regex(/^\d+(\.\d+)?(m|k|[KMGTPE]i|[MGTPE])?$/, 'must be a Kubernetes quantity like 512Mi')
          .optional()
          .meta({ description: 'How large it may grow.' }),
      })
      .optional()
      .meta({ description: 'An empty folder that goes with the pod.' }),
    configMap: z
      .strictObject({
        name: objectName().meta({ description: 'The name of the ConfigMap, in this namespace.' }),
        items: items(),
        defaultMode: mode(),
        optional: optional(),
      })
      .optional()
      .meta({ description: 'The keys of a ConfigMap as files.' }),
    secret: z
      .strictObject({
        secretName: objectName().meta({ description: 'The name of the Secret, in this namespace.' }),
        items: items(),
        defaultMode: mode(),
        optional: optional(),
      })
      .optional()
      .meta({ description: 'The keys of a Secret as files.' }),
    persistentVolumeClaim: z
      .strictObject({
        claimName: objectName().meta({
          description:
            'The name of the claim, in this namespace; ReadWriteMany where pods run on several nodes.',
        }),
        readOnly: z.boolean().optional().meta({ description: 'Default: false.' }),
      })
      .optional()
      .meta({ description: 'A volume that outlives the pods.' }),
    hostPath: z
      .strictObject({
        path: absolutePath().meta({ description: 'The folder or file on the node.' }),
        type: z
          .enum(['DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket'])
          .optional()
          .meta({ description: 'What must be there. Default: nothing is looked at.' }),
      })
      .optional()
      .meta({
        description: 'A folder of the node. Only where the operator runs with --allow-host-path.',
      }),
  }),
  { description: 'One volume.' },
  {
    rule: `[${SOURCES.map((source) => `has(self.${source})`).join(', ')}].filter(given, given).size() == 1`,
    message: `a volume needs exactly one of ${SOURCES.join(', ')}`,
    holds: (volume) => SOURCES.filter((source) => volume[source] !== undefined).length === 1,
  },
);

export type Volume = z.output<typeof Volume>;

const VolumeMount = z
  .strictObject({
    name: volumeName().meta({ description: 'The volume.' }),
    mountPath: absolutePath().meta({ description: 'Where the container sees it.' }),
    subPath: relativePath().optional().meta({ description: 'A folder or file inside the volume.' }),
    readOnly: z.boolean().optional().meta({ description: 'Default: false.' }),
  })
  .meta({ description: 'Where the containers see a volume.' });

const id = (description: string) => z.int().min(0).max(2_147_483_647).optional().meta({ description });

const users = () => ({
  runAsUser: id("The user that processes run as. Default: the image's own."),
  runAsGroup: id("Their group. Default: the image's own."),
  runAsNonRoot: z.boolean().optional().meta({
    description:
      'Refuse to start as root. The capabilities that an image needs which starts as root are then left out. Default: false.',
  }),
});

const PodSecurity = z
  .strictObject({
    ...users(),
    fsGroup: id('The group that owns the files of volumes.'),
    fsGroupChangePolicy: z
      .enum(['OnRootMismatch', 'Always'])
      .optional()
      .meta({ description: 'When the files of a volume are given to that group. Default: Always.' }),
    supplementalGroups: z
      .array(z.int().min(0).max(2_147_483_647))
      .max(20)
      .optional()
      .meta({ description: 'Further groups.', 'x-kubernetes-list-type': 'atomic' }),
  })
  .meta({ description: 'As whom every pod runs.' });

const capability = () =>
  z
    .string()
    .min(1)
    .max(40)
    .regex(
      /^(?:[ABD-Z]|C[B-Z]|CA[A-OQ-Z])[A-Z0-9_]*$/,
      'must be a Linux capability without CAP_, like NET_BIND_SERVICE',
    );
const capabilities = (description: string) =>
  z.array(capability()).max(40).optional().meta({ description, 'x-kubernetes-list-type': 'atomic' });

const ContainerSecurity = z
  .strictObject({
    ...users(),
    privileged: z.boolean().optional().meta({
      description:
        'Run as if on the node itself. Only where the operator runs with --allow-privileged. Default: false.',
    }),
    readOnlyRootFilesystem: z
      .boolean()
      .optional()
      .meta({ description: "Whether the image's own files are read-only. Default: false." }),
    capabilities: z
      .strictObject({
        add: capabilities(
          'Capabilities that containers have. Those beyond what the Pod Security level baseline lets in need --allow-privileged. Default: what an image needs that starts as root.',
        ),
        drop: capabilities('Capabilities that they lose. Default: ALL.'),
      })
      .optional()
      .meta({ description: 'Linux capabilities.' }),
  })
  .meta({ description: 'What every container may do.' });

const labels = (what: string) => textMap(z.string().max(1_000), 317, 50, what).optional();

export const PodTemplate = z
  .strictObject({
    labels: labels('Labels of every pod, beside those of the operator.'),
    annotations: labels('Annotations of every pod.'),
    nodeSelector: labels('Nodes must carry these labels.'),
    tolerations: z
      .array(
        z.strictObject({
          key: z
            .string()
            .max(317)
            .optional()
            .meta({ description: 'The key of the taint. Left out: every key.' }),
          operator: z
            .enum(['Exists', 'Equal'])
            .optional()
            .meta({ description: 'Exists: whatever the value is. Equal: this value. Default: Equal.' }),
          value: z.string().max(63).optional().meta({ description: 'The value of the taint, with Equal.' }),
          effect: z
            .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
            .optional()
            .meta({ description: 'The effect of the taint. Left out: every effect.' }),
          tolerationSeconds: z.int().min(0).max(2_147_483_647).optional().meta({
            description: 'With NoExecute: seconds that a pod stays on such a node. Left out: for ever.',
          }),
        }),
      )
      .max(50)
      .optional()
      .meta({ description: 'Taints that the pods tolerate.', 'x-kubernetes-list-type': 'atomic' }),
    priorityClassName: objectName().optional().meta({ description: 'The priority class of every pod.' }),
    serviceAccountName: objectName().optional().meta({
      description:
        'The ServiceAccount of every pod, which says itself whether they get its token. Only where the operator runs with --allow-service-account. Default: one of the platform, without rights or a token.',
    }),
    volumes: listMap(Volume, 'name', 30, 'Volumes that every pod has.').optional(),
    volumeMounts: listMap(
      VolumeMount,
      'mountPath',
      50,
      'Where the containers of every pod see them.',
    ).optional(),
    securityContext: PodSecurity.optional(),
    containerSecurityContext: ContainerSecurity.optional(),
  })
  .meta({
    description:
      'What every pod has in common. Privileged containers, host paths and other ServiceAccounts are refused unless the operator was told to allow them.',
  });
export type PodTemplate = z.output<typeof PodTemplate>;
