import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineSplitter } from '../../../controller/runtime/lines.ts';

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  return lines;
}

it('gives the same lines wherever the stream is cut, also within a character', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat({ max: 200 })), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const chunks: Buffer[] = [];
      let from = 0;
      for (const at of cuts.toSorted((a, b) => a - b)) {
        chunks.push(bytes.subarray(from, Math.max(from, at)));
        from = Math.max(from, at);
      }
      chunks.push(bytes.subarray(from));
      expect(split(chunks)).toEqual(lines);
    }),
  );
});

it('holds back a line that has not ended', () => {
  expect(split([Buffer.from('{"a":1}\n{"b"')])).toEqual(['{"a":1}']);
});

it('leaves out empty lines', () => {
  expect(split([Buffer.from('\n\n{}\n\n')])).toEqual(['{}']);
});
