/** A Redis that answers as it should, and one that does not. Bytes alone. */
import {
  below,
  chance,
  LARGE_SHARE,
  pick,
  type Random,
  type Reply,
  randomBytes,
  shaken,
  spoilt,
  WORDS,
} from './reply.ts';

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const list = (items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;

/** The commands in what a client sent, and what is left of the last one. */
export function commandsIn(text: string): {
  readonly commands: readonly (readonly string[])[];
  readonly rest: string;
} {
  const commands: string[][] = [];
  let at = 0;
  for (;;) {
    const head = /^\*(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (head === null) break;
    let next = at + head[0].length;
    const words: string[] = [];
    for (let left = Number(head[1]); left > 0; left -= 1) {
      const size = /^\$(\d+)\r\n/.exec(text.slice(next, next + 20));
      if (size === null) break;
      const from = next + size[0].length;
      next = from + Number(size[1]) + 2;
      if (next > text.length) break;
      words.push(text.slice(from, next - 2));
    }
    if (words.length < Number(head[1])) break;
    commands.push(words);
    at = next;
  }
  return { commands, rest: text.slice(at) };
}

const JOB = JSON.stringify({ uuid: 'a', createdAt: 1_700_000_000 });

export function answerTo([name = '', ...words]: readonly string[], port: number): string {
  switch (name.toLowerCase()) {
    case 'ping':
      return '+PONG\r\n';
    case 'exists':
    case 'scard':
      return ':1\r\n';
    case 'dbsize':
    case 'zcount':
      return ':3\r\n';
    case 'llen':
    case 'zcard':
      // Nothing is there as other versions of Laravel would write it.
      return /laravel_database_|\{/.test(words[0] ?? '') ? ':0\r\n' : ':3\r\n';
    case 'lindex':
      return bulk(JOB);
    case 'scan':
      return list([bulk('0'), list([bulk('laravel_database_queues:default')])]);
    case 'getrange':
      return bulk('120.5');
    case 'get':
      return bulk('1700000000');
    case 'zrevrange':
      return list([bulk(JOB), bulk('1700000000')]);
    case 'info':
      return bulk('redis_version:7.4.0\r\naof_enabled:1\r\n');
    case 'config':
      return list([bulk(words[1] ?? ''), bulk('noeviction')]);
    case 'sentinel':
      return list([bulk('127.0.0.1'), bulk(String(port))]);
    default:
      return '+OK\r\n';
  }
}

/** Any value of RESP2, lists in lists among them. */
function anyValue(random: Random, depth = 0): string {
  const errors = [
    'ERR no',
    'NOAUTH x',
    'WRONGPASS x',
    'MOVED 1 127.0.0.1:1',
    'ASK 1 127.0.0.1:1',
    'LOADING x',
    'NOPERM x',
    'constructor x',
    '__proto__ x',
    'CLUSTERDOWN x',
    '',
  ];
  const values: readonly (() => string)[] = [
    () => `:${pick(random, ['0', '-1', '1', '9007199254740993', '-9223372036854775808', '+5'])}\r\n`,
    () => `+${pick(random, ['OK', 'QUEUED', 'constructor', ''])}\r\n`,
    () => `-${pick(random, errors)}\r\n`,
    () => bulk(pick(random, [...WORDS, 'x'.repeat(below(random, 3_000))])),
    () => '$-1\r\n',
    () => '*-1\r\n',
    () => '*0\r\n',
    () =>
      depth > 4
        ? '*0\r\n'
        : list(Array.from({ length: below(random, 5) }, () => anyValue(random, depth + 1))),
    () =>
      list([bulk(pick(random, ['message', 'subscribe', 'unsubscribe', 'pmessage'])), bulk('x'), ':0\r\n']),
  ];
  return pick(random, values)();
}

/** As long as one answer may be. */
const LARGE: readonly (() => string)[] = [
  () => bulk('x'.repeat(990_000)),
  () => list(Array.from({ length: 49_000 }, () => '$-1\r\n')),
  () => list(Array.from({ length: 7_000 }, () => '*7\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n')),
];

function special(random: Random): Buffer {
  return Buffer.from(
    pick(random, [
      '*1000000000\r\n',
      '$1900000000\r\n',
      '$-2\r\n',
      '*-5\r\n',
      ':\r\n',
      ':1x\r\n',
      '$1\r\nab\r\n',
      '+OK\n',
      '*1\r\n'.repeat(3_000),
      '%1\r\n+a\r\n+b\r\n',
      '>2\r\n+message\r\n+x\r\n',
      '~1\r\n:1\r\n',
      '#t\r\n',
      '_\r\n',
      ',1.5\r\n',
      '(12345678901234567890\r\n',
      '=7\r\ntxt:abc\r\n',
      '!5\r\nERR x\r\n',
      '|1\r\n+a\r\n+b\r\n',
      'HTTP/1.1 400 Bad Request\r\n\r\n',
    ]),
  );
}

const flooded = (random: Random): Buffer =>
  pick(random, [
    Buffer.from(':1\r\n'),
    Buffer.from('$-1\r\n'),
    Buffer.from(bulk('x'.repeat(50_000))),
    Buffer.from('*1\r\n'),
    Buffer.from('*40000\r\n$-1\r\n'),
    randomBytes(random, 64),
    Buffer.from('+'),
  ]);

/** `share`: of what is well-formed. */
export function hostile(
  random: Random,
  state: string,
  isLoggedIn: boolean,
  legitimate: readonly string[],
  share: number,
): Reply {
  if (chance(random, share * LARGE_SHARE)) {
    const bytes = Buffer.from(pick(random, LARGE)());
    return { state, kind: 'well-formed', isLoggedIn, bytes };
  }
  if (chance(random, share)) {
    const bytes = Buffer.from(shaken(random, legitimate, () => anyValue(random)).join(''));
    return { state, kind: 'well-formed', isLoggedIn, bytes };
  }
  const whole = Buffer.from(legitimate.join(''));
  return {
    state,
    isLoggedIn,
    ...spoilt(
      random,
      whole,
      () => special(random),
      () => flooded(random),
    ),
  };
}
