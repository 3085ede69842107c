import { describe, expect, it } from 'vitest';
import { type CapabilityName, TIER_NAMES } from '../../../src/api/names.ts';
import { factsOf } from '../../../src/catalog/catalog.ts';
import { type Run, runOn } from './offline.ts';

const IMAGE_ALONE = `apiVersion: leadplatform.io/v1alpha1
kind: LeadPlatform
metadata: { name: brain, namespace: leads }
spec: { image: registry.example/brain:1 }
`;

const run = (args: readonly string[], file = IMAGE_ALONE, colour = false): Promise<Run> =>
  runOn({ '-': file, 'lp.yaml': file }, args, colour);

async function planned(args: readonly string[], file?: string) {
  const { code, out, err } = await run(['plan', '-f', 'lp.yaml', '-o', 'json', ...args], file);
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out);
}

describe('plan, of a load that stays', () => {
  it.each([
    [0, 'single-server'],
    [4_999, 'single-server'],
    [5_000, 'cached'],
    [10_000, 'separated'],
    [15_000, 'scaled'],
    [28_000, 'balanced'],
    [30_000, 'enterprise'],
    [50_000, 'microservices'],
    [100_000, 'full-microservices'],
  ])('stands with %i leads/day on %s', async (load, tier) => {
    expect(await planned(['--set', `leadsPerDay=${load}`])).toMatchObject({ tier, targetTier: tier });
  });

  it('goes down one tier, and says where it is going', async () => {
    const args = ['--from', 'balanced', '--set', 'leadsPerDay=3000'];
    expect(await planned(args)).toMatchObject({
      from: 'balanced',
      tier: 'scaled',
      targetTier: 'single-server',
    });
  });

  it('starts from the tier of a manifest that was read from a cluster', async () => {
    const file = `${IMAGE_ALONE}status: { tier: scaled }\n`;
    expect(await planned(['--set', 'leadsPerDay=16000'], file)).toMatchObject({
      from: 'scaled',
      tier: 'scaled',
    });
  });

  it('shows a floor of a schedule whose window is open now, and what is in its way', async () => {
    const scheduled = (schedule: string) =>
      IMAGE_ALONE.replace('spec: {', `spec: { components: { ingest: { schedules: [{ ${schedule} }] } },`);
    const ingestOf = async (schedule: string) => {
      const { components } = await planned(['--set', 'leadsPerDay=28000'], scheduled(schedule));
      return components.find(({ name }: { name: string }) => name === 'ingest');
    };
    // It is a Tuesday, 11:00 in UTC.
    const open = 'cron: "0 9 * * 1-5", duration: 9h, timeZone: Europe/Berlin';
    expect(await ingestOf(`${open}, replicas: { min: 7 }`)).toMatchObject({
      replicas: 7,
      reason: expect.stringContaining(
        'schedules[0] (0 9 * * 1-5, Europe/Berlin) asks for 7 replicas until 2026-11-24T17:00:00Z',
      ) as string,
    });
    expect(await ingestOf('cron: "0 13 * * 1-5", duration: 4h, replicas: { min: 7 }')).toMatchObject({
      replicas: 3,
    });
    const short = await run(
      ['plan', '-f', 'lp.yaml', '--set', 'leadsPerDay=28000'],
      scheduled(`${open}, replicas: { min: 70 }`),
    );
    expect(short.out.replaceAll(/\s+/g, ' ')).toContain(
      'asks for 70 replicas until 2026-11-24T17:00:00Z, and tier balanced allows 16 replicas.',
    );
  });

  it('leaves out transition windows, one of which will open', async () => {
    const file = IMAGE_ALONE.replace(
      'spec: {',
      'spec: { transitions: { windows: [{ name: nights, schedule: "0 22 * * *", duration: 1h }] },',
    );
    expect(await planned(['--set', 'leadsPerDay=28000'], file)).toMatchObject({ tier: 'balanced' });
    expect(await planned(['--set', 'leadsPerDay=28000', '--spike'], file)).toMatchObject({
      tier: 'single-server',
    });
  });

  it('gives signals in base units, with their bands', async () => {
    const { signals } = await planned([
      '--set',
      'leadsPerDay=25000,queueDepth.vici-updates=6000,responseTime=0.7s,databaseSize=12GB,cpu=59%',
    ]);
    expect(signals).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'leadsPerDay', value: 25_000, unit: 'count', band: 'yellow' }),
        expect.objectContaining({ name: 'queueDepth.vici-updates', value: 6_000, band: 'red' }),
        expect.objectContaining({ name: 'responseTime', value: 700, unit: 'ms', band: 'red' }),
        expect.objectContaining({ name: 'databaseSize', value: 12e9, unit: 'B', band: 'yellow' }),
        expect.objectContaining({ name: 'cpu', value: 59, unit: '%', band: 'green' }),
      ]),
    );
    expect(signals.filter(({ value }: { value?: number }) => value === undefined)).toEqual([]);
  });

  it('names every component, its replicas and why', async () => {
    const { components, reasons } = await planned(['--set', 'leadsPerDay=28000,queueDepth.default=900']);
    expect(components).toEqual([
      expect.objectContaining({ name: 'ingest', replicas: expect.any(Number), reason: expect.any(String) }),
      expect.objectContaining({ name: 'sync', replicas: expect.any(Number) }),
      expect.objectContaining({ name: 'queue-default', replicas: expect.any(Number) }),
    ]);
    expect(reasons.length).toBeGreaterThan(0);
  });

  it('is honest about capabilities: ready, or asked for', async () => {
    const { capabilities } = await planned(['--set', 'leadsPerDay=120000']);
    const states = Object.fromEntries(
      capabilities.map(({ name, state }: { name: string; state: string }) => [name, state]),
    );
    expect(states).toMatchObject({ 'separate-queue-workers': 'Ready', search: 'AwaitingConsent' });
    expect(capabilities).toHaveLength(19);
  });

  it('raises the tier by one when a queue stays red and its workers are at their bound', async () => {
    const args = ['--set', 'leadsPerDay=28000,queueDepth.default=20000'];
    const { tier, targetTier, reasons } = await planned(args);
    expect({ tier, targetTier }).toEqual({ tier: 'enterprise', targetTier: 'enterprise' });
    expect(reasons[0]).toMatch(/balanced/);
  });
});

describe('plan, of a spike', () => {
  it('keeps the tier, and brings at once what the platform breaks without', async () => {
    const plan = await planned(['--set', 'leadsPerDay=60000', '--spike']);
    expect(plan).toMatchObject({ from: 'single-server', tier: 'single-server' });
    expect(plan.capabilities).toEqual([
      expect.objectContaining({ name: 'load-balancer', required: true }),
      expect.objectContaining({ name: 'multiple-app-servers', required: true }),
    ]);
  });

  it('brings no broker, no shard and nothing else that holds data, however high it is', async () => {
    const { tier, capabilities } = await planned(['--set', 'leadsPerDay=120000', '--spike']);
    expect(tier).toBe('single-server');
    const names = capabilities.map(({ name }: { name: CapabilityName }) => name);
    expect(names).toContain('full-microservices');
    expect(names.filter((name: CapabilityName) => factsOf(name).holdsData)).toEqual([]);
  });

  it('shows a value that is not believed, and says why once', async () => {
    const args = ['--spike', '--from', 'scaled', '--set', 'leadsPerDay=0'];
    const { signals, reasons } = await planned(args);
    expect(signals).toEqual([expect.objectContaining({ name: 'leadsPerDay', unknown: 'Suspicious' })]);
    expect(reasons.filter((reason: string) => reason.includes('exactly 0'))).toHaveLength(1);
    const { out } = await run(['plan', '-f', 'lp.yaml', ...args]);
    expect(out).toMatch(/^leadsPerDay +unknown +- +fell from 15,000 to exactly 0/m);
    expect(out).not.toMatch(/No signal was set/);
  });

  it('says beside a signal what it is measured by, where it has no band', async () => {
    const { out } = await run([
      'plan',
      '-f',
      'lp.yaml',
      '--set',
      'agents=1200,databaseConnections=90%,responseTime=1h',
    ]);
    expect(out).toMatch(/^SIGNAL +VALUE +BAND +NOTE$/m);
    expect(out).toMatch(/^databaseConnections +90 +- +of 100 that the server allows$/m);
    expect(out).toMatch(/^agents +1,200 +- +comfortable up to 500; from 1,000 on the$/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const { out: plain } = await run(['plan', '-f', 'lp.yaml', '--set', 'responseTime=100ms']);
    expect(plain).toMatch(/^SIGNAL +VALUE +BAND$/m);
  });

  it('does not go down for a quiet moment', async () => {
    const args = ['--spike', '--from', 'scaled', '--set', 'leadsPerDay=100'];
    expect(await planned(args)).toMatchObject({ tier: 'scaled' });
  });
});

describe('plan, of times that it makes up', () => {
  /** As an instant is written, or a day. */
  const DATE = /\d{4}-\d\d-\d\d/;
  it.each([
    [
      'a signal that raises',
      ['--set', 'leadsPerDay=3000,responseTime=900ms'],
      'responseTime is red at 900 ms, and its',
    ],
    [
      'a signal that keeps it where it is',
      ['--from', 'balanced', '--set', 'leadsPerDay=3000,responseTime=900ms'],
      'ResponseTime is red at 900 ms, which keeps',
    ],
    [
      'a spike that would have to stay',
      ['--spike', '--set', 'leadsPerDay=28000'],
      'belongs on balanced (from 25,000 leads/day), but has to stay for 2d first.',
    ],
    [
      'a quiet moment',
      ['--spike', '--from', 'balanced', '--set', 'leadsPerDay=3000'],
      'but it was 25,000 not long ago; the busiest of 7d',
    ],
    [
      'a descent',
      ['--from', 'balanced', '--set', 'leadsPerDay=3000'],
      'the busiest of the last 7d was 3,000',
    ],
    ['capabilities', ['--set', 'leadsPerDay=120000'], 'leads/day'],
  ])('names none, for %s', async (_, args, words) => {
    const { out: json } = await run(['plan', '-f', 'lp.yaml', '-o', 'json', ...args]);
    expect((JSON.parse(json) as { reasons: string[] }).reasons.join('\n')).toContain(words);
    expect(json).not.toMatch(DATE);
    const { out: table } = await run(['plan', '-f', 'lp.yaml', ...args]);
    expect(table).not.toMatch(DATE);
  });
});

describe('plan, of a manifest', () => {
  it('draws one for each of several platforms, and leaves other documents alone', async () => {
    const file = `kind: ConfigMap\n---\n${IMAGE_ALONE}---\n${IMAGE_ALONE.replace('brain,', 'other,')}`;
    const { out } = await run(['plan', '-f', '-'], file);
    expect(out.match(/^LeadPlatform \S+/gm)).toEqual([
      'LeadPlatform leads/brain',
      'LeadPlatform leads/other',
    ]);
    const { out: json } = await run(['plan', '-f', '-', '-o', 'json'], file);
    expect(JSON.parse(json).map(({ name }: { name: string }) => name)).toEqual(['brain', 'other']);
  });

  it('takes a List, as kubectl get writes it', async () => {
    const list = JSON.stringify({
      kind: 'List',
      items: [{ kind: 'LeadPlatform', metadata: { name: 'one' }, spec: { image: 'a' } }],
    });
    expect(await planned([], list)).toMatchObject({ name: 'one' });
  });

  it.each([
    [
      'an unknown field',
      IMAGE_ALONE.replace('image:', 'mimTier: x, image:'),
      /spec\.mimTier: unknown field; did you mean minTier\?/,
    ],
    ['no image', 'kind: LeadPlatform\nspec: {}\n', /spec\.image: required, and missing/],
    ['no LeadPlatform', 'kind: ConfigMap\n', /lp\.yaml: no document of kind LeadPlatform in it/],
    ['nothing', '', /no document of kind LeadPlatform/],
    ['no YAML', 'a: [1\nb: }', /^lp\.yaml:\d+:\d+: not YAML: /],
    ['a field twice', 'kind: LeadPlatform\nkind: LeadPlatform\n', /not YAML: Map keys must be unique/],
  ])('exits 3 for a manifest with %s', async (_, file, sentence) => {
    const { code, out, err } = await run(['plan', '-f', 'lp.yaml'], file);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(sentence);
  });

  it('exits 3 for a file that is not there', async () => {
    expect(await run(['plan', '-f', 'other.yaml'])).toEqual({
      code: 3,
      out: '',
      err: 'other.yaml: no such file\n',
    });
  });
});

/** One platform a file; any name is a file. */
const platformNamed = (name: string) => IMAGE_ALONE.replace('brain', name);

describe('plan, of an option that is given twice', () => {
  it('plans the platforms of every file, in the order in which they are named', async () => {
    const files = {
      'a.yaml': platformNamed('one'),
      'b.yaml': `${platformNamed('two')}---\n${platformNamed('three')}`,
    };
    const { code, out } = await runOn(files, ['plan', '-f', 'a.yaml', '--filename=b.yaml', '-o', 'json']);
    expect(code).toBe(0);
    expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toEqual(['one', 'two', 'three']);
  });

  it('plans none of them where one is invalid, and names the file', async () => {
    const files = { 'a.yaml': IMAGE_ALONE, 'b.yaml': 'kind: ConfigMap\n' };
    expect(await runOn(files, ['plan', '-f', 'b.yaml', '-f', 'a.yaml'])).toEqual({
      code: 3,
      out: '',
      err: 'b.yaml: no document of kind LeadPlatform in it\n',
    });
  });

  it.each([
    [['-f', '-', '-f', '-'], /-f - is given twice, and standard input can be read once; keep one/],
    [
      ['-f', 'lp.yaml', '--from', 'cached', '--from', 'scaled'],
      /--from is given twice, and takes one value; keep one/,
    ],
    [['-f', 'lp.yaml', '-o', 'json', '--output', 'table'], /--output is given twice/],
    [['-f', 'lp.yaml', '--set', 'agents=1', '-s', 'agents=2'], /agents is set twice; keep one/],
  ])('refuses %j', async (args, sentence) => {
    const { code, out, err } = await run(['plan', ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
  });

  it('takes a flag that is given twice for one', async () => {
    expect((await run(['plan', '-f', 'lp.yaml', '--spike', '--spike'])).code).toBe(0);
  });
});

describe('the command line', () => {
  it.each([
    [[], /which command\?/],
    [
      ['paln'],
      /^leadplatform: unknown command "paln"; did you mean plan\? Commands: plan, simulate, help\n$/,
    ],
    [['x'], /^leadplatform: unknown command "x"\. Commands: plan, simulate, help\n$/],
    [['help', 'plna'], /unknown command "plna"; did you mean plan\? Commands: plan, simulate, help\n$/],
    [['--verbose'], /unknown option "--verbose"; options come after the command/],
    [['plan'], /plan needs a manifest: -f FILE/],
    [['plan', '-f', 'lp.yaml', '-o', 'xml'], /--output is "xml"; write table or json/],
    [
      ['plan', '-f', 'lp.yaml', '--sett', 'x'],
      /unknown option "--sett"; did you mean --set\? Options: --filename,/,
    ],
    [['plan', '-f', 'lp.yaml', '--set'], /--set/],
    [['plan', 'lp.yaml'], /lp\.yaml/],
    [['plan', '-f', 'lp.yaml', '--set', 'x=1'], /--set: unknown signal "x"\. Signals: leadsPerDay,/],
    [
      ['plan', '-f', 'lp.yaml', '--from', 'balansed'],
      /unknown tier "balansed"; did you mean balanced\? Tiers: single-server, .* \(brain\)/,
    ],
  ])('exits 2 for %j, and says why', async (args, sentence) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
  });

  it.each([
    [['--help'], /Usage: leadplatform COMMAND/],
    [['help'], /Usage: leadplatform COMMAND/],
    [['plan', '--help'], /Usage: leadplatform plan -f FILE/],
    [['help', 'plan'], /Usage: leadplatform plan -f FILE/],
    [['help', 'plan'], /What the jobs that come need .* no such need\nraises the tier here/],
    [['--version'], /^1\.2\.3\n$/],
  ])('answers %j', async (args, expected) => {
    const { code, out } = await run(args);
    expect(code).toBe(0);
    expect(out).toMatch(expected);
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});

describe('the table', () => {
  const args = ['plan', '-f', 'lp.yaml', '--set', 'leadsPerDay=28000,responseTime=620ms'];

  it.each(TIER_NAMES)('fits on 80 columns, from %s', async (tier) => {
    const { out } = await run([...args, '--from', tier]);
    expect(out.split('\n').filter(({ length }) => length > 80)).toEqual([]);
    expect(out).not.toMatch(/[ \t]$/m);
  });

  it('has colours on a terminal only', async () => {
    const plain = await run(args);
    const coloured = await run(args, IMAGE_ALONE, true);
    expect(plain.out).not.toContain('\u001b');
    expect(coloured.out).toContain('\u001b[31mred\u001b[0m');
    // eslint-disable-next-line no-control-regex
    expect(coloured.out.replace(/\u001b\[\d+m/g, '')).toBe(plain.out);
  });
});
