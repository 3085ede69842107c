/**
 * What the operator of the proof allows its authors. Lists are open, so that what they guard is tried on a cluster; what is a
 * switch is closed, so that a refusal is tried, too.
 */
import { type AuthorPermissions, EVERYTHING } from '../../../src/api/permissions.ts';

export const PERMISSIONS: AuthorPermissions = {
  ...EVERYTHING,
  privileged: false,
  hostPath: false,
  serviceAccount: false,
};

/** The same, of `leadplatform run`. */
export const PERMISSION_FLAGS = [
  '--allow-priority-class=*',
  '--allow-toleration=*',
  '--allow-hostname=*',
  '--allow-ingress-annotation=*',
  '--allow-pod-annotation=*',
];
