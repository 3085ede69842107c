import { build } from 'esbuild';
import { expect, it } from 'vitest';
import * as undici from 'undici';
import { bundledParts } from '../../../scripts/bundled-parts.ts';

const PARTS = ['Agent', 'Pool', 'ProxyAgent'] as const;

/** What a file of the running operator gets that imports them. */
async function bundled(): Promise<typeof undici> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { buildConnector, ${PARTS.join(', ')} } from 'undici';`,
      resolveDir: process.cwd(),
      sourcefile: `${process.cwd()}/src/sources/some.ts`,
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    plugins: [bundledParts],
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(import.meta.url)});`,
    },
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  return (await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`)) as typeof undici;
}

function methodsOf(type: { readonly prototype: object }): string[] {
  const names = new Set<string>();
  for (
    let at: object | null = type.prototype;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  )
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  return [...names].toSorted();
}

it('gives the running operator the same clients as the package does, with each of their methods', async () => {
  const parts = await bundled();
  for (const part of PARTS) {
    expect(parts[part]).not.toBe(undici[part]);
    expect(methodsOf(parts[part])).toEqual(methodsOf(undici[part]));
  }
  expect(parts.buildConnector).toBeTypeOf('function');
});
