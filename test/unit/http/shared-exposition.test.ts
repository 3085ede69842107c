import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SharedExposition } from '../../../controller/http/shared-exposition.ts';

const PART = 4_000_000;

/** Parts of four megabytes each, by their numbers; counts how many are made, and by how many expositions. */
function counted(parts: number) {
  const made = { expositions: 0, parts: 0 };
  const shared = new SharedExposition(async function* () {
    made.expositions += 1;
    for (let number = 0; number < parts; number += 1) {
      made.parts += 1;
      yield Buffer.alloc(PART, number);
    }
  });
  const reader = () => shared.read(() => true);
  return { made, reader };
}

const numbersOf = async (parts: AsyncIterable<Buffer>) => {
  const numbers: (number | undefined)[] = [];
  for await (const part of parts) numbers.push(part[0]);
  return numbers;
};

describe('an exposition of many megabytes', () => {
  it('is whole for all who asked before it was long, however far apart they read', async () => {
    const { made, reader } = counted(8);
    const [fast, slow] = [reader(), reader()];
    const first = await Promise.all([fast.next(), slow.next()]);
    expect(first.map(({ value }) => (value as Buffer)[0])).toEqual([0, 0]);
    expect(await numbersOf(fast)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await numbersOf(slow)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(made).toMatchObject({ expositions: 1, parts: 8 });
  });

  it('is not joined once it is long: who comes then gets a new one when it was read, from its beginning', async () => {
    const { made, reader } = counted(4);
    const first = reader();
    for (let part = 0; part < 3; part += 1) await first.next();
    const late = numbersOf(reader());
    await new Promise(setImmediate);
    expect(made.expositions).toBe(1);
    expect(await numbersOf(first)).toEqual([3]);
    expect(await late).toEqual([0, 1, 2, 3]);
    expect(made.expositions).toBe(2);
  });

  it('is one for all who have waited together, and for who comes while they read', async () => {
    const { made, reader } = counted(4);
    const first = reader();
    for (let part = 0; part < 3; part += 1) await first.next();
    const waiting = Array.from({ length: 5 }, () => reader());
    const begun = waiting.map((each) => each.next());
    await numbersOf(first);
    await Promise.all(begun);
    for (const each of waiting.slice(1)) expect(await numbersOf(each)).toEqual([1, 2, 3]);
    expect(await numbersOf(reader())).toEqual([0, 1, 2, 3]);
    expect(await numbersOf(waiting[0]!)).toEqual([1, 2, 3]);
    expect(made).toEqual({ expositions: 2, parts: 8 });
  });

  it('is not made for somebody who has gone while it was waited for', async () => {
    let isThere = true;
    const made = { expositions: 0 };
    const shared = new SharedExposition(async function* () {
      made.expositions += 1;
      for (let part = 0; part < 4; part += 1) yield Buffer.alloc(PART);
    });
    const first = shared.read(() => true);
    for (let part = 0; part < 3; part += 1) await first.next();
    const late = numbersOf(shared.read(() => isThere));
    isThere = false;
    await numbersOf(first);
    expect(await late).toEqual([]);
    expect(made.expositions).toBe(1);
  });

  it('goes on for the others when one of them hangs up, and is given up with the last', async () => {
    const { made, reader } = counted(6);
    const [one, two] = [reader(), reader()];
    await Promise.all([one.next(), two.next()]);
    await one.return(undefined);
    expect([(await two.next()).value![0], (await two.next()).value![0]]).toEqual([1, 2]);
    await two.return(undefined);
    expect(made.parts).toBe(3);
    expect(await numbersOf(reader())).toEqual([0, 1, 2, 3, 4, 5]);
    expect(made.expositions).toBe(2);
  });

  it('keeps nothing that all of its readers have read', async () => {
    // In a process of its own, whose heap has nothing else to collect.
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      '--input-type=module-typescript',
      '--eval',
      `import { SharedExposition } from ${JSON.stringify(new URL('../../../controller/http/shared-exposition.ts', import.meta.url))};
       gc();
       const before = process.memoryUsage().arrayBuffers;
       const shared = new SharedExposition(async function* () {
         for (let number = 0; number < 20; number += 1) yield Buffer.alloc(${PART}, number);
       });
       let [most, read] = [0, 0];
       for await (const part of shared.read(() => true)) {
         read += part.length;
         await new Promise(setImmediate);
         gc();
         most = Math.max(most, process.memoryUsage().arrayBuffers - before);
       }
       console.log(JSON.stringify({ read, most }));`,
    ]);
    const { read, most } = JSON.parse(stdout) as { read: number; most: number };
    expect(read).toBe(20 * PART);
    expect(most).toBeLessThan(5 * PART);
  });
});
