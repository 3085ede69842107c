/** The rights of Pods and their containers: what their author says, and what they have where nothing is said. */
import type { PodTemplate } from '../api/schema/pod-template.ts';

/** Of every Pod that the operator makes. @param own What its author says. */
export const podSecurity = (own?: PodTemplate['securityContext']) => ({
  ...own,
  seccompProfile: { type: 'RuntimeDefault' } as const,
});

/** Of a container whose image is known to run as an ordinary user and to write into volumes alone. */
export const LEAST_RIGHTS = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;

/**
 * What an image that starts as root needs to become another user and to write into folders of that user, as Apache's,
 * nginx's and most entry points do. A container that runs as an ordinary user gets none of it.
 */
const ROOT_IMAGE_CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETUID',
];

/** Of a container of the application: what its author says, over the least that images get by with. */
export function containerSecurity({ securityContext: pod, containerSecurityContext: own = {} }: PodTemplate) {
  const { capabilities, ...rest } = own;
  // The API server refuses to be told that a privileged container may not gain rights.
  const escalation = own.privileged === true ? {} : { allowPrivilegeEscalation: false };
  if (capabilities !== undefined) {
    const { add, drop = ['ALL'] } = capabilities;
    return { ...rest, ...escalation, capabilities: { drop, ...(add !== undefined && { add }) } };
  }
  const isRoot = (own.runAsNonRoot ?? pod?.runAsNonRoot) !== true;
  return {
    ...rest,
    ...escalation,
    capabilities: { drop: ['ALL'], ...(isRoot && { add: ROOT_IMAGE_CAPABILITIES }) },
  };
}
