/** What a write that failed means to the person who looks at the platform. */
import type { WriteFailure } from '../../src/plan/types.ts';
import { ChildOwnedByOther } from '../runtime/children.ts';
import {
  KubeError,
  TerminalError,
  isFenced,
  isForbidden,
  isInvalid,
  isNamespaceTerminating,
} from '../runtime/errors.ts';

/** A fixed word for the conditions, and a sentence: what is wrong, and what would be right. */
export type Refusal = Pick<WriteFailure, 'reason' | 'message'>;

/** The failure in words; undefined for one that passes by itself and is nobody's news. */
export function asRefusal(error: unknown): Refusal | undefined {
  if (isFenced(error) || isNamespaceTerminating(error)) return undefined;
  if (error instanceof ChildOwnedByOther) {
    return {
      reason: 'ChildOwnedByOther',
      message: `${error.message}. Rename one of the two, or write the annotation leadplatform.io/adopt-by: <platform> on the ${error.kind} to hand it over`,
    };
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
  return undefined;
}
