/** Why a source has no value: one of the reasons of a reading, with a sentence that says what would be right. */
import { unknown, type Unknown, type UnknownReason } from '../model/reading.ts';

/** Carries a reason through the code of a source, up to the reading that it becomes. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  readonly reason: UnknownReason;
  /** The status of the HTTP answer, where there was one that tells more than the reason. */
  readonly httpStatus: number | undefined;

  /** @param message A sentence for a person; it must hold no credential and nothing that a source answered. */
  constructor(reason: UnknownReason, message: string, httpStatus?: number) {
    super(message);
    this.reason = reason;
    this.httpStatus = httpStatus;
  }

  toReading(): Unknown {
    return unknown(this.reason, this.message);
  }
}
