/** What a write that failed means to the person who looks at the platform. */
import { ADOPT_ANNOTATION } from '../../src/api/names.ts';
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
  return undefined;
}
