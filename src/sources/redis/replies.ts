/** What a reply of Redis must be. The driver's types say what each command answers; a server may answer anything. */
import { SourceFailure } from '../failure.ts';

const malformed = (what: string): SourceFailure =>
  new SourceFailure('MalformedReply', `Redis answers with something that is not ${what}; is it a Redis?`);

/** A count, as LLEN and its like answer: else texts would be put together where numbers are added up. */
export function countIn(reply: unknown): number {
  if (typeof reply !== 'number' || !Number.isSafeInteger(reply) || reply < 0) throw malformed('a count');
  return reply;
}

export function textIn(reply: unknown): string {
  if (typeof reply !== 'string') throw malformed('text');
  return reply;
}

export function bytesIn(reply: unknown): Buffer {
  if (!Buffer.isBuffer(reply)) throw malformed('text');
  return reply;
}

/** `null` where there is none. */
export function textOrNoneIn(reply: unknown): string | null {
  return reply === null ? null : textIn(reply);
}

export function textsIn(reply: unknown): readonly string[] {
  if (!Array.isArray(reply)) throw malformed('a list');
  return reply.map(textIn);
}
