/**
 * RESP2, the protocol of Redis. One frame answers one command, in order:
 *
 *     +text\r\n   -error\r\n   :integer\r\n   $length\r\nbytes\r\n   $-1\r\n   *count\r\n…   *-1\r\n
 *
 * Types of RESP3 are not asked for, and refused. So is an answer to which there was no command: the driver takes it for
 * that of another command, or fails while it says so.
 */
import { BadReply, FramedReplies } from './replies.ts';

const CR = 0x0d;
const LF = 0x0a;
const TYPE = { text: 0x2b, error: 0x2d, integer: 0x3a, bulk: 0x24, array: 0x2a } as const;
/** Of a line of text; one with a number in it is shorter. */
const LONGEST_LINE = 65_536;
const LONGEST_NUMBER = 21;
/** Answers are lists at most, and lists of lists. */
const DEEPEST = 8;
/** Of all lists of one answer. SCAN is asked for a thousand keys. */
const MOST_ITEMS = 50_000;

export class RedisReplies extends FramedReplies {
  readonly isOver = false;
  /** Commands that are not answered yet. */
  #asked = 0;
  /** How far the frame has been read that is not whole yet, and from where its line is searched for its end. */
  #at = 0;
  #searched = 0;
  /** Items that are still to come, of each list that is open. */
  #open: number[] = [];
  #items = 0;

  protected asked(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; this.#asked += 1) at = endOfCommand(bytes, at);
  }

  protected whole(bytes: Buffer): number {
    let end = 0;
    while (this.#at < bytes.length && this.#item(bytes)) {
      if (this.#open.length > 0) continue;
      if (this.#asked === 0) throw new BadReply('answers a command that was not sent');
      this.#asked -= 1;
      this.#items = 0;
      end = this.#at;
    }
    this.#at -= end;
    this.#searched = Math.max(0, this.#searched - end);
    return end;
  }

  /** Reads one line, and the bytes that it announces. False where they are not all there yet. */
  #item(bytes: Buffer): boolean {
    const type = bytes[this.#at];
    if (!TYPES.has(type ?? 0)) throw new BadReply('sends a frame of an unknown type; is it a Redis?');
    const cr = bytes.indexOf(CR, Math.max(this.#at + 1, this.#searched));
    const longest = type === TYPE.text || type === TYPE.error ? LONGEST_LINE : LONGEST_NUMBER;
    if ((cr < 0 ? bytes.length : cr) - this.#at - 1 > longest)
      throw new BadReply('sends a line without an end');
    if (cr < 0 || cr + 1 === bytes.length) {
      this.#searched = cr < 0 ? bytes.length : cr;
      return false;
    }
    if (bytes[cr + 1] !== LF) throw new BadReply('sends a line that does not end as it must');
    const after = cr + 2;
    if (type === TYPE.text || type === TYPE.error) return this.#done(after);
    const number = integerIn(bytes, this.#at + 1, cr);
    if (type === TYPE.integer) return this.#done(after);
    if (number < -1) throw new BadReply('sends a length below zero');
    if (type === TYPE.array) return this.#opened(after, number);
    if (number === -1) return this.#done(after);
    this.check(number);
    if (after + number + 2 > bytes.length) return false;
    if (bytes[after + number] !== CR || bytes[after + number + 1] !== LF)
      throw new BadReply('sends text that is not as long as it says');
    return this.#done(after + number + 2);
  }

  #opened(after: number, count: number): boolean {
    if (count <= 0) return this.#done(after);
    this.#items += count;
    if (this.#items > MOST_ITEMS) throw new BadReply('answers with a list that is too long', 'TooLarge');
    if (this.#open.length >= DEEPEST)
      throw new BadReply('answers with lists that lie too deep in each other');
    this.#open.push(count);
    this.#at = after;
    this.#searched = after;
    return true;
  }

  /** One item is whole, and with the last one of a list the list is. */
  #done(after: number): true {
    this.#at = after;
    this.#searched = after;
    while (this.#open.length > 0) {
      const left = (this.#open.pop() ?? 0) - 1;
      if (left > 0) {
        this.#open.push(left);
        break;
      }
    }
    return true;
  }
}

const TYPES: ReadonlySet<number> = new Set(Object.values(TYPE));

/** The whole number written there. Throws `BadReply`. */
function integerIn(bytes: Buffer, from: number, to: number): number {
  const first = bytes[from];
  const start = first === TYPE.error || first === TYPE.text ? from + 1 : from;
  if (start === to) throw new BadReply('sends a number without digits');
  let number = 0;
  for (let at = start; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) throw new BadReply('sends a number that is none');
    number = number * 10 + digit;
  }
  return first === TYPE.error ? -number : number;
}

/** Where the command ends that begins there, as a driver writes it: a list of texts, each with its length. */
function endOfCommand(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(LF, from) + 1;
  if (at === 0) return bytes.length;
  const count = Number(bytes.toString('latin1', from + 1, at - 2));
  for (let index = 0; index < count; index += 1) {
    const line = bytes.indexOf(LF, at) + 1;
    if (line === 0) return bytes.length;
    at = line + Number(bytes.toString('latin1', at + 1, line - 2)) + 2;
  }
  return at;
}
