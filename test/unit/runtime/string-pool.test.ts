import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { StringPool } from '../../../controller/runtime/string-pool.ts';

/** Anew at each call, as from an answer of the API server. */
const parsed = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('a pool of strings', () => {
  it.each<{ name: string; value: object }>([
    { name: 'an object of the API', value: { kind: 'Pod', metadata: { name: 'a', labels: { app: 'x' } } } },
    { name: 'lists in lists', value: [['a', 1, null], [], { b: ['c', true] }] },
    { name: 'nothing at all', value: {} },
    { name: 'what is no text', value: [null, 0, -1.5, true, false, {}] },
    { name: 'names of Object.prototype', value: { toString: 'a', constructor: ['b'], hasOwnProperty: 'c' } },
    { name: 'long texts', value: ['x'.repeat(999), 'x'.repeat(1_000), 'x'.repeat(1_001), 'x'.repeat(5_000)] },
  ])('changes nothing of $name', ({ value }) => {
    const pool = new StringPool();
    for (let round = 0; round < 2; round += 1) expect(pool.share(parsed(value))).toEqual(value);
  });

  it('changes nothing either after more strings than it remembers', () => {
    const pool = new StringPool();
    const many = Array.from({ length: 12_000 }, (_, index) => ({ uid: `uid-${index}`, kind: 'Pod' }));
    expect(pool.share(parsed(many))).toEqual(many);
    expect(pool.share(parsed(many))).toEqual(many);
  });

  it('leaves a key called __proto__ what it is', () => {
    const object = JSON.parse('{"__proto__":{"a":"b"},"c":"d"}') as object;
    expect(JSON.stringify(new StringPool().share(object))).toBe('{"__proto__":{"a":"b"},"c":"d"}');
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  });

  it('keeps equal strings once', async () => {
    const text = 'registry.example/brain:1.4.0 with a name that is as long as those of images are';
    // In a process of its own: others leave things on a heap, which go whenever it pleases them.
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      '--input-type=module-typescript',
      '--eval',
      `import { StringPool } from ${JSON.stringify(new URL('../../../controller/runtime/string-pool.ts', import.meta.url))};
       const pool = new StringPool();
       const bytesOf = (share) => {
         const kept = [];
         gc();
         const before = process.memoryUsage().heapUsed;
         for (let copy = 0; copy < 20_000; copy += 1) kept.push(share(JSON.parse(${JSON.stringify(JSON.stringify({ image: text }))})));
         gc();
         return (process.memoryUsage().heapUsed - before) / kept.length;
       };
       console.log(bytesOf((value) => value) - bytesOf((value) => pool.share(value)));`,
    ]);
    expect(Number(stdout)).toBeGreaterThan(text.length / 2);
  });
});
