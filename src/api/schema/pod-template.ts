/** What every pod has in common. Some of it needs the leave of the administrator: see `src/api/permissions.ts`. */
import * as z from 'zod';
import { annotations, labels, labelValue, taintKey } from './kubernetes.ts';
import { dataKey, listMap, objectName, ruled } from './primitives.ts';

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

const NO_STEPS_BACK = {
  rule: "!('/' + self + '/').contains('/../')",
  message: 'must not have .. in it',
  holds: (path: string) => !path.split('/').includes('..'),
};

/** A path below a volume. Kubernetes refuses the rest, too; here a sentence does. */
const insideVolume = () =>
  z
    .string()
    .min(1)
    .max(500)
    .regex(/^[^/].*$/, 'must be a path inside the volume, without a slash before it');

const relativePath = () => ruled(insideVolume(), {}, NO_STEPS_BACK);

/** The path of a file that a key becomes: Kubernetes keeps `..data` and its like for itself. */
const filePath = () =>
  ruled(insideVolume(), {}, NO_STEPS_BACK, {
    rule: "!self.startsWith('..')",
    message: 'must not begin with two dots, for Kubernetes keeps such files for itself',
    holds: (path) => !path.startsWith('..'),
  });

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
        path: filePath().meta({ description: 'The file that it becomes.' }),
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
        path: ruled(absolutePath(), { description: 'The folder or file on the node.' }, NO_STEPS_BACK),
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

const Toleration = ruled(
  z.strictObject({
    key: taintKey()
      .optional()
      .meta({ description: 'The key of the taint. Left out: every key, with operator Exists.' }),
    operator: z
      .enum(['Exists', 'Equal'])
      .optional()
      .meta({ description: 'Exists: whatever the value is. Equal: this value. Default: Equal.' }),
    value: labelValue().optional().meta({ description: 'The value of the taint, with Equal.' }),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .meta({ description: 'The effect of the taint. Left out: every effect.' }),
    tolerationSeconds: z.int().min(0).max(2_147_483_647).optional().meta({
      description: 'With NoExecute: seconds that a pod stays on such a node. Left out: for ever.',
    }),
  }),
  { description: 'A taint that the pods tolerate.' },
  {
    rule: "(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')",
    message:
      'a toleration without a key needs operator: Exists, and then tolerates every taint; give the key, or the operator',
    holds: ({ key = '', operator }) => key !== '' || operator === 'Exists',
  },
  {
    rule: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
    message: 'a toleration with operator: Exists takes no value; leave out value, or write operator: Equal',
    holds: ({ operator, value = '' }) => operator !== 'Exists' || value === '',
  },
  {
    rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    message:
      'a toleration with tolerationSeconds needs effect: NoExecute; give the effect, or leave the seconds out',
    holds: ({ tolerationSeconds, effect }) => tolerationSeconds === undefined || effect === 'NoExecute',
  },
);

export const PodTemplate = ruled(
  z.strictObject({
    labels: labels('Labels of every pod, beside those of the operator.').optional(),
    annotations: annotations(
      'Annotations of every pod. Those by which injectors, container runtimes or agents of the node take orders only where the operator runs with --allow-pod-annotation.',
      50,
      1_000,
    ).optional(),
    jobAnnotations: annotations(
      'Annotations of the pods of Jobs alone (hooks, call logs, indexes, moves of data), over annotations: a sidecar that a mesh adds would run on after the Job\'s own container has ended, and keep the Job open. For Istio {sidecar.istio.io/inject: "false"}, for Linkerd {linkerd.io/inject: disabled}.',
      50,
      1_000,
    ).optional(),
    nodeSelector: labels('Nodes must carry these labels.').optional(),
    tolerations: z.array(Toleration).max(50).optional().meta({
      description:
        'Taints that the pods tolerate. Beyond those that Kubernetes lets every pod tolerate, only where the operator runs with --allow-toleration.',
      'x-kubernetes-list-type': 'atomic',
    }),
    priorityClassName: objectName().optional().meta({
      description:
        'The priority class of every pod. Only where the operator runs with --allow-priority-class.',
    }),
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
  }),
  {
    description:
      'What every pod has in common. What a pod could do harm by is refused unless the operator was told to allow it.',
  },
  {
    rule: '!has(self.volumeMounts) || self.volumeMounts.all(m, has(self.volumes) && self.volumes.exists(v, v.name == m.name))',
    message:
      'an entry of volumeMounts names no volume of podTemplate.volumes; add the volume, or correct the name',
    fieldPath: '.volumeMounts',
    holds: ({ volumes = [], volumeMounts = [] }) =>
      volumeMounts.every((mount) => volumes.some(({ name }) => name === mount.name)),
  },
);
export type PodTemplate = z.output<typeof PodTemplate>;
