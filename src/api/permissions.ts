/**
 * What an author of LeadPlatforms may ask for only where the administrator allows it. The operator makes pods with its own
 * rights, so without this an author could have pods that the author could not make.
 *
 * A switch is on or off, or it is a list of what is allowed. In a list a `*` at the end of an entry stands for any end.
 */
import { whoActsOn } from './pod-annotations.ts';
import { type Problem, problem } from './problems.ts';
import type { LeadPlatformSpec } from './schema/leadplatform.ts';

export interface AuthorPermissions {
  /** Privileged containers, and capabilities or no AppArmor profile beyond the Pod Security level baseline. */
  readonly privileged: boolean;
  readonly hostPath: boolean;
  /** Another ServiceAccount than the platform's own, with the rights that it has. */
  readonly serviceAccount: boolean;
  /** Names of PriorityClasses: pods of a high one take the place of others. */
  readonly priorityClasses: readonly string[];
  /** Keys of taints, beside those that Kubernetes lets every pod tolerate; `*` also for tolerations without a key. */
  readonly tolerations: readonly string[];
  /** Domains, each for itself and for every name below it; `*` alone for every host name, also where none is given. */
  readonly hostnames: readonly string[];
  /** Keys of annotations of an Ingress, and of a Service of type LoadBalancer. */
  readonly ingressAnnotations: readonly string[];
  /** Keys of annotations and labels of pods, of those that are orders (`pod-annotations.ts`). */
  readonly podAnnotations: readonly string[];
}

type Switch = keyof AuthorPermissions;
type List = Exclude<Switch, 'privileged' | 'hostPath' | 'serviceAccount'>;

export const NOTHING_MORE: AuthorPermissions = {
  privileged: false,
  hostPath: false,
  serviceAccount: false,
  priorityClasses: [],
  tolerations: [],
  hostnames: [],
  ingressAnnotations: [],
  podAnnotations: [],
};
/** For a manifest that is looked at without an operator: what one would allow is not known. */
export const EVERYTHING: AuthorPermissions = {
  privileged: true,
  hostPath: true,
  serviceAccount: true,
  priorityClasses: ['*'],
  tolerations: ['*'],
  hostnames: ['*'],
  ingressAnnotations: ['*'],
  podAnnotations: ['*'],
};

/** How each is allowed: the flag of the operator, and the value of its chart. */
const SWITCHES: Readonly<Record<Switch, { flag: string; value: string }>> = {
  privileged: { flag: '--allow-privileged', value: 'authors.allowPrivileged' },
  hostPath: { flag: '--allow-host-path', value: 'authors.allowHostPaths' },
  serviceAccount: { flag: '--allow-service-account', value: 'authors.allowServiceAccounts' },
  priorityClasses: { flag: '--allow-priority-class', value: 'authors.allowPriorityClasses' },
  tolerations: { flag: '--allow-toleration', value: 'authors.allowTolerations' },
  hostnames: { flag: '--allow-hostname', value: 'authors.allowHostnames' },
  ingressAnnotations: { flag: '--allow-ingress-annotation', value: 'authors.allowIngressAnnotations' },
  podAnnotations: { flag: '--allow-pod-annotation', value: 'authors.allowPodAnnotations' },
};

/** Something that needs leave, and the sentence for where it has none: `<words>, which …; <instead>, or …`. */
type Use = {
  /** Below `spec`. */
  readonly field: string;
  readonly words: string;
  readonly instead: string;
} & (
  | { readonly by: Exclude<Switch, List> }
  // What has to be on the list.
  | { readonly by: List; readonly entry: string }
);

/** What the level baseline of the Pod Security Standards lets containers add. */
const BASELINE = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** Clusters still take the profile of AppArmor from an annotation, one for each container. */
const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const isConfined = (profile: string) => /^(?:|runtime\/default|localhost\/.*)$/.test(profile);

const matches = (entry: string, text: string): boolean =>
  entry === text || (entry.endsWith('*') && text.startsWith(entry.slice(0, -1)));

const isBelow = (domain: string, host: string): boolean =>
  domain === '*' || host === domain || host.endsWith(`.${domain}`);

function isAllowed(use: Use, allowed: AuthorPermissions): boolean {
  if (!('entry' in use)) return allowed[use.by];
  const fits = use.by === 'hostnames' ? isBelow : matches;
  return allowed[use.by].some((entry) => fits(entry, use.entry));
}

/** Keys and host names may be longer than a sentence. */
const MOST_OF_ENTRY = 80;
const inWords = (entry: string): string =>
  entry.length <= MOST_OF_ENTRY ? entry : `${entry.slice(0, MOST_OF_ENTRY - 1)}…`;

/** As it is pasted. A star by itself is an alias to YAML. */
function waysToAllow(use: Use): string {
  const { flag, value } = SWITCHES[use.by];
  if (!('entry' in use)) return `${flag} (chart: ${value}=true)`;
  if (use.entry.length > MOST_OF_ENTRY) return `${flag} (chart: ${value})`;
  const entry = use.entry === '*' ? "'*'" : use.entry;
  return `${flag}=${entry} (chart: ${value}: [${entry}])`;
}

const sentenceOf = (use: Use): string =>
  `${use.words}, which this operator does not allow; ${use.instead}, or have it run with ${waysToAllow(use)}`;

/** Every use of what is not allowed, with the field, the flag and the value of the chart. */
export const forbiddenUses = (spec: LeadPlatformSpec, allowed: AuthorPermissions): readonly Problem[] =>
  usesOf(spec)
    .filter((use) => !isAllowed(use, allowed))
    .map((use) => problem(`spec.${use.field}`, sentenceOf(use)));

/** Every use of what some operator might not allow. */
function usesOf(spec: LeadPlatformSpec): readonly Use[] {
  return [
    ...accountUses(spec),
    ...engineUses(spec),
    ...volumeUses(spec),
    ...containerUses(spec),
    ...annotationUses(spec),
    ...tolerationUses(spec),
    ...priorityUses(spec),
    ...entryUses(spec),
  ];
}

function accountUses({ podTemplate: { serviceAccountName } }: LeadPlatformSpec): readonly Use[] {
  if (serviceAccountName === undefined) return [];
  return [
    {
      by: 'serviceAccount',
      field: 'podTemplate.serviceAccountName',
      words: 'names a ServiceAccount of its own',
      instead: 'leave it out',
    },
  ];
}

/** Pods of other operators run as accounts that these make, with rights: an image of the author's would have them. */
function engineUses({ capabilities: { messageQueue } }: LeadPlatformSpec): readonly Use[] {
  if (messageQueue.image === undefined) return [];
  return [
    {
      by: 'serviceAccount',
      field: 'capabilities.messageQueue.image',
      words: "has an image of its own run as the ServiceAccount that RabbitMQ's cluster operator makes",
      instead: 'leave it out',
    },
  ];
}

const volumeUses = ({ podTemplate: { volumes = [] } }: LeadPlatformSpec): readonly Use[] =>
  volumes.flatMap(({ hostPath }, index): Use[] =>
    hostPath === undefined
      ? []
      : [
          {
            by: 'hostPath',
            field: `podTemplate.volumes[${index}].hostPath`,
            words: 'is a folder of the node',
            instead: 'use another kind of volume',
          },
        ],
  );

function containerUses({ podTemplate: { containerSecurityContext } }: LeadPlatformSpec): readonly Use[] {
  const { privileged, capabilities } = containerSecurityContext ?? {};
  const beyond = capabilities?.add?.filter((name) => !BASELINE.has(name)) ?? [];
  const uses: Use[] = [];
  if (privileged === true) {
    uses.push({
      by: 'privileged',
      field: 'podTemplate.containerSecurityContext.privileged',
      words: 'asks for privileged containers',
      instead: 'leave it out',
    });
  }
  if (beyond.length > 0) {
    uses.push({
      by: 'privileged',
      field: 'podTemplate.containerSecurityContext.capabilities.add',
      words: `asks for ${beyond.join(', ')}, beyond the Pod Security level baseline`,
      instead: 'leave that out',
    });
  }
  return uses;
}

/** Labels too: some injectors take their orders from these. */
const annotationUses = ({ podTemplate }: LeadPlatformSpec): readonly Use[] =>
  (['labels', 'annotations', 'jobAnnotations'] as const).flatMap((name) => {
    const field = `podTemplate.${name}`;
    const entries = Object.entries(podTemplate[name] ?? {});
    const unconfined = entries.some(([key, profile]) => key.startsWith(APPARMOR) && !isConfined(profile));
    return [
      ...(unconfined ? [appArmorUse(field)] : []),
      ...entries.flatMap(([key, value]): Use[] => {
        const reader = whoActsOn(key, value);
        if (reader === undefined) return [];
        const words = `has ${inWords(key)}, an order to ${reader}`;
        return [{ by: 'podAnnotations', entry: key, field, words, instead: 'leave that out' }];
      }),
    ];
  });

const appArmorUse = (field: string): Use => ({
  by: 'privileged',
  field,
  words: `takes AppArmor off (${APPARMOR}…), beyond the Pod Security level baseline`,
  instead: 'leave that out',
});

/** Kubernetes itself adds these to every pod, with that effect and for five minutes. */
const EVERY_PODS_OWN: readonly string[] = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

const tolerationUses = ({ podTemplate: { tolerations = [] } }: LeadPlatformSpec): readonly Use[] =>
  tolerations.flatMap(({ key = '', effect }, index): Use[] => {
    if (EVERY_PODS_OWN.includes(key) && effect === 'NoExecute') return [];
    return [
      {
        by: 'tolerations',
        entry: key === '' ? '*' : key,
        field: `podTemplate.tolerations[${index}]`,
        words: key === '' ? 'tolerates every taint' : `tolerates the taint ${inWords(key)}`,
        instead: 'leave it out',
      },
    ];
  });

function priorityUses({ podTemplate, capabilities }: LeadPlatformSpec): readonly Use[] {
  const { priorityClassNames } = capabilities.orchestration;
  const named: readonly (readonly [field: string, name: string | undefined])[] = [
    ['podTemplate.priorityClassName', podTemplate.priorityClassName],
    ...(['ingest', 'sync', 'queue'] as const).map(
      (part) => [`capabilities.orchestration.priorityClassNames.${part}`, priorityClassNames[part]] as const,
    ),
  ];
  return named.flatMap(([field, name]): Use[] =>
    name === undefined
      ? []
      : [
          {
            by: 'priorityClasses',
            entry: name,
            field,
            words: `asks for the PriorityClass ${inWords(name)}`,
            instead: 'leave it out',
          },
        ],
  );
}

/** Requests that come in from outside: for which host names, and by which orders to who lets them in. */
function entryUses({ capabilities: { loadBalancer, cdn } }: LeadPlatformSpec): readonly Use[] {
  const { ingress, gateway, service } = loadBalancer;
  const field = 'capabilities.loadBalancer';
  return [
    ...(ingress === undefined ? [] : hostUses(`${field}.ingress.hosts`, ingress.hosts)),
    ...(gateway === undefined ? [] : hostUses(`${field}.gateway.hostnames`, gateway.hostnames)),
    ...orderUses(`${field}.ingress.annotations`, ingress?.annotations),
    ...orderUses(`${field}.service.annotations`, service?.annotations),
    ...orderUses('capabilities.cdn.ingressAnnotations', cdn.ingressAnnotations),
  ];
}

function hostUses(field: string, hosts: readonly string[]): readonly Use[] {
  const by = 'hostnames';
  if (hosts.length === 0) {
    const words = 'asks for the requests to every host name';
    return [{ by, entry: '*', field, words, instead: 'name hosts that are allowed' }];
  }
  return hosts.map((host, index) => ({
    by,
    // Every name below a domain needs no more than the domain.
    entry: host.replace(/^\*\./, ''),
    field: `${field}[${index}]`,
    words: `asks for the requests to ${inWords(host)}`,
    instead: 'leave it out',
  }));
}

const orderUses = (field: string, annotations: Readonly<Record<string, string>> = {}): readonly Use[] =>
  Object.keys(annotations).map((key) => ({
    by: 'ingressAnnotations',
    entry: key,
    field,
    words: `has ${inWords(key)}`,
    instead: 'leave that out',
  }));
