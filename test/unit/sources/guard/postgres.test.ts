import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PostgresReplies } from '../../../../src/sources/guard/postgres.ts';
import { BadReply } from '../../../../src/sources/guard/replies.ts';

/** A frame: its type, and its body in parts: text, or numbers as `[value, bytes]`. */
function frame(type: string, ...parts: readonly (string | readonly [number, 2 | 4])[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1');
      const number = Buffer.alloc(part[1]);
      if (part[1] === 2) number.writeInt16BE(part[0]);
      else number.writeInt32BE(part[0]);
      return number;
    }),
  );
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const raw = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const IN = frame('R', [0, 4]);
const READY = frame('Z', 'I');
const column = (name: string) => `${name}\0${'\0'.repeat(18)}`;
const COLUMNS = frame('T', [2, 2], column('value'), column('unseen'));
const ROW = frame('D', [2, 2], [3, 4], '512', [-1, 4]);
const ERROR = frame('E', 'SERROR\0', 'C42P01\0', 'Mno such table\0', '\0');

type State = 'starting' | 'settling' | 'idle' | 'asked';

/** A connection that has come so far. */
function at(state: State): PostgresReplies {
  const replies = new PostgresReplies();
  replies.sent(raw('00000008 00030000'));
  if (state === 'starting') return replies;
  replies.received(IN);
  if (state === 'settling') return replies;
  replies.received(READY);
  if (state === 'asked') replies.sent(frame('Q', 'SELECT\0'));
  return replies;
}

it.each<[string, State, Buffer[]]>([
  ['trust', 'starting', [IN, frame('S', 'server_version\0', '17\0'), frame('K', [1, 4], [2, 4]), READY]],
  ['a notice on the way in', 'starting', [frame('N', 'Mhello\0', '\0'), IN, READY]],
  ['an answer of a row', 'asked', [COLUMNS, ROW, ROW, frame('C', 'SELECT 2\0'), READY]],
  [
    'statements in one message',
    'asked',
    [frame('C', 'BEGIN\0'), COLUMNS, ROW, frame('C', 'SELECT 1\0'), READY],
  ],
  ['a statement in parts', 'asked', [frame('1'), frame('2'), COLUMNS, ROW, frame('C', 'SELECT 1\0'), READY]],
  ['an error as the answer', 'asked', [ERROR, READY]],
  ['a setting that changed meanwhile', 'idle', [frame('S', 'TimeZone\0', 'UTC\0')]],
])('lets %s through, whole, however it is cut', (_what, state, frames) => {
  const bytes = Buffer.concat(frames);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const ends = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const replies = at(state);
      const whole = ends
        .slice(1)
        .map((end, index) => replies.received(bytes.subarray(ends[index], end)))
        .filter((each) => each !== undefined);
      expect(Buffer.concat(whole)).toEqual(bytes);
      const isWhole = (piece: Buffer) => {
        let offset = 0;
        while (offset < piece.length) offset += 1 + piece.readUInt32BE(offset + 1);
        return offset === piece.length;
      };
      expect(whole.every(isWhole)).toBe(true);
    }),
  );
});

it('lets the question for a password through where only the server reads the answer', () => {
  const asks = frame('R', [3, 4]);
  for (const isEncrypted of [true, false]) {
    const replies = new PostgresReplies(isEncrypted);
    replies.sent(raw('00000008 00030000'));
    if (isEncrypted) expect(replies.received(asks)).toEqual(asks);
    else expect(() => replies.received(asks)).toThrow('asks for the password itself');
  }
});

it('follows a login by SCRAM, a step at a time', () => {
  const replies = at('starting');
  const say = () => replies.sent(frame('p', 'answer'));
  replies.received(frame('R', [10, 4], 'SCRAM-SHA-256\0\0'));
  say();
  replies.received(frame('R', [11, 4], 'r=abc,s=ZGVm,i=4096'));
  say();
  const end = Buffer.concat([frame('R', [12, 4], 'v=ZGVm'), IN, READY]);
  expect(replies.received(end)).toEqual(end);
});

it('refuses a login that goes on without our answer', () => {
  const replies = at('starting');
  replies.received(frame('R', [10, 4], 'SCRAM-SHA-256\0\0'));
  expect(() => replies.received(frame('R', [11, 4], 'r=abc,s=ZGVm,i=4096'))).toThrow(BadReply);
});

it.each<[string, State, Buffer]>([
  ['what a gss line in pg_hba.conf gives', 'starting', raw('52 00000008 00000007')],
  ['a login by a method of old times', 'starting', raw('52 00000008 00000002')],
  ['a login by a method that does not exist', 'starting', raw('52 00000008 00000063')],
  ['a step of SASL that was not begun', 'starting', frame('R', [11, 4], 'r=a')],
  ['SASL without an end of its list', 'starting', frame('R', [10, 4], 'SCRAM-SHA-256')],
  ['an MD5 login without its salt', 'starting', frame('R', [5, 4])],
  ['ready without a login', 'starting', READY],
  ['a login after the login', 'idle', frame('R', [3, 4])],
  ['a frame of length 0', 'asked', raw('44 00000000')],
  ['a frame of length 1', 'asked', raw('44 00000001')],
  ['an error without its terminator', 'asked', raw('45 00000004')],
  ['an error whose text does not end', 'asked', frame('E', 'Mno end')],
  ['a row that declares 1.9 GB', 'asked', raw('44 71400000')],
  ['a row of fewer values than it says', 'asked', frame('D', [2, 2], [-1, 4])],
  ['a row of a value that is longer than the row', 'asked', frame('D', [1, 2], [2_000_000_000, 4], 'x')],
  ['a row of a value of length −2', 'asked', frame('D', [1, 2], [-2, 4])],
  ['a row before its columns', 'asked', ROW],
  ['columns that are cut short', 'asked', frame('T', [1, 2], 'value\0')],
  ['fewer columns than none', 'asked', frame('T', [-1, 2])],
  ['thousands of columns', 'asked', frame('T', [5_000, 2], column('').repeat(5_000))],
  ['a copy to us', 'asked', frame('H', '\0', [0, 2])],
  ['a copy from us', 'asked', frame('G', '\0', [0, 2])],
  ['a portal that goes on', 'asked', frame('s')],
  ['a notification without its text', 'idle', frame('A', [1, 4], 'channel')],
  ['a key without its number', 'settling', frame('K', [1, 4])],
  ['a setting without its value', 'settling', frame('S', 'TimeZone\0')],
  ['the end of a command without its zero', 'asked', frame('C', 'SELECT 1')],
  ['an answer to which there was no question', 'idle', READY],
  ['bytes of another protocol', 'starting', Buffer.from('HTTP/1.1 400 Bad Request\r\n')],
])('refuses %s', (_what, state, bytes) => {
  expect(() => at(state).received(bytes)).toThrow(BadReply);
  const slowly = at(state);
  expect(() => {
    for (const byte of bytes) slowly.received(Buffer.of(byte));
  }).toThrow(BadReply);
});

it('refuses a row of other columns than were announced', () => {
  const replies = at('asked');
  replies.received(COLUMNS);
  expect(() => replies.received(frame('D', [1, 2], [-1, 4]))).toThrow(/other columns/);
});

it('refuses to be ready more often than it was asked', () => {
  const replies = at('asked');
  expect(replies.received(READY)).toEqual(READY);
  expect(() => replies.received(READY)).toThrow(BadReply);
});

it('takes more rows than any question has for a flood, however short they are', () => {
  const replies = at('asked');
  expect(() => replies.received(Buffer.concat(Array.from({ length: 30_000 }, () => frame('I'))))).toThrow(
    /too many/,
  );
});

it('is over with an error that answers nothing, and hands that on', () => {
  for (const state of ['starting', 'settling', 'idle'] as const) {
    const replies = at(state);
    expect(replies.received(Buffer.concat([ERROR, raw('00')]))).toEqual(ERROR);
    expect(replies.isOver).toBe(true);
  }
});

it('counts what is answered since it was last asked', () => {
  const replies = at('asked');
  const notice = frame('N', `M${'x'.repeat(400_000)}\0`, '\0');
  replies.received(notice);
  replies.received(notice);
  expect(() => replies.received(notice)).toThrow(/more than 1 MB/);
});
