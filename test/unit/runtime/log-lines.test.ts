import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { logOptions } from '../../../controller/runtime/log-lines.ts';
import { lineHead } from '../../../controller/runtime/logger.ts';

/** What a logger of this level writes. */
function written(level: string, log: (logger: pino.Logger) => void): string[] {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  log(pino(logOptions(level), stream));
  return lines;
}

it.each(['debug', 'info', 'warn', 'error', 'fatal'] as const)(
  'writes the level %s as a word, and the time in ISO 8601',
  (level) => {
    const [line = '', ...more] = written('debug', (logger) =>
      logger[level]({ platform: 'leads/brain' }, 'Deciding'),
    );
    expect(more).toEqual([]);
    const { time, ...rest } = JSON.parse(line) as { time: string };
    expect(rest).toEqual({ level, platform: 'leads/brain', msg: 'Deciding' });
    expect(new Date(time).toISOString()).toBe(time);
    expect(Object.keys(JSON.parse(line) as object).slice(0, 2)).toEqual(['level', 'time']);
  },
);

it('holds back what is below its level', () => {
  expect(written('warn', (logger) => logger.info('no'))).toEqual([]);
});

it('has a line without a logger begin the same', () => {
  const [line = ''] = written('info', (logger) => logger.fatal({}, 'x'));
  const { time } = JSON.parse(line) as { time: string };
  expect(line.startsWith(JSON.stringify(lineHead('fatal', new Date(time))).slice(0, -1))).toBe(true);
});
