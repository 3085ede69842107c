/** Servers on loopback that answer as a protocol's script says, and count what they say. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import * as http from './http.ts';
import * as postgres from './postgres.ts';
import * as redis from './redis.ts';
import { chance, pick, type Random, type Reply } from './reply.ts';

export const PROTOCOLS = ['postgres', 'redis', 'http'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Said {
  replies: number;
  /** Well-formed frames of a server that has let us in. */
  wellFormed: number;
  readonly kinds: Record<string, number>;
  readonly states: Record<string, number>;
}

export interface HostileServers {
  readonly said: Said;
  readonly ports: readonly number[];
  close(): Promise<void>;
}

/** How long a client may look at an answer that it goes on to wait for. */
const PATIENCE_MS = 15;
/** How often a flood is sent on, to whoever still reads. */
const FLOODS = 8;
/** Of what comes after the login: so much of it is well-formed. */
const WELL_FORMED = 0.72;

export async function hostileServers(
  protocol: Protocol,
  count: number,
  random: Random,
): Promise<HostileServers> {
  const said: Said = { replies: 0, wellFormed: 0, kinds: {}, states: {} };
  const sockets = new Set<Socket>();
  const servers = await Promise.all(
    Array.from({ length: count }, async (): Promise<Server> => {
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
        const { port } = server.address() as AddressInfo;
        SESSIONS[protocol](new Voice(socket, said), random, port);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return {
    said,
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** What a session says, as it should or as it should not. */
class Voice {
  readonly socket: Socket;
  readonly #said: Said;
  #patience: NodeJS.Timeout | undefined;

  constructor(socket: Socket, said: Said) {
    this.socket = socket;
    this.#said = said;
    socket.on('data', () => clearTimeout(this.#patience)).on('close', () => clearTimeout(this.#patience));
  }

  honestly(bytes: Buffer | string): void {
    this.socket.write(bytes);
    this.#wait(10 * PATIENCE_MS);
  }

  say({ kind, state, isLoggedIn, bytes }: Reply): void {
    const said = this.#said;
    said.replies += 1;
    said.kinds[kind] = (said.kinds[kind] ?? 0) + 1;
    said.states[state] = (said.states[state] ?? 0) + 1;
    if (kind === 'well-formed' && isLoggedIn) said.wellFormed += 1;
    if (kind === 'drip') return this.#drip(bytes, 0);
    if (kind === 'flood') return this.#flood(bytes, FLOODS);
    this.socket.write(bytes);
    this.#wait();
  }

  #drip(bytes: Buffer, at: number): void {
    if (this.socket.destroyed) return;
    if (at >= Math.min(bytes.length, 400)) return this.#wait();
    this.socket.write(bytes.subarray(at, at + 1));
    setImmediate(() => this.#drip(bytes, at + 1));
  }

  #flood(bytes: Buffer, left: number): void {
    if (this.socket.destroyed) return;
    if (left === 0) return this.#wait();
    this.socket.write(bytes, () => this.#flood(bytes, left - 1));
  }

  #wait(ms = PATIENCE_MS): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.socket.destroy(), ms);
  }
}

const SESSIONS: Readonly<Record<Protocol, (voice: Voice, random: Random, port: number) => void>> = {
  postgres: postgresSession,
  redis: redisSession,
  http: httpSession,
};

/** How often Postgres answers with something else. What comes first is mostly as it should be, so that the rest is reached. */
const HOSTILITY: Readonly<Record<string, number>> = { beginning: 0.3, asked: 0.8, 'asked in parts': 0.9 };

function postgresSession(voice: Voice, random: Random): void {
  const login = pick(random, chance(random, 0.1) ? postgres.HOPELESS : postgres.LOGINS);
  let heard = Buffer.alloc(0);
  let hasStarted = false;
  let isIn = false;
  const answer = (state: string, legitimate: readonly Buffer[]): void => {
    const share = isIn ? WELL_FORMED : 0.5;
    if (chance(random, HOSTILITY[state] ?? 0.1))
      voice.say(postgres.hostile(random, state, isIn, legitimate, share));
    else voice.honestly(Buffer.concat(legitimate));
  };
  const letIn = (state: string): void => {
    // From here on what is said comes after the login.
    isIn = chance(random, 0.9);
    if (isIn) voice.honestly(Buffer.concat(postgres.letsIn()));
    else {
      isIn = true;
      voice.say(postgres.hostile(random, state, true, postgres.letsIn(), WELL_FORMED));
    }
  };
  voice.socket.on('data', (bytes) => {
    heard = Buffer.concat([heard, bytes]);
    if (!hasStarted) {
      if (heard.length < 4 || heard.length < heard.readUInt32BE(0)) return;
      heard = heard.subarray(heard.readUInt32BE(0));
      hasStarted = true;
      if (login === 'trust') letIn('settling');
      else answer('starting', postgres.asksForLogin(login));
    }
    while (heard.length >= 5 && heard.length > heard.readUInt32BE(1)) {
      const type = String.fromCharCode(heard[0] ?? 0);
      const text = heard.toString('utf8', 5, heard.readUInt32BE(1));
      heard = heard.subarray(1 + heard.readUInt32BE(1));
      if (type === 'p' && !isIn) {
        // From the first step on of what nobody is let in by it is hostile.
        if (postgres.HOPELESS.includes(login))
          voice.say(postgres.hostile(random, 'sasl', false, postgres.letsIn(), 0.5));
        else letIn('settling');
      }
      if (type === 'Q') answer(text.includes('SELECT') ? 'asked' : 'beginning', postgres.answerTo(text));
      if (type === 'S') answer('asked in parts', postgres.answerTo(undefined));
      // Without having been asked, once in a while.
      if (isIn && chance(random, 0.02))
        voice.say(postgres.hostile(random, 'idle', true, [postgres.frame('N', 'Mx\0', '\0')], WELL_FORMED));
    }
  });
}

function redisSession(voice: Voice, random: Random, port: number): void {
  let heard = '';
  voice.socket.on('data', (bytes) => {
    const { commands, rest } = redis.commandsIn(heard + bytes.toString('latin1'));
    heard = rest;
    if (commands.length === 0) return;
    const legitimate = commands.map((command) => redis.answerTo(command, port));
    const name = (commands[0]?.[0] ?? '').toLowerCase();
    const isHandshake = ['auth', 'select', 'client', 'hello'].includes(name);
    const state = isHandshake ? 'handshake' : name === 'sentinel' ? 'sentinel' : 'asked';
    // A server that asks for no password has let us in with the first command.
    if (chance(random, isHandshake ? 0.05 : 0.9))
      voice.say(redis.hostile(random, state, !isHandshake, legitimate, WELL_FORMED));
    else voice.honestly(legitimate.join(''));
    if (chance(random, 0.02)) voice.say(redis.hostile(random, 'idle', true, ['$-1\r\n'], WELL_FORMED));
  });
}

function httpSession(voice: Voice, random: Random): void {
  let heard = '';
  voice.socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
    while (heard.includes('\r\n\r\n')) {
      const [head = ''] = heard.split('\r\n\r\n', 1);
      heard = heard.slice(head.length + 4);
      const body = http.answerTo(head.split(' ')[1] ?? '');
      if (chance(random, 0.9)) voice.say(http.hostile(random, 'asked', body, WELL_FORMED));
      else voice.honestly(http.response(body));
      if (chance(random, 0.02)) voice.say(http.hostile(random, 'idle', body, WELL_FORMED));
    }
  });
}
