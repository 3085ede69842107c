/**
 * Version 3 of the protocol of Postgres, as a client that only asks: it never copies, listens or prepares.
 *
 *     starting  R: what to log in with, in its order; E ends it
 *     settling  S K N, until Z: the server is ready
 *     idle      N S A, or E, which ends it
 *     asked     1 2 3 n I, T and rows D of as many columns, C, E, until one Z for each question
 *
 * A frame is a byte of type, the length of what follows, itself included, and that. Not only its length is checked: drivers
 * read until a zero byte or as many columns as are said, wherever that is.
 */
import { BadReply, FramedReplies } from './replies.ts';

const HEADER = 5;
/** Logging in takes a few hundred bytes. */
const LARGEST_LOGIN = 16_384;
/** No question of ours has ten. Each row costs as much as the columns that were announced, however short it is. */
const MOST_COLUMNS = 64;
const MOST_FIELDS = 64;
/** Of one answer. */
const MOST_FRAMES = 20_000;

/** What the server asked for on the way in, and what may come next. 0: in; 3, 5: a password; 10, 11, 12: the steps of SASL. */
const LOGIN: ReadonlyMap<number, readonly number[]> = new Map([
  [-1, [0, 3, 5, 10]],
  [3, [0]],
  [5, [0]],
  [10, [11]],
  [11, [12]],
  [12, [0]],
]);
/** The password as it is, which any server may ask for. */
const CLEARTEXT = 3;
/** After these the client has the word. */
const ASKS_US: ReadonlySet<number> = new Set([3, 5, 10, 11]);

type State = 'starting' | 'settling' | 'idle' | 'asked' | 'over';

const MAY_COME: Readonly<Record<State, string>> = {
  starting: 'REN',
  settling: 'SKNEZ',
  idle: 'NSAE',
  asked: '123nITDCENSAZ',
  over: '',
};

export class PostgresReplies extends FramedReplies {
  readonly #isEncrypted: boolean;
  #state: State = 'starting';
  /** The first thing that we send has no type. */
  #hasStarted = false;
  #login = -1;
  #hasWord = true;
  /** Questions that no Z has answered yet. */
  #questions = 0;
  #columns: number | undefined;
  #frames = 0;

  /** @param isEncrypted Whether only the server can read what is sent to it. */
  constructor(isEncrypted = false) {
    super();
    this.#isEncrypted = isEncrypted;
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  protected asked(bytes: Buffer): void {
    let at = 0;
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      at = bytes.readUInt32BE(0);
    }
    while (at + HEADER <= bytes.length) {
      const type = String.fromCharCode(bytes[at] ?? 0);
      if (type === 'p') this.#hasWord = true;
      // A query, and the end of a statement in parts.
      if (type === 'Q' || type === 'S') {
        this.#questions += 1;
        if (this.#state === 'idle') this.#state = 'asked';
      }
      at += 1 + bytes.readUInt32BE(at + 1);
    }
  }

  protected whole(bytes: Buffer): number {
    let at = 0;
    while (at + HEADER <= bytes.length) {
      const type = String.fromCharCode(bytes[at] ?? 0);
      const length = bytes.readUInt32BE(at + 1);
      this.#announced(type, length);
      const end = at + 1 + length;
      if (end > bytes.length) break;
      if (!isWellFormed(type, bytes, at + HEADER, end)) throw new BadReply(MALFORMED);
      this.#take(type, bytes, at + HEADER);
      at = end;
      // Whatever comes behind the last word is not looked at.
      if (this.isOver) return at;
    }
    // Of what has no length yet the type can be told.
    if (at < bytes.length) this.#mayCome(String.fromCharCode(bytes[at] ?? 0));
    return at;
  }

  #mayCome(type: string): void {
    if (!MAY_COME[this.#state].includes(type))
      throw new BadReply('sends a frame that does not belong there; is it a Postgres?');
  }

  #announced(type: string, length: number): void {
    this.#mayCome(type);
    if (length < 4) throw new BadReply(MALFORMED);
    this.check(1 + length);
    if (this.#state === 'starting' && length > LARGEST_LOGIN)
      throw new BadReply('says too much before it lets us in', 'TooLarge');
  }

  #take(type: string, bytes: Buffer, from: number): void {
    this.#frames += 1;
    if (this.#frames > MOST_FRAMES) throw new BadReply('answers with too many rows', 'TooLarge');
    switch (type) {
      case 'R':
        return this.#logIn(bytes.readInt32BE(from));
      case 'E':
        // An error is the answer to a question; without one it is a goodbye.
        if (this.#state !== 'asked') this.#state = 'over';
        this.#columns = undefined;
        return;
      case 'T':
        this.#columns = bytes.readInt16BE(from);
        return;
      case 'D':
        if (bytes.readInt16BE(from) !== this.#columns)
          throw new BadReply('sends a row of other columns than it announced');
        return;
      case 'C':
        this.#columns = undefined;
        return;
      case 'Z':
        if (this.#state === 'asked') this.#questions -= 1;
        this.#state = this.#questions > 0 ? 'asked' : 'idle';
        this.#columns = undefined;
        this.#frames = 0;
        return;
      default:
    }
  }

  #logIn(step: number): void {
    if (!this.#hasWord || !(LOGIN.get(this.#login) ?? []).includes(step))
      throw new BadReply('asks for a login that is not known: password, MD5 and SCRAM-SHA-256 are');
    if (step === CLEARTEXT && !this.#isEncrypted)
      throw new BadReply(
        'asks for the password itself, and the connection is in clear; set tls, or scram-sha-256 in its pg_hba.conf',
        'SourceRefused',
      );
    this.#login = step;
    // The last step of SASL is followed by the word that we are in.
    this.#hasWord = !ASKS_US.has(step);
    if (step === 0) this.#state = 'settling';
  }
}

const MALFORMED = 'sends a frame that is not well-formed; is it a Postgres?';

/** Whether the body of a frame is what its type says, to the last byte. */
function isWellFormed(type: string, bytes: Buffer, from: number, end: number): boolean {
  const size = end - from;
  switch (type) {
    case 'R':
      return isLogin(bytes, from, end);
    case 'E':
    case 'N':
      return hasFields(bytes, from, end);
    case 'S':
      return afterText(bytes, afterText(bytes, from, end), end) === end;
    case 'A':
      return size > 4 && afterText(bytes, afterText(bytes, from + 4, end), end) === end;
    case 'C':
      return afterText(bytes, from, end) === end;
    case 'K':
      return size >= 8 && size <= 4 + 256;
    case 'Z':
      return size === 1 && 'ITE'.includes(String.fromCharCode(bytes[from] ?? 0));
    case 'T':
      return hasColumns(bytes, from, end);
    case 'D':
      return hasValues(bytes, from, end);
    default:
      return size === 0;
  }
}

function isLogin(bytes: Buffer, from: number, end: number): boolean {
  if (end - from < 4) return false;
  const rest = end - from - 4;
  switch (bytes.readInt32BE(from)) {
    case 0:
    case 3:
      return rest === 0;
    case 5:
      return rest === 4;
    case 10:
      // Names, each with its zero, and one zero more.
      return rest >= 1 && bytes[end - 1] === 0 && (rest === 1 || bytes[end - 2] === 0);
    case 11:
    case 12:
      return true;
    default:
      // Told apart from what is not well-formed: `gss` in pg_hba.conf, say.
      throw new BadReply('asks for a login that is not known: password, MD5 and SCRAM-SHA-256 are');
  }
}

/** Behind the zero byte that ends the text there; past the end where there is none. */
function afterText(bytes: Buffer, from: number, end: number): number {
  if (from >= end) return end + 1;
  const zero = bytes.indexOf(0, from);
  return zero < 0 || zero >= end ? end + 1 : zero + 1;
}

/** Of an error or a notice: a byte and a text, again and again, and a zero. */
function hasFields(bytes: Buffer, from: number, end: number): boolean {
  let at = from;
  for (let fields = 0; at < end && fields <= MOST_FIELDS; fields += 1) {
    if (bytes[at] === 0) return at + 1 === end;
    at = afterText(bytes, at + 1, end);
  }
  return false;
}

function hasColumns(bytes: Buffer, from: number, end: number): boolean {
  if (end - from < 2) return false;
  const count = bytes.readInt16BE(from);
  if (count < 0 || count > MOST_COLUMNS) return false;
  let at = from + 2;
  for (let column = 0; column < count && at <= end; column += 1) at = afterText(bytes, at, end) + 18;
  return at === end;
}

function hasValues(bytes: Buffer, from: number, end: number): boolean {
  if (end - from < 2) return false;
  const count = bytes.readInt16BE(from);
  if (count < 0 || count > MOST_COLUMNS) return false;
  let at = from + 2;
  for (let column = 0; column < count; column += 1) {
    if (at + 4 > end) return false;
    const length = bytes.readInt32BE(at);
    if (length < -1) return false;
    at += 4 + Math.max(0, length);
  }
  return at === end;
}
