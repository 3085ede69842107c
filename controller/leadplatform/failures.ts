/** What a write that failed means to the person who looks at the platform. */
import { ADOPT_ANNOTATION } from '../../src/api/names.ts';
import type { WriteFailure } from '../../src/cluster/snapshot.ts';
import { ChildOwnedByOther } from '../runtime/children.ts';
import {
  KubeError,
  TerminalError,
  isFenced,
  isForbidden,
  isInvalid,
  isNamespaceTerminating,
  undeclaredFields,
} from '../runtime/errors.ts';

/** A fixed word for the conditions, and a sentence: what is wrong, and what would be right. */
export type Refusal = Pick<WriteFailure, 'reason' | 'message'>;

/**
 * The failure in words; undefined for one that passes by itself and is nobody's news.
 * @param adopter The platform that would take over a child that is handed to it; undefined where none can be.
 */
export function asRefusal(error: unknown, adopter?: string): Refusal | undefined {
  if (isFenced(error) || isNamespaceTerminating(error)) return undefined;
  if (error instanceof ChildOwnedByOther) {
    const cure =
      adopter === undefined || error.isControlled
        ? 'Rename or delete one of the two'
        : `Annotate it ${ADOPT_ANNOTATION}=${adopter} to hand it over, or rename or delete it`;
    return { reason: 'ChildOwnedByOther', message: `${error.message}. ${cure}` };
  }
  if (error instanceof TerminalError) return { reason: 'ChildRejected', message: error.message };
  if (!(error instanceof KubeError)) return undefined;
  if (isForbidden(error)) {
    return {
      reason: 'Forbidden',
      message: `${error.message}. Raise the quota, or grant the operator this verb`,
    };
  }
  if (isInvalid(error)) return { reason: 'ChildRejected', message: error.message };
  if (undeclaredFields(error).length > 0) {
    return {
      reason: 'ChildRejected',
      message: `${error.message}. The definition of this kind in the cluster lacks the field: upgrade it, as a rule with the operator that it belongs to`,
    };
  }
  return asWebhookFailure(error);
}

/** The API server itself failed; the same request may well succeed later. One that is away has said nothing. */
export const isServerFault = (error: unknown): boolean => error instanceof KubeError && error.status >= 500;

/** In words, once it has been so for a while. */
export function asLastingFault(error: unknown): Refusal | undefined {
  if (!(error instanceof KubeError) || !isServerFault(error)) return undefined;
  const { message } = error;
  return {
    reason: 'ServerError',
    message: `${message}. The API server fails this write each time; its own log says why`,
  };
}

/** `failed calling webhook "x": failed to call webhook: Post "https://…": connection refused`, as the API server says. */
const WEBHOOK = /failed calling webhook "([^"]+)":? *(.*)$/s;

/** It is somebody's to bring back, and until then nothing that it looks at is written. */
function asWebhookFailure(error: KubeError): Refusal | undefined {
  const [, webhook, why = ''] = WEBHOOK.exec(error.message) ?? [];
  if (webhook === undefined || !isServerFault(error)) return undefined;
  return {
    reason: 'WebhookFailed',
    message: `the admission webhook "${webhook}" does not answer, so the API server refuses the write (${why}). Bring its server back, or delete its webhook configuration`,
  };
}
