/**
 * No server's reply takes the operator down: for each protocol hundreds of thousands of replies go through the running
 * sources, in a process of their own, bundled as the operator is. The same run without the guard must fail.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { settingsOfImage } from '../../bench/operator.ts';
import type { Proof, ProofContext, ProofResult } from '../../scripts/prove-contract.ts';
import { uniform } from '../../src/simulate/random.ts';
import { judged, megabytes, type Run } from './replies/judge.ts';
import type { Pulse } from './replies/reader-process.ts';
import { hostileServers, PROTOCOLS, type Protocol } from './replies/servers.ts';

const WANTED = 200_000;
/** Without the guard it fails long before. */
const WANTED_UNGUARDED = 20_000;
const SERVERS = 16;
/** A process that says nothing for so long hangs. */
const SILENCE_MS = 10_000;
const SAY_MS = 15_000;

async function run({ seed, log, folder, signal, resume }: ProofContext): Promise<ProofResult> {
  const program = await bundled(folder);
  const progress = join(folder, 'progress.json');
  const runs = resume ? await keptRuns(progress) : [];
  for (const isGuarded of [true, false]) {
    for (const protocol of PROTOCOLS) {
      if (runs.some((one) => one.protocol === protocol && one.isGuarded === isGuarded)) continue;
      signal.throwIfAborted();
      log(`${protocol}, ${isGuarded ? 'guarded' : 'without the guard'}`);
      const found = await read(program, protocol, isGuarded, { seed, log, signal });
      log(
        `${protocol}: ${found.said.replies} replies in ${Math.round(found.seconds)} s; ${verdictOf(found).failures.join('; ') || 'held'}`,
      );
      signal.throwIfAborted();
      runs.push(found);
      await writeFile(progress, JSON.stringify(runs));
    }
  }
  const guarded = runs.filter(({ isGuarded }) => isGuarded);
  const unguarded = runs.filter(({ isGuarded }) => !isGuarded);
  const passed =
    guarded.every((one) => verdictOf(one).failures.length === 0) &&
    unguarded.some((one) => verdictOf(one).failures.length > 0);
  return { passed, markdown: report(seed, runs) };
}

async function keptRuns(file: string): Promise<Run[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  return JSON.parse(text) as Run[];
}

const verdictOf = (found: Run) => judged(found, found.isGuarded ? WANTED : WANTED_UNGUARDED);

async function bundled(folder: string): Promise<string> {
  await build({
    entryPoints: { reader: join(import.meta.dirname, 'replies/reader-process.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return join(folder, 'reader.mjs');
}

async function read(
  program: string,
  protocol: Protocol,
  isGuarded: boolean,
  { seed, log, signal }: Pick<ProofContext, 'seed' | 'log' | 'signal'>,
): Promise<Run> {
  const servers = await hostileServers(protocol, SERVERS, uniform(seed));
  const { options } = await settingsOfImage();
  const start = performance.now();
  const child = fork(program, [protocol, isGuarded ? 'guarded' : 'unguarded', ...servers.ports.map(String)], {
    execArgv: options,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = once(child, 'exit');
  let errors = '';
  child.stderr?.on('data', (bytes: Buffer) => (errors = `${errors}${bytes.toString()}`.slice(-4_000)));
  const pulses: Pulse[] = [];
  let heardAt = performance.now();
  child.on('message', (pulse) => {
    pulses.push(pulse as Pulse);
    heardAt = performance.now();
  });
  const wanted = isGuarded ? WANTED : WANTED_UNGUARDED;
  let isStopped = false;
  let hung: string | undefined;
  const stop = (): void => {
    if (isStopped || !child.connected) return;
    isStopped = true;
    child.send('stop');
  };
  const look = setInterval(() => {
    if (servers.said.replies >= wanted || signal.aborted) stop();
    if (performance.now() - heardAt < SILENCE_MS) return;
    hung = 'the process hung, and had to be killed';
    child.kill('SIGKILL');
  }, 100);
  const say = setInterval(() => log(`${protocol}: ${servers.said.replies} of ${wanted}`), SAY_MS);
  const [code, killedBy] = (await exited) as [number | null, NodeJS.Signals | null];
  clearInterval(look);
  clearInterval(say);
  await servers.close();
  const seconds = (performance.now() - start) / 1_000;
  const crash = `the process ended by itself (${code ?? killedBy}): ${lastErrorIn(errors)}`;
  const ended = hung ?? (isStopped && code === 0 ? undefined : crash);
  return { protocol, isGuarded, said: servers.said, pulses, ended, seconds };
}

function lastErrorIn(text: string): string {
  return /^\w*(?:Error|FATAL)[^\n]*/m.exec(text)?.[0] ?? 'no message';
}

function report(seed: number, runs: readonly Run[]): string {
  const counted = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
      .join(', ');
  const rows = runs.map((one) => {
    const { longestBlockMs, early, late, failures } = verdictOf(one);
    const share = one.said.replies === 0 ? 0 : Math.round((100 * one.said.wellFormed) / one.said.replies);
    const cells = [
      one.protocol,
      one.isGuarded ? 'guarded' : 'without',
      one.said.replies.toLocaleString('en'),
      `${share} %`,
      `${Math.round(longestBlockMs)} ms`,
      `${megabytes(early)} → ${megabytes(late)}`,
      `${Math.round(one.seconds)} s`,
      failures.length === 0 ? 'held' : `failed: ${failures.join('; ')}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const details = runs
    .filter(({ isGuarded }) => isGuarded)
    .map(
      ({ protocol, said, pulses }) =>
        `- ${protocol}: ${counted(said.kinds)}. In the states ${counted(said.states)}. Readings: ${counted(pulses.at(-1)?.heard ?? {})}.`,
    );
  return [
    `Seed ${seed}. Each protocol: ${SERVERS} servers, the running sources and questions of as many platforms in a process of their own, bundled and with the options of the image.`,
    '',
    '| protocol | guard | replies | well-formed, logged in | longest block | memory, second and last fifth | took | |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows,
    '',
    ...details,
    '',
  ].join('\n');
}

export const proof: Proof = {
  name: 'replies',
  what: 'No reply of a server ends, blocks or bloats the process that reads it, and without the guard it does.',
  run,
};
