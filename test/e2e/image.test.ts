/** The image of the operator, by what it holds and by what its container does. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imagesFolder } from '../../testbed/real/prepare.ts';
import { eventually } from '../integration/processes.ts';
import { installOperator, type InstalledOperator, operatorName } from './operator.ts';
import { describeOnRealPods, namespaceOf, testNamespace, type TestNamespace } from './support.ts';

const archive = join(imagesFolder, 'localhost-leadplatform-operator-e2e.tar');

interface ImageConfig {
  config: {
    User: string;
    Entrypoint: string[];
    Cmd: string[];
    Env: string[];
    Labels: Record<string, string>;
  };
}

/** Why a test is left out on kind. */
const fromAnotherBase = 'what comes from the base is known only of the one that is made here';

/** A file of the archive. */
const read = async (path: string) => (await promisify(execFile)('tar', ['-xOf', archive, path])).stdout;

describeOnRealPods('the image of the operator', (cluster) => {
  let namespace: TestNamespace;
  let operator: InstalledOperator;
  const within = (args: readonly string[]) =>
    namespaceOf(cluster, operator.namespace).kubectl(args, { timeoutMs: 150_000 });
  const settled = () => within(['rollout', 'status', `deployment/${operatorName}`, '--timeout=120s']);

  beforeAll(async () => {
    namespace = await testNamespace(cluster, 'image');
    operator = await installOperator(cluster, { watch: namespace.name });
  });
  afterAll(async () => {
    await operator?.remove();
    await namespace?.remove();
  });

  it('says what it is, and runs Node as nobody in particular, with no shell in between', async ({ skip }) => {
    skip(cluster.kind === 'kind', fromAnotherBase);
    const [manifest] = JSON.parse(await read('manifest.json')) as { Config: string }[];
    const { config } = JSON.parse(await read(manifest?.Config ?? '')) as ImageConfig;
    expect(config).toMatchObject({
      User: '65532:65532',
      // Between them flags of V8 alone, which a bench chooses.
      Entrypoint: ['node', ...config.Entrypoint.slice(1, -1), '/app/leadplatform.mjs'],
      Cmd: ['run'],
      Labels: {
        'org.opencontainers.image.title': 'leadplatform-operator',
        'org.opencontainers.image.description': expect.any(String) as string,
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.version': expect.any(String) as string,
      },
    });
    expect(config.Entrypoint.slice(1, -1).every((flag) => flag.startsWith('--'))).toBe(true);
    // Nothing of the machine that built it.
    expect(new Set(config.Env.map((line) => line.split('=')[0]))).toEqual(
      new Set(['MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_', 'NODE_ENV', 'PATH']),
    );
  });

  it('adds to its base one layer, with the bundle and the licence: no sources, no node_modules', async ({
    skip,
  }) => {
    skip(cluster.kind === 'kind', fromAnotherBase);
    const [manifest] = JSON.parse(await read('manifest.json')) as { Layers: string[] }[];
    const [, ...own] = manifest?.Layers ?? [];
    expect(own).toHaveLength(1);
    const list = 'tar -xOf "$1" "$2" | tar -t';
    const { stdout } = await promisify(execFile)('sh', ['-c', list, 'sh', archive, own[0] ?? '']);
    const files = stdout.split('\n').filter((path) => path !== '' && !path.endsWith('/'));
    expect(files).toContain('app/leadplatform.mjs');
    expect(files).toContain('app/LICENSE');
    expect(
      files.filter((path) => !/^app\/(LICENSE|leadplatform\.mjs|parts\/[^/]+\.mjs)$/.test(path)),
    ).toEqual([]);
  });

  it('is the first process of its container, without rights or a place to write, and ends with 0 on SIGTERM', async () => {
    await settled();
    const selector = ['--selector=app.kubernetes.io/name=leadplatform-operator'];
    const pods = await within(['get', 'pods', ...selector, '--output=name']);
    const pod = pods.split('\n')[0]?.replace(/^pod\//, '') ?? '';
    const inStatus = (path: string) =>
      within(['get', 'pod', pod, `--output=jsonpath={.status.containerStatuses[0]${path}}`]);
    const restarts = Number(await inStatus('.restartCount'));
    // As the same user: PID 1 takes only signals that it has a handler for.
    const script = `
      const { readFileSync, writeFileSync } = require('node:fs');
      let written = 'written';
      try { writeFileSync('/app/x', ''); } catch (error) { written = error.code; }
      const status = readFileSync('/proc/1/status', 'utf8');
      const field = (name) => new RegExp('^' + name + ':\\\\s+(\\\\S+)', 'm').exec(status)[1];
      const command = readFileSync('/proc/1/cmdline', 'utf8').split('\\0');
      console.log(JSON.stringify({
        written, user: field('Uid'), capabilities: Number('0x' + field('CapEff')),
        program: command[0], last: command.filter((word) => word.endsWith('.mjs'))[0],
      }));
      process.kill(1, 'SIGTERM');`;
    expect(JSON.parse(await within(['exec', pod, '--', 'node', '-e', script]))).toEqual({
      written: 'EROFS',
      user: '65532',
      capabilities: 0,
      program: 'node',
      last: '/app/leadplatform.mjs',
    });
    await eventually(
      'the container has ended and begun again',
      async () => Number(await inStatus('.restartCount')) > restarts,
      90_000,
    );
    expect(await inStatus('.lastState.terminated.exitCode')).toBe('0');
    await settled();
  });
});
