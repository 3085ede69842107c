/** An HTTP server that answers as it should, and one that does not. Bytes alone. */
import {
  below,
  chance,
  LARGE_SHARE,
  pick,
  type Random,
  type Reply,
  randomBytes,
  spoilt,
  WORDS,
} from './reply.ts';

export function answerTo(path: string): string {
  if (path.startsWith('/api/queues'))
    return JSON.stringify([{ name: 'default', messages_ready: 3, messages_unacknowledged: 1 }]);
  if (path.includes('/api/v1/query'))
    return JSON.stringify({
      status: 'success',
      data: { resultType: 'scalar', result: [1_700_000_000, '5'] },
    });
  return JSON.stringify({ a: { b: 5 } });
}

export function response(
  body: string,
  head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n',
): Buffer {
  return Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function chunked(random: Random, body: string): Buffer {
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')];
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.subarray(at, at + 1 + below(random, 60));
    const extension = chance(random, 0.2) ? ';a=b' : '';
    parts.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from('\r\n'));
    at += piece.length;
  }
  const trailer = chance(random, 0.2) ? 'x-a: b\r\n' : '';
  return Buffer.concat([...parts, Buffer.from(`0\r\n${trailer}\r\n`)]);
}

/** JSON of any shape, with the names that are looked for in places where they do not belong. */
function anyJson(random: Random, depth = 0): unknown {
  const some = (): unknown => anyJson(random, depth + 1);
  const values: readonly (() => unknown)[] = [
    () => null,
    () => pick(random, [0, -1, 5, 1e300, 0.1, 2 ** 53]),
    () => pick(random, WORDS),
    () => chance(random, 0.5),
    () => (depth > 4 ? [] : Array.from({ length: below(random, 5) }, some)),
    () => ({ a: { b: depth > 4 ? 1 : some() } }),
    () => ({
      status: 'success',
      data: {
        resultType: pick(random, ['scalar', 'vector', 'matrix', 'constructor']),
        result: depth > 4 ? [] : some(),
      },
    }),
    () => [
      {
        name: pick(random, ['default', ...WORDS]),
        messages_ready: depth > 4 ? 1 : some(),
        messages_unacknowledged: depth > 4 ? '1' : some(),
      },
    ],
    () => ({ constructor: 1, ['__proto__']: some }),
  ];
  return pick(random, values)();
}

/** As deep, as wide, or of as many names as a body may be. */
const LARGE: readonly (() => string)[] = [
  () => `${'['.repeat(490_000)}${']'.repeat(490_000)}`,
  () => `{${Array.from({ length: 80_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
  () => `[${'{},'.repeat(320_000)}1]`,
  () =>
    `[${Array.from({ length: 12_000 }, (_, index) => `{"name":"q${index}","messages_ready":1}`).join(',')}]`,
];

function anyResponse(random: Random, legitimate: string): Buffer {
  if (chance(random, LARGE_SHARE)) return response(pick(random, LARGE)());
  const body = chance(random, 0.2) ? legitimate : (JSON.stringify(anyJson(random)) ?? 'null');
  const responses: readonly (() => Buffer)[] = [
    () => response(body),
    () => response(body),
    () => chunked(random, body),
    () =>
      response(
        body,
        `HTTP/1.1 ${pick(random, [201, 204, 301, 302, 304, 401, 403, 404, 418, 500, 503])} x\r\n`,
      ),
    () => Buffer.from(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${response(body).toString()}`),
    () => Buffer.concat([response(body), response(legitimate)]),
    () => Buffer.from(`HTTP/1.0 200 OK\r\nconnection: close\r\n\r\n${body}`),
    () => response(`${'['.repeat(5_000)}${']'.repeat(5_000)}`),
    () => response(body, `HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(below(random, 200))}`),
    () => Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'),
  ];
  return pick(random, responses)();
}

function special(random: Random): Buffer {
  return Buffer.from(
    pick(random, [
      'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n',
      'HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/9.9 200 OK\r\n\r\n',
      'HTTP/1.1 000 \r\n\r\n',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
      `HTTP/1.1 200 ${'z'.repeat(40_000)}\r\n\r\n`,
      'HTTP/1.1 200 OK\r\n: x\r\n\r\n',
      '+PONG\r\n',
    ]),
  );
}

const flooded = (random: Random): Buffer =>
  pick(random, [
    Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'),
    Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1_000)}`),
    Buffer.from('HTTP/1.1 200 OK\r\n'),
    randomBytes(random, 64),
  ]);

/** `share`: of what is well-formed. */
export function hostile(random: Random, state: string, body: string, share: number): Reply {
  if (chance(random, share))
    return { state, kind: 'well-formed', isLoggedIn: true, bytes: anyResponse(random, body) };
  return {
    state,
    isLoggedIn: true,
    ...spoilt(
      random,
      response(body),
      () => special(random),
      () => flooded(random),
    ),
  };
}
