import { describe, expect, it } from 'vitest';
import { instantIn } from '../../../src/simulate/instant.ts';
import { parseTrace, TraceError } from '../../../src/simulate/trace.ts';
import { MONDAY } from '../decide/given.ts';

const MINUTE = 60_000;
const TWO_MINUTES = {
  buckets: [
    { at: MONDAY, leads: 3 },
    { at: MONDAY + MINUTE, leads: 4.5 },
  ],
  bucketMs: MINUTE,
};
const lines = (...rows: readonly string[]) => rows.join('\n');

describe('a time', () => {
  it.each([
    '2026-01-05T00:00:00Z',
    '2026-01-05T00:00:00.000Z',
    '2026-01-05T01:00:00+01:00',
    '2026-01-04T19:00:00-0500',
    '2026-01-05T05:30+05:30',
    '2026-01-05T00:00',
    '2026-01-05',
    '2026-01-05 00:00',
    '2026-01-05 00:00:00',
    '2026-01-05 00:00:00+00',
    '2026-01-05 01:00:00+01',
    '2026-01-05 00:00:00.0 UTC',
    '1767571200',
    '1767571200.0',
    '1767571200000',
  ])('may be written %s', (text) => {
    expect(instantIn(text)).toBe(MONDAY);
  });

  it('has its milliseconds', () => {
    expect(instantIn('2026-01-05 00:00:01.523+00')).toBe(MONDAY + 1_523);
    expect(instantIn('1767571201.523')).toBe(MONDAY + 1_523);
  });

  it.each([
    ['a 30th of February', '2026-02-30T00:00:00Z'],
    ['a 29th of February in a year that has none', '2026-02-29'],
    ['a thirteenth month', '2026-13-05T00:00:00Z'],
    ['a day 0', '2026-01-00'],
    ['hour 25', '2026-01-05T25:00:00Z'],
    ['minute 60', '2026-01-05T10:60:00Z'],
    ['a zone of nowhere', '2026-01-05T00:00:00+15:00'],
    ['day first', '05/01/2026 00:00'],
    ['words', 'monday'],
    ['nothing', ''],
    ['a small number', '42'],
    ['a time of day', '10:00'],
  ])('is none: %s', (_, text) => {
    expect(instantIn(text)).toBeUndefined();
  });
});

describe('a trace', () => {
  it.each([
    ['with commas', lines('time,leads', '2026-01-05T00:00:00Z,3', '2026-01-05T01:01:00+01:00,4.5')],
    [
      'with a byte order mark, Windows line ends and empty lines',
      '\uFEFFtime,leads\r\n2026-01-05T00:00:00Z,3\r\n\r\n2026-01-05T00:01:00Z,4.5\r\n',
    ],
    ['of a spreadsheet', lines('"time";"leads"', '"2026-01-05 00:00";"3"', '"2026-01-05 00:01";"4.5"')],
    ['with tabs', lines('minute\tcount', '2026-01-05 00:00:00+00\t3', '2026-01-05 00:01:00+00\t4.5')],
    ['with spaces', lines('time, leads', ' 1767571200 , 3', '1767571260 ,4.5')],
  ])('%s is read line by line', (_, text) => {
    expect(parseTrace(text)).toEqual(TWO_MINUTES);
  });

  it('has buckets as long as its shortest step, be it not the first one', () => {
    const hours = ['00', '03', '04', '09'].map((hour) => `2026-01-05T${hour}:00:00Z,1`);
    expect(parseTrace(lines('time,leads', ...hours)).bucketMs).toBe(60 * MINUTE);
    expect(parseTrace(lines('time,leads', hours[0]!)).bucketMs).toBe(MINUTE);
  });

  it('of one column has a lead a line, at its time, in whatever order', () => {
    const times = ['2026-01-05 00:00:02+00', '2026-01-05 00:00:00.25+00', '2026-01-05 00:00:02+00'];
    expect(parseTrace(lines('created_at', ...times))).toEqual({
      buckets: [
        { at: MONDAY + 250, leads: 1 },
        { at: MONDAY + 2_000, leads: 2 },
      ],
      bucketMs: 0,
    });
  });

  it.each<readonly [what: string, text: string, line: number, says: string]>([
    ['no header', '2026-01-05T00:00:00Z,3', 1, 'put time,leads before it'],
    ['no header and one column', '2026-01-05T00:00:00Z', 1, 'or time alone for a line a lead'],
    ['nothing', '', 1, 'names the columns: time,leads'],
    ['no lines', 'time,leads\n', 2, 'at least one line'],
    ['no leads', 'created_at\n\n', 2, 'the time of one lead'],
    ['three columns', 'id,time,leads\n1,2026-01-05T00:00:00Z,3', 1, 'names 3 columns'],
    ['columns the other way round', 'leads,time\n3,2026-01-05T00:00:00Z', 2, '"3" is not a time'],
    ['a third field', 'time,leads\n2026-01-05T00:00:00Z,3,4', 2, 'has 3 fields'],
    ['one field', 'time,leads\n2026-01-05T00:00:00Z', 2, 'has 1 field; write time,leads'],
    ['a day that there is none of', 'time,leads\n2026-02-30T00:00:00Z,3', 2, 'is not a time'],
    ['the day first', 'time,leads\n05/01/2026 08:00,3', 2, 'whether the day or the month comes first'],
    [
      'a line out of order',
      'time,leads\n2026-01-05T00:01:00Z,3\n2026-01-05T00:00:00Z,3',
      3,
      'sort the lines by time',
    ],
    [
      'a time twice',
      'time,leads\n2026-01-05T00:01:00Z,3\n2026-01-05T00:01:00Z,4',
      3,
      '2026-01-05T00:01:00.000Z is there twice; add both numbers up',
    ],
    ['a negative number', 'time,leads\n2026-01-05T00:00:00Z,-3', 2, 'is not a number of leads'],
    ['a word', 'time,leads\n2026-01-05T00:00:00Z,many', 2, 'is not a number of leads'],
    ['a number with a comma', 'time,leads\n2026-01-05T00:00:00Z,"1,234"', 2, '"1,234" is not a number'],
    ['colours', 'time,leads\n2026-01-05T00:00:00Z,\u001B[31m7', 2, '"\uFFFD[31m7" is not a number'],
    ['UTF-16', 't\0i\0m\0e\0', 1, 'save it as UTF-8'],
  ])('with %s says where and what', (_what, text, line, message) => {
    const read = () => parseTrace(text);
    expect(read).toThrow(TraceError);
    expect(read).toThrow(`line ${line}: `);
    expect(read).toThrow(message);
  });
});
