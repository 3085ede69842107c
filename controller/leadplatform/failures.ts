/** What a write that failed means to the person who looks at the platform. */
import { ChildOwnedByOther } from '../runtime/children.ts';
import {
  KubeError,
  TerminalError,
  isFenced,
  isForbidden,
  isInvalid,
  isNamespaceTerminating,
} from '../runtime/errors.ts';

export interface WriteFailure {
  /** A fixed word, for the conditions. */
  readonly reason: 'ChildOwnedByOther' | 'ChildRejected' | 'Forbidden';
  /** A sentence: what is wrong, and what would be right. */
  readonly message: string;
}

/** The failure in words; undefined for one that passes by itself and is nobody's news. */
export function asWriteFailure(error: unknown): WriteFailure | undefined {
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
