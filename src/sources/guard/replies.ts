/**
 * What a server may answer, before a driver sees it. Drivers parse inside the handler of a socket, and trust what they are
 * told about lengths: one short frame throws there, and one long one is memory. So a protocol of its own checks each frame,
 * and hands on whole frames alone.
 *
 *     socket ──► Replies.received(bytes) ──► driver
 *                     │ BadReply
 *                     ▼
 *     socket is closed, and the reading is unknown, with a sentence
 */
import type { UnknownReason } from '../../model/reading.ts';

/** One connection's protocol. Pure: bytes in, bytes out. */
export interface Replies {
  /** What we send, before it is sent: it says what may be answered. */
  sent(bytes: Buffer): void;
  /**
   * What may go on to the driver of these bytes and of those that were held back: whole frames, or nothing yet.
   * Throws `BadReply`; nothing may be handed on afterwards.
   */
  received(bytes: Buffer): Buffer | undefined;
  /** The server has said its last word; the connection is of no use any more. */
  readonly isOver: boolean;
}

/** An answer that does not follow the protocol, or is too large. Its message goes on from the name of the server. */
export class BadReply extends Error {
  override readonly name = 'BadReply';
  readonly reason: UnknownReason;

  constructor(message: string, reason: UnknownReason = 'MalformedReply') {
    super(message);
    this.reason = reason;
  }
}

/** What a server may answer at most to what it was last asked, in bytes. */
export const LARGEST_REPLY = 1_000_000;

/** The least that is kept in reserve for the rest of a frame. */
const LEAST_HELD = 1_024;

/** Holds back what is not whole yet, in one buffer that grows by doubling: a byte at a time costs no more than all at once. */
export abstract class FramedReplies implements Replies {
  readonly #largest: number;
  #held: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Since something was last sent. */
  #got = 0;

  constructor(largest: number = LARGEST_REPLY) {
    this.#largest = largest;
  }

  abstract readonly isOver: boolean;

  /** How long the whole frames are with which `bytes` begins. Throws `BadReply`. */
  protected abstract whole(bytes: Buffer): number;

  /** Reads what is sent, to know what may be answered. */
  protected abstract asked(bytes: Buffer): void;

  /** A frame that says it is this long. Throws `BadReply` where that is more than may come, before any of it is held. */
  protected check(length: number): void {
    if (length > this.#largest) throw this.#tooLarge();
  }

  sent(bytes: Buffer): void {
    this.#got = 0;
    this.asked(bytes);
  }

  received(bytes: Buffer): Buffer | undefined {
    this.#got += bytes.length;
    if (this.#got > this.#largest) throw this.#tooLarge();
    const all = this.#length === 0 ? bytes : this.#hold(bytes);
    const end = this.whole(all);
    if (end === all.length) {
      this.#held = Buffer.alloc(0);
      this.#length = 0;
      return all;
    }
    if (this.#length === 0 || end > 0) {
      // What goes on may be kept by the driver, so the rest is never written behind it.
      const rest = all.subarray(end);
      this.#held = Buffer.allocUnsafe(Math.max(LEAST_HELD, 2 * rest.length));
      rest.copy(this.#held);
      this.#length = rest.length;
    }
    return end === 0 ? undefined : all.subarray(0, end);
  }

  #hold(bytes: Buffer): Buffer {
    const length = this.#length + bytes.length;
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(LEAST_HELD, 2 * length));
      this.#held.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    bytes.copy(this.#held, this.#length);
    this.#length = length;
    return this.#held.subarray(0, length);
  }

  #tooLarge(): BadReply {
    return new BadReply(
      `answers with more than ${LARGEST_REPLY / 1_000_000} MB; is it the server that the spec means?`,
      'TooLarge',
    );
  }
}
