import { describe, expect, it } from 'vitest';
import { type Budget, type Checkout, planChanged } from '../../../../scripts/changed/plan.ts';

const budget: Budget = {
  seconds: 180,
  startSeconds: 25,
  lanes: { unit: 2, integration: 4 },
  guess: { unit: 1, integration: 20, e2e: 120 },
  loading: { unit: 0, integration: 0, e2e: 0 },
};

const references = {
  'src/decide/tier.ts': [],
  'src/decide/decide.ts': ['src/decide/tier.ts'],
  'controller/reconcile.ts': ['src/decide/decide.ts'],
  'bin/leadplatform.js': ['controller/reconcile.ts'],
  'testbed/etcd.ts': [],
  'test/integration/setup.ts': ['testbed/etcd.ts'],
  'test/e2e/setup.ts': ['testbed/etcd.ts'],
  'test/unit/tier.test.ts': ['src/decide/tier.ts'],
  'test/golden/climb.test.ts': ['src/decide/decide.ts'],
  'test/integration/decide.test.ts': ['src/decide/decide.ts', 'test/integration/setup.ts'],
  'test/integration/chart/rendered.test.ts': ['test/integration/setup.ts'],
  'test/integration/process.test.ts': ['bin/leadplatform.js', 'test/integration/setup.ts'],
  'test/e2e/climb.test.ts': ['test/e2e/setup.ts'],
};

const checkout: Checkout = {
  references: new Map(Object.entries(references)),
  tests: Object.keys(references).filter((path) => path.endsWith('.test.ts')),
};

const plan = (
  changed: readonly string[],
  durations: Readonly<Record<string, number>> = {},
  more: Partial<Budget> = {},
) => planChanged(changed, checkout, durations, { ...budget, ...more });

const nothing = { run: [], seconds: 0, tooLong: [], onRealPods: [], unreached: [] };

describe('what a change concerns', () => {
  it.each([
    [
      'a rule: its unit test, the golden logs, and integration tests, the nearest first',
      ['src/decide/tier.ts'],
      {
        run: [
          'test/unit/tier.test.ts',
          'test/golden/climb.test.ts',
          'test/integration/decide.test.ts',
          'test/integration/process.test.ts',
        ],
        seconds: 1 + 25 + 20,
      },
    ],
    [
      'a program: the tests that start it',
      ['bin/leadplatform.js'],
      { run: ['test/integration/process.test.ts'], seconds: 45 },
    ],
    [
      'a server of the test bed: whatever runs on it',
      ['testbed/etcd.ts'],
      {
        run: [
          'test/integration/chart/rendered.test.ts',
          'test/integration/decide.test.ts',
          'test/integration/process.test.ts',
        ],
        seconds: 45,
        onRealPods: ['test/e2e/climb.test.ts'],
      },
    ],
    [
      'a template of the chart: by the table of folders',
      ['charts/leadplatform-operator/templates/deployment.yaml'],
      {
        run: ['test/integration/chart/rendered.test.ts'],
        seconds: 45,
        onRealPods: ['test/e2e/climb.test.ts'],
      },
    ],
    ['a test: itself', ['test/unit/tier.test.ts'], { run: ['test/unit/tier.test.ts'], seconds: 1 }],
    [
      'a test on real pods: named, and not run',
      ['test/e2e/climb.test.ts'],
      { onRealPods: ['test/e2e/climb.test.ts'] },
    ],
    [
      'a file that was deleted: what still imports it',
      ['src/decide/gone.ts'],
      { unreached: ['src/decide/gone.ts'] },
    ],
    [
      'a text that no test reads: nothing',
      ['docs/design.md', 'LICENSE'],
      { unreached: ['docs/design.md', 'LICENSE'] },
    ],
    ['nothing: nothing', [], {}],
  ])('%s', (_, changed, expected) => {
    expect(plan(changed)).toEqual({ ...nothing, ...expected });
  });

  it('is also what imported a file that was deleted', () => {
    const references = new Map([['test/unit/old.test.ts', ['src/gone.ts']]]);
    expect(planChanged(['src/gone.ts'], { references, tests: [...references.keys()] }, {}, budget)).toEqual({
      ...nothing,
      run: ['test/unit/old.test.ts'],
      seconds: 1,
    });
  });

  it('is as near as its shortest way', () => {
    const tests = ['test/integration/near.test.ts', 'test/integration/far.test.ts'];
    const references = new Map([
      ['src/between.ts', ['src/x.ts']],
      ['src/other.ts', ['src/x.ts']],
      ['test/integration/near.test.ts', ['src/between.ts', 'src/x.ts']],
      ['test/integration/far.test.ts', ['src/other.ts']],
    ]);
    expect(planChanged(['src/x.ts'], { references, tests }, {}, budget).run).toEqual(tests);
  });

  it('is nothing twice where files import one another in a circle', () => {
    const references = new Map([
      ['src/a.ts', ['src/b.ts']],
      ['src/b.ts', ['src/a.ts']],
      ['test/unit/a.test.ts', ['src/a.ts']],
    ]);
    const { run } = planChanged(
      ['src/a.ts', 'src/b.ts'],
      { references, tests: ['test/unit/a.test.ts'] },
      {},
      budget,
    );
    expect(run).toEqual(['test/unit/a.test.ts']);
  });
});

describe('what of it fits into the time', () => {
  const changed = ['src/decide/tier.ts'];
  const decide = 'test/integration/decide.test.ts';
  const process = 'test/integration/process.test.ts';

  it.each([
    ['a file longer than the time is left out, and a later one still runs', { [decide]: 200 }, {}, [decide]],
    ['files side by side take as long as the longest', { [decide]: 150, [process]: 150 }, {}, []],
    [
      'with fewer lanes they take longer',
      { [decide]: 150, [process]: 150 },
      { lanes: { unit: 2, integration: 1 } },
      [process],
    ],
    ['the start of the servers counts', { [decide]: 155 }, {}, [decide]],
    [
      'the time to load a file counts',
      { [decide]: 150 },
      { loading: { unit: 0, integration: 6, e2e: 0 } },
      [decide],
    ],
    [
      'no time: everything is named',
      {},
      { seconds: 0 },
      ['test/unit/tier.test.ts', 'test/golden/climb.test.ts', decide, process],
    ],
  ])('%s', (_, durations, more, tooLong) => {
    const { tooLong: found, run } = plan(changed, durations, more);
    expect(found).toEqual(tooLong);
    expect([...run, ...found].toSorted()).toEqual([...plan(changed).run].toSorted());
  });

  it('of two at the same distance the shorter one comes first', () => {
    const tests = ['test/integration/a.test.ts', 'test/integration/b.test.ts'];
    const references = new Map(tests.map((test) => [test, ['src/x.ts']]));
    const { run } = planChanged(['src/x.ts'], { references, tests }, { [tests[0] ?? '']: 30 }, budget);
    expect(run).toEqual(tests.toReversed());
  });
});
