import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configFrom, loadConfig } from '../../../examples/brain/src/config.ts';
import { commandLine } from '../../../examples/brain/src/options.ts';
import { serialise, unserialise } from '../../../examples/brain/src/queue/php-object.ts';
import { callEvent } from '../../../examples/brain/src/web/webhook.ts';

describe('the jobs of the stand-in, serialised', () => {
  it('read as PHP writes them, in bytes', () => {
    const text = 'O:8:"App\\Pusé":4:{s:6:"leadId";s:3:"é!";s:5:"after";N;s:2:"on";b:1;s:4:"wait";d:0.5;}';
    // Seven letters, eight bytes.
    expect(unserialise(text.replace('O:8:"App\\Pusé"', 'O:9:"App\\Pusé"'))).toEqual({
      className: 'App\\Pusé',
      properties: { leadId: 'é!', after: null, on: true, wait: 0.5 },
    });
    expect(() => unserialise(text)).toThrow(/no " at byte/);
  });

  it('come back as they were', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc
        .double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
        .filter((n) => !Object.is(n, -0)),
      fc.boolean(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.dictionary(fc.string({ unit: 'binary', minLength: 1 }), scalar, {
          noNullPrototype: true,
          maxKeys: 6,
        }),
        (className, properties) => {
          expect(unserialise(serialise({ className, properties }))).toEqual({ className, properties });
        },
      ),
    );
  });
});

describe('the configuration of the stand-in', () => {
  it('has the defaults of Laravel', () => {
    const config = configFrom({});
    expect(config.redis.prefix).toBe('laravel-database-');
    expect(config.cache).toEqual({ store: 'database', prefix: 'laravel-cache-' });
    expect(config.queue).toMatchObject({ connection: 'database', redisConnection: 'default' });
    expect(config.redis.connections.cache).toMatchObject({ host: '127.0.0.1', port: 6379, database: 1 });
    expect(configFrom({ APP_NAME: 'Lead Platform!' }).redis.prefix).toBe('lead-platform-database-');
  });

  it('puts queues on a server of their own where one is named, with what it leaves out from the first', () => {
    const env = { REDIS_HOST: 'a', REDIS_PASSWORD: 'pw', REDIS_QUEUE_HOST: 'b' };
    const { queue, redis } = configFrom(env);
    expect(queue.redisConnection).toBe('queue');
    expect(redis.connections.queue).toEqual({ host: 'b', port: 6379, database: 0, password: 'pw' });
    // Workers that are left on the first server say so.
    expect(configFrom({ ...env, REDIS_QUEUE_CONNECTION: 'default' }).queue.redisConnection).toBe('default');
  });

  it.each([
    [{ QUEUE_CONNECTION: 'sqs' }, /QUEUE_CONNECTION is "sqs".*redis, database/],
    [{ REDIS_PORT: 'tcp://10.0.0.1:6379' }, /REDIS_PORT is "tcp:.*write a number/],
  ])('refuses %j with a sentence', (env, says) => {
    expect(() => configFrom(env)).toThrow(says);
  });

  it('is the one of the environment where the file that would hold it is not there', () => {
    expect(loadConfig({ APP_CONFIG_CACHE: '/nowhere/config.json', APP_NAME: 'x' })).toEqual(
      configFrom({ APP_NAME: 'x' }),
    );
  });
});

describe('command lines of the stand-in', () => {
  const known = { queue: 'value', timeout: 'value', once: 'flag' } as const;

  it('read as artisan reads them', () => {
    const line = commandLine(['redis', '--queue=a,b', '--timeout', '60', '--once', '-v', '--no-ansi'], known);
    expect(line.positional).toEqual(['redis']);
    expect(line.text('queue', '')).toBe('a,b');
    expect(line.number('timeout', 1)).toBe(60);
    expect(line.flag('once')).toBe(true);
  });

  it.each([
    [['--queues=a'], /"--queues" option does not exist/],
    [['--timeout=soon'], /--timeout is "soon"/],
    [['--timeout=-1'], /--timeout is "-1"/],
  ])('refuse %j', (args, says) => {
    expect(() => commandLine(args, known).number('timeout', 1)).toThrow(says);
  });
});

describe('call events of the stand-in', () => {
  const now = Date.parse('2026-03-02T09:00:10Z');

  it('without an id are the same call within a minute', () => {
    const at = (ms: number) => callEvent({ lead_id: '7', dispo: 'SALE' }, undefined, now + ms)?.callId;
    expect(at(0)).toBe(at(40_000));
    expect(at(0)).not.toBe(at(60_000));
    expect(callEvent({ lead_id: '7', dispo: 'NA' }, undefined, now)?.callId).not.toBe(at(0));
  });

  it.each([[{}], [{ user: '6666' }], [{ lead_id: '' }], [{ status: 'SALE' }], [{ lead_id: ['1', '2'] }]])(
    'are none where they name no lead and no call: %j',
    (query) => {
      expect(callEvent(query, undefined, now)).toBeUndefined();
    },
  );
});
