/** A Postgres that answers as it should, and one that does not. Bytes alone. */
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

type Part = string | Buffer | readonly [number, 1 | 2 | 4];

export function frame(type: string, ...parts: readonly Part[]): Buffer {
  const body = Buffer.concat(parts.map(bytesOf));
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function bytesOf(part: Part): Buffer {
  if (typeof part === 'string') return Buffer.from(part);
  if (Buffer.isBuffer(part)) return part;
  const number = Buffer.alloc(part[1]);
  if (part[1] === 1) number.writeInt8(part[0]);
  else if (part[1] === 2) number.writeInt16BE(part[0]);
  else number.writeInt32BE(part[0]);
  return number;
}

const FLOAT = 701;
const column = (name: string, type = FLOAT, format = 0): Buffer =>
  Buffer.concat([
    bytesOf(`${name}\0`),
    ...(
      [
        [0, 4],
        [0, 2],
        [type, 4],
        [8, 2],
        [-1, 4],
        [format, 2],
      ] as const
    ).map(bytesOf),
  ]);
const columns = (of: readonly Buffer[]): Buffer => frame('T', [of.length, 2], ...of);
const row = (values: readonly (string | null)[]): Buffer =>
  frame(
    'D',
    [values.length, 2],
    ...values.flatMap((value): Part[] =>
      value === null ? [[-1, 4]] : [[Buffer.byteLength(value), 4], value],
    ),
  );
const command = (tag: string): Buffer => frame('C', `${tag}\0`);
const READY = frame('Z', 'I');
const IN = frame('R', [0, 4]);

const BOOL = 16;
const INT = 23;
const TEXT = 25;
/** Name, type and value of each column of every question. */
const CELLS = [
  ['value', FLOAT, '512'],
  ['unseen', FLOAT, '0'],
  ['used', FLOAT, '10'],
  ['allowed', FLOAT, '100'],
  ['step', FLOAT, '1'],
  ['inserted', FLOAT, '900'],
  ['type', TEXT, 'timestamp with time zone'],
  ['kind', TEXT, 'r'],
  ['dated', BOOL, 't'],
  ['ahead', BOOL, 'f'],
  ['empty', BOOL, 'f'],
  ['excess', TEXT, ''],
] as const;
const NAMES = CELLS.map(([name]) => name);
const ANSWER = [
  columns(CELLS.map(([name, type]) => column(name, type))),
  row(CELLS.map(([, , value]) => value)),
  command('SELECT 1'),
];
/** The settings before each question. */
const SET_TO = ['on', '5000', 'UTC', '1', 'off'];
const SETTING = [columns(SET_TO.map(() => column('set_config', TEXT))), row(SET_TO), command('SELECT 1')];
const SETTINGS = [command('SET'), command('SET'), ...SETTING];
/** The same in parts, whose last column is the number of the session. */
const SETTING_IN_PARTS = [
  columns([...SET_TO.map(() => column('set_config', TEXT)), column('session', INT)]),
  row([...SET_TO, '4712']),
  command('SELECT 1'),
];

/** Whoever connects is asked for a password, by one method or another, or for none. */
export type Login = 'trust' | 'password' | 'md5' | 'sasl';
/** By which a connection in clear lets in. */
export const LOGINS: readonly Login[] = ['trust', 'md5'];
/** By which none of ours is let in in clear: a password is not told as it is, and nobody here can finish SASL. */
export const HOPELESS: readonly Login[] = ['password', 'sasl'];

export function asksForLogin(login: Login): readonly Buffer[] {
  switch (login) {
    case 'trust':
      return letsIn();
    case 'password':
      return [frame('R', [3, 4])];
    case 'md5':
      return [frame('R', [5, 4], 'salt')];
    case 'sasl':
      return [frame('R', [10, 4], 'SCRAM-SHA-256\0\0')];
  }
}

export const letsIn = (): readonly Buffer[] => [
  IN,
  frame('S', 'server_version\0', '17.2\0'),
  frame('S', 'TimeZone\0', 'UTC\0'),
  frame('K', [4711, 4], [815, 4]),
  READY,
];

/** What a Postgres says to a query, or to the end of statements in parts. */
export function answerTo(query: string | undefined): readonly Buffer[] {
  const part = [frame('1'), frame('2')];
  const ended = ['BEGIN', 'ROLLBACK'].flatMap((tag) => [...part, frame('n'), command(tag)]);
  if (query === undefined) return [...part, ...SETTING_IN_PARTS, ...part, ...ANSWER, ...ended, READY];
  return [...(query.startsWith('SET') ? SETTINGS : []), ...ANSWER, READY];
}

/** Any frame of the protocol, as its documentation has it. */
function anyFrame(random: Random): Buffer {
  const word = (): string => `${pick(random, WORDS)}\0`;
  const fields = (): string => {
    const count = below(random, 5);
    return `${Array.from({ length: count }, () => `${pick(random, 'SVCMDHPpqWstcdnFLRZ'.split(''))}${word()}`).join('')}\0`;
  };
  const code = pick(random, ['constructor', '__proto__', 'toString', '42P01', '28P01', '57014', '', 'XX000']);
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: below(random, most) }, make);
  const frames: readonly (() => Buffer)[] = [
    () => IN,
    () => frame('R', [3, 4]),
    () => frame('R', [5, 4], 'salt'),
    () => frame('R', [pick(random, [2, 6, 7, 9, 99]), 4]),
    () => frame('R', [10, 4], 'SCRAM-SHA-256\0\0'),
    () =>
      frame('R', [11, 4], `r=${pick(random, WORDS)},s=c2FsdA==,i=${pick(random, ['1', '4096', '99999999'])}`),
    () => frame('R', [12, 4], 'v=c2FsdA=='),
    () => frame('S', word(), word()),
    () => frame('K', [below(random, 9_999), 4], [1, 4]),
    () => frame('N', fields()),
    () => frame('A', [1, 4], word(), word()),
    () => frame('E', fields()),
    () => frame('E', 'SERROR\0', `C${code}\0`, `M${word()}`, '\0'),
    () => frame('E', 'SFATAL\0', 'C57P01\0', 'Mgoodbye\0', '\0'),
    () => frame('Z', pick(random, ['I', 'T', 'E'])),
    () =>
      columns(
        some(8, () =>
          column(
            pick(random, [...WORDS, ...NAMES]),
            pick(random, [16, 17, 20, 23, 114, 600, 701, 1000, 1007, 1082, 1114, 1186, 2950]),
            below(random, 2),
          ),
        ),
      ),
    () =>
      row(
        some(8, () =>
          chance(random, 0.3)
            ? null
            : pick(random, [...WORDS, '{{{1}}}', '{1,NULL}', '(1,2)', 'P1Y', '2024-13-45', '\\x00']),
        ),
      ),
    () => command(pick(random, [...WORDS, 'SELECT 1', 'SELECT 99999999999999999999', 'INSERT 0 1', 'BEGIN'])),
    ...['1', '2', '3', 'n', 'I', 's', 'c'].map((type) => () => frame(type)),
    () => frame('t', [1, 2], [23, 4]),
    () => frame('G', [0, 1], [1, 2], [0, 2]),
    () => frame('H', [0, 1], [1, 2], [0, 2]),
    () => frame('W', [0, 1], [0, 2]),
    () => frame('d', randomBytes(random, 50)),
    () => frame('V', [-1, 4]),
    () => frame('v', [0, 4], [0, 4]),
  ];
  return pick(random, frames)();
}

/** Frames that are as short, as long or as unfinished as no frame may be: each ended a process, or hung it. */
function special(random: Random): Buffer {
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const long = frame('D', [1, 2], [1_900_000_000, 4], 'x');
  long.writeUInt32BE(1_900_000_010, 1);
  return pick(random, [
    hex('52 00000008 00000007'),
    hex('52 00000008 00000002'),
    hex('52 00000008 00000063'),
    hex('52 00000000'),
    hex('45 00000001'),
    hex('45 00000004'),
    hex('4e 00000004'),
    hex('44 00000004'),
    hex('44 00000006 0005'),
    hex('54 00000006 0005'),
    hex('48 00000005 00'),
    hex('41 00000006 0000'),
    hex('4b 00000006 0000'),
    hex('53 00000005 41'),
    hex('43 00000004'),
    hex('5a 00000004'),
    frame('D', [-1, 2]),
    frame('T', [32_767, 2]),
    frame('E', 'Mno end'),
    long,
  ]);
}

const wide = Array.from({ length: 64 }, (_, index) => column(`c${index}`));
/** As many rows, as wide, or as long as one answer may be. */
const LARGE: readonly (() => Buffer)[] = [
  () =>
    Buffer.concat([
      ...ANSWER.slice(0, 1),
      row(['x'.repeat(990_000), '0', '10', '100', '1']),
      command('SELECT 1'),
      READY,
    ]),
  () =>
    Buffer.concat([columns(wide), ...Array.from({ length: 3_500 }, () => row(wide.map(() => null))), READY]),
  () =>
    Buffer.concat([columns([column('value')]), ...Array.from({ length: 19_000 }, () => row(['1'])), READY]),
  () => Buffer.concat([...Array.from({ length: 19_000 }, () => command('SELECT 1')), READY]),
];

const flooded = (random: Random): Buffer =>
  pick(random, [
    frame('N', 'Mx\0', '\0'),
    READY,
    command('SELECT 1'),
    row([null]),
    frame('s'),
    frame('S', 'a\0', 'b\0'),
    randomBytes(random, 64),
    frame('d', Buffer.alloc(60_000)),
  ]);

/** In place of `legitimate`, what a server says that does not mean well. `share`: of what is well-formed. */
export function hostile(
  random: Random,
  state: string,
  isLoggedIn: boolean,
  legitimate: readonly Buffer[],
  share: number,
): Reply {
  if (isLoggedIn && chance(random, share * LARGE_SHARE))
    return { state, kind: 'well-formed', isLoggedIn, bytes: pick(random, LARGE)() };
  if (chance(random, share)) {
    const bytes = Buffer.concat(shaken(random, legitimate, () => anyFrame(random)));
    return { state, kind: 'well-formed', isLoggedIn, bytes };
  }
  const whole = Buffer.concat(legitimate);
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
