import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PartPool } from '../../../controller/runtime/part-pool.ts';

/** Anew at each call, as from an answer of the API server. */
const parsed = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('a pool of strings and parts', () => {
  it.each<{ name: string; value: object }>([
    { name: 'an object of the API', value: { kind: 'Pod', metadata: { name: 'a', labels: { app: 'x' } } } },
    { name: 'lists in lists', value: [['a', 1, null], [], { b: ['c', true] }] },
    { name: 'nothing at all', value: {} },
    { name: 'what is no text', value: [null, 0, -1.5, true, false, {}] },
    { name: 'names of Object.prototype', value: { toString: 'a', constructor: ['b'], hasOwnProperty: 'c' } },
    { name: 'long texts', value: ['x'.repeat(999), 'x'.repeat(1_000), 'x'.repeat(1_001), 'x'.repeat(5_000)] },
  ])('changes nothing of $name', ({ value }) => {
    const pool = new PartPool();
    for (let round = 0; round < 2; round += 1) expect(pool.share(parsed(value), 'a')).toEqual(value);
  });

  it('changes nothing either after more strings than it remembers', () => {
    const pool = new PartPool();
    const many = Array.from({ length: 12_000 }, (_, index) => ({ uid: `uid-${index}`, kind: 'Pod' }));
    expect(pool.share(parsed(many), 'a')).toEqual(many);
    expect(pool.share(parsed(many), 'a')).toEqual(many);
  });

  it('leaves a key called __proto__ what it is', () => {
    const object = JSON.parse('{"__proto__":{"a":"b"},"c":"d"}') as object;
    expect(JSON.stringify(new PartPool().share(object, 'a'))).toBe('{"__proto__":{"a":"b"},"c":"d"}');
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  });

  it('keeps the equal parts of two objects of a kind once, and no others', () => {
    const pool = new PartPool();
    const [first, second, other] = ['a', 'b', 'c'].map((uid) =>
      parsed({ uid, probe: { port: 1, path: '/' }, list: [{ uid }, { port: 2 }], empty: {} }),
    );
    for (const object of [first, second]) pool.share(object!, 'Deployment');
    pool.share(other!, 'Service');
    expect(second).toEqual({
      uid: 'b',
      probe: { port: 1, path: '/' },
      list: [{ uid: 'b' }, { port: 2 }],
      empty: {},
    });
    expect(second!.probe).toBe(first!.probe);
    expect(second!.list[1]).toBe(first!.list[1]);
    expect(second!.empty).toBe(first!.empty);
    expect(second!.list).not.toBe(first!.list);
    expect(other!.probe).not.toBe(first!.probe);
  });

  it.each<{ name: string; first: object; second: object }>([
    { name: 'another order', first: { a: 1, b: 2 }, second: { b: 2, a: 1 } },
    { name: 'a field less', first: { a: 1, b: 2 }, second: { a: 1 } },
    { name: 'a field more', first: { a: 1 }, second: { a: 1, b: undefined } },
    { name: 'a list in place of a map', first: { 0: 'a' }, second: ['a'] },
    { name: 'another number', first: { a: 1 }, second: { a: 2 } },
    { name: 'nothing in place of a map', first: { a: {} }, second: { a: null } },
    { name: 'a name of Object.prototype', first: {}, second: { toString: 'a' } },
  ])('leaves alone what has $name', ({ first, second }) => {
    const pool = new PartPool();
    const before = { part: first };
    pool.share(before, 'a');
    const after = { part: second };
    const text = JSON.stringify(after);
    expect(JSON.stringify(pool.share(after, 'a'))).toBe(text);
    expect(after.part).toBe(second);
    expect(before.part).toBe(first);
  });

  it('forgets the kind that was not seen for longest', () => {
    const pool = new PartPool();
    const [first, second] = [parsed({ part: {} }), parsed({ part: {} })];
    pool.share(first, 'a');
    for (let kind = 0; kind < 100; kind += 1) pool.share({}, String(kind));
    expect(pool.share(second, 'a').part).not.toBe(first.part);
  });

  it('keeps equal strings once', async () => {
    const text = 'registry.example/brain:1.4.0 with a name that is as long as those of images are';
    // In a process of its own: others leave things on a heap, which go whenever it pleases them.
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      '--input-type=module-typescript',
      '--eval',
      `import { PartPool } from ${JSON.stringify(new URL('../../../controller/runtime/part-pool.ts', import.meta.url))};
       const pool = new PartPool();
       const bytesOf = (share) => {
         const kept = [];
         gc();
         const before = process.memoryUsage().heapUsed;
         for (let copy = 0; copy < 20_000; copy += 1) kept.push(share(JSON.parse(${JSON.stringify(JSON.stringify({ image: text }))})));
         gc();
         return (process.memoryUsage().heapUsed - before) / kept.length;
       };
       console.log(bytesOf((value) => value) - bytesOf((value) => pool.share(value, 'a')));`,
    ]);
    expect(Number(stdout)).toBeGreaterThan(text.length / 2);
  });
});
