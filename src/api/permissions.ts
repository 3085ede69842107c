/**
 * What an author of LeadPlatforms may ask for only where whoever runs the operator allows it. The operator makes pods with
 * its own rights, so without this an author could have pods that the author could not make.
 */
import { type Problem, problem } from './problems.ts';
import type { LeadPlatformSpec } from './schema/leadplatform.ts';

export interface AuthorPermissions {
  /** Privileged containers, and capabilities or no AppArmor profile beyond the Pod Security level baseline. */
  readonly privileged: boolean;
  readonly hostPath: boolean;
  /** Another ServiceAccount than the platform's own, with the rights that it has. */
  readonly serviceAccount: boolean;
}

export const NOTHING_MORE: AuthorPermissions = { privileged: false, hostPath: false, serviceAccount: false };
/** For a manifest that is looked at without an operator: what one would allow is not known. */
export const EVERYTHING: AuthorPermissions = { privileged: true, hostPath: true, serviceAccount: true };

/** How each is allowed: the flag of the operator, and the value of its chart. */
const SWITCHES: Readonly<Record<keyof AuthorPermissions, { flag: string; value: string }>> = {
  privileged: { flag: '--allow-privileged', value: 'authors.allowPrivileged' },
  hostPath: { flag: '--allow-host-path', value: 'authors.allowHostPaths' },
  serviceAccount: { flag: '--allow-service-account', value: 'authors.allowServiceAccounts' },
};

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

/** Every use of what is not allowed, with the field, the flag and the value of the chart. */
export function forbiddenUses(
  { podTemplate }: LeadPlatformSpec,
  allowed: AuthorPermissions,
): readonly Problem[] {
  const problems: Problem[] = [];
  const refuse = (what: keyof AuthorPermissions, field: string, words: string, instead: string): void => {
    if (allowed[what]) return;
    const { flag, value } = SWITCHES[what];
    problems.push(
      problem(
        `spec.podTemplate.${field}`,
        `${words}, which this operator does not allow; ${instead}, or have it run with ${flag} (chart: ${value}=true)`,
      ),
    );
  };
  const { serviceAccountName, volumes = [], containerSecurityContext } = podTemplate;
  if (serviceAccountName !== undefined)
    refuse('serviceAccount', 'serviceAccountName', 'names a ServiceAccount of its own', 'leave it out');
  volumes.forEach(({ hostPath }, index) => {
    if (hostPath !== undefined)
      refuse(
        'hostPath',
        `volumes[${index}].hostPath`,
        'is a folder of the node',
        'use another kind of volume',
      );
  });
  if (containerSecurityContext?.privileged === true)
    refuse(
      'privileged',
      'containerSecurityContext.privileged',
      'asks for privileged containers',
      'leave it out',
    );
  const beyond = containerSecurityContext?.capabilities?.add?.filter((name) => !BASELINE.has(name)) ?? [];
  if (beyond.length > 0) {
    refuse(
      'privileged',
      'containerSecurityContext.capabilities.add',
      `asks for ${beyond.join(', ')}, beyond the Pod Security level baseline`,
      'leave that out',
    );
  }
  for (const field of ['annotations', 'jobAnnotations'] as const) {
    const unconfined = Object.entries(podTemplate[field] ?? {}).some(
      ([key, profile]) => key.startsWith(APPARMOR) && !isConfined(profile),
    );
    if (!unconfined) continue;
    refuse(
      'privileged',
      field,
      `takes AppArmor off (${APPARMOR}…), beyond the Pod Security level baseline`,
      'leave that out',
    );
  }
  return problems;
}
