/**
 * HTTP: the driver's own parser checks its frames, and holds no more of them than of one header. What it does not count is
 * what an answer is made of besides its body: answers before the answer, extensions of chunks, trailers.
 */
import { FramedReplies, LARGEST_REPLY } from './replies.ts';

/** What may come besides a body of the largest size. */
const BESIDES = 65_536;

export class HttpReplies extends FramedReplies {
  readonly isOver = false;

  constructor() {
    super(LARGEST_REPLY + BESIDES);
  }

  protected asked(): void {}

  protected whole(bytes: Buffer): number {
    return bytes.length;
  }
}
