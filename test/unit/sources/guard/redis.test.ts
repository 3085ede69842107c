import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RedisReplies } from '../../../../src/sources/guard/redis.ts';
import { BadReply } from '../../../../src/sources/guard/replies.ts';

const PING = '*1\r\n$4\r\nPING\r\n';

/** A connection on which so many commands wait for their answers. */
function asked(commands: number, largest?: number): RedisReplies {
  const replies = new RedisReplies(largest);
  replies.sent(Buffer.from(PING.repeat(commands)));
  return replies;
}

/** What goes on to the driver of pieces that come one after another. */
function passed(replies: RedisReplies, pieces: readonly Buffer[]): string {
  return pieces.map((piece) => replies.received(piece)?.toString('latin1') ?? '').join('');
}

it.each([
  '+OK\r\n',
  '-ERR it is so\r\n',
  ':12\r\n',
  ':-1\r\n',
  '$5\r\nhello\r\n',
  '$0\r\n\r\n',
  '$-1\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*2\r\n$1\r\n0\r\n*3\r\n$1\r\na\r\n$-1\r\n:1\r\n',
  '*2\r\n*1\r\n*0\r\n-ERR inside\r\n',
])('lets %j through, whole, however it is cut', (frame) => {
  const bytes = Buffer.from(frame);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      const replies = asked(1);
      const whole = pieces.map((piece) => replies.received(piece)).filter((each) => each !== undefined);
      expect(whole.filter(({ length }) => length > 0).map(String)).toEqual([frame]);
    }),
  );
});

it('hands on the answers that are whole, and holds back the rest', () => {
  const replies = asked(3);
  expect(passed(replies, [Buffer.from('+A\r\n:1\r\n$3\r\nab')])).toBe('+A\r\n:1\r\n');
  expect(passed(replies, [Buffer.from('c\r\n')])).toBe('$3\r\nabc\r\n');
});

it.each([
  ['a type of RESP3', '#t\r\n', /unknown type/],
  ['bytes of another protocol', 'HTTP/1.1 400 Bad Request\r\n', /unknown type/],
  ['a length that is no number', '$constructor\r\n', /number/],
  ['a length without digits', '$\r\n', /without digits/],
  ['a length below zero', '$-2\r\n', /below zero/],
  ['a text that is longer than it says', '$1\r\nab\r\n', /not as long/],
  ['a line that ends in half', '+OK\rX', /does not end/],
  ['a number that never ends', `:${'1'.repeat(30)}`, /without an end/],
  ['lists that lie too deep', '*1\r\n'.repeat(20), /too deep/],
  ['a list of a thousand million', '*1000000000\r\n', /too long/],
  ['lists that are too long together', `*2\r\n${'*40000\r\n'.repeat(2)}`, /too long/],
  ['a text that says it is larger than a reply may be', '$1900000000\r\n', /more than 1 MB/],
])('refuses %s', (_what, bytes, says) => {
  expect(() => asked(1).received(Buffer.from(bytes))).toThrow(says);
  expect(() =>
    passed(
      asked(1),
      [...Buffer.from(bytes)].map((byte) => Buffer.of(byte)),
    ),
  ).toThrow(BadReply);
});

it('refuses an answer to which there was no command', () => {
  const replies = asked(1);
  expect(() => replies.received(Buffer.from('$-1\r\n$-1\r\n'))).toThrow(/not sent/);
});

it('counts commands as the driver writes them, with text that is longer in bytes than in letters', () => {
  const replies = new RedisReplies();
  replies.sent(Buffer.from('*2\r\n$3\r\nGET\r\n$5\r\nüx\r\n\r\n*1\r\n$4\r\nPING\r\n'));
  expect(passed(replies, [Buffer.from('$-1\r\n+PONG\r\n')])).toBe('$-1\r\n+PONG\r\n');
  expect(() => replies.received(Buffer.from('+PONG\r\n'))).toThrow(/not sent/);
});

it('ends a flood, and begins to count again with what is sent next', () => {
  const replies = asked(10, 100);
  const answer = Buffer.from(`$50\r\n${'x'.repeat(50)}\r\n`);
  replies.received(answer);
  expect(() => replies.received(answer)).toThrow(/more than/);
  const others = asked(10, 100);
  others.received(answer);
  others.sent(Buffer.from(PING));
  expect(others.received(answer)).toEqual(answer);
});
