import { describe, expect, it } from 'vitest';
import { runOn } from './offline.ts';

const MANIFEST = `apiVersion: leadplatform.io/v1alpha1
kind: LeadPlatform
metadata: { name: brain, namespace: leads }
spec:
  image: registry.example/brain:1
  # A decision each five seconds, and not each second, is enough for what is told of it.
  signals: { queueDepth: { redis: { interval: 5s } } }
  components:
    queues:
      - { name: mail, capacity: { jobsPerMinute: 6 }, pickupTime: 45s }
      - { name: default }
`;
/** One tier, with fewer workers than the trace needs when it is taken many times. */
const FEW_WORKERS = `${MANIFEST}  tiers:
    - name: only
      fromLeadsPerDay: 0
      capabilities: [separate-queue-workers]
      components: { queue: { max: 3 } }
`;
/** A minute of nothing and a minute of thirty leads, by turns, for an hour. */
const TRACE = [
  'time,leads',
  ...Array.from({ length: 60 }, (_, minute) => {
    const at = new Date(Date.UTC(2026, 2, 2, 9, minute)).toISOString();
    return `${at},${minute % 2 === 0 ? 0 : 30}`;
  }),
].join('\n');
const FILES = { 'lp.yaml': MANIFEST, 'leads.csv': TRACE };

const run = (args: readonly string[], files: Readonly<Record<string, string>> = FILES, colour = false) =>
  runOn(files, ['simulate', '-f', 'lp.yaml', '--trace', 'leads.csv', ...args], colour);

async function simulated(args: readonly string[] = []) {
  const { code, out, err } = await run(['-o', 'json', ...args]);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
}

describe('simulate', () => {
  it('tells of each policy what it made of the same jobs', async () => {
    const { trace, policies } = await simulated();
    expect(trace).toBe('leads.csv');
    expect(policies.map(({ policy }: { policy: string }) => policy)).toEqual([
      'leadplatform',
      'keda',
      'hpa',
      'static',
      'oracle',
    ]);
    for (const policy of policies)
      expect(Object.keys(policy)).toEqual([
        'policy',
        'settings',
        'violatedMinutes',
        'podHours',
        'podHoursFromZero',
        'violatedMinutesFromZero',
        'costUsd',
        'scaleEvents',
        'podStarts',
        'tierChanges',
        'p50PickupSeconds',
        'p95PickupSeconds',
        'p99PickupSeconds',
        'maxPickupSeconds',
        'maxQueueDepth',
        'unservedJobs',
      ]);
  });

  it('repeats every option under workload, as it was given or by its default', async () => {
    expect((await simulated(['--policy', 'oracle'])).workload).toEqual({
      queue: 'mail',
      from: '2026-03-02T09:00:00.000Z',
      to: '2026-03-02T10:00:00.000Z',
      leads: 900,
      bucketSeconds: 60,
      jobs: expect.any(Number) as number,
      workHours: expect.any(Number) as number,
      objectiveSeconds: 45,
      serviceSeconds: 10,
      serviceCv: 1,
      podStartSeconds: 20,
      jobsPerLead: 1,
      scale: 1,
      seed: 1,
      liftBounds: false,
      faults: [],
    });
    const options = {
      '--queue': 'default',
      '--service-time': '2s',
      '--service-cv': '0.5',
      '--pod-start': '1m',
      '--jobs-per-lead': '2',
      '--scale': '3',
      '--seed': '4',
      '--from': '2026-03-02T09:10:00Z',
      '--to': '2026-03-02T09:40:00Z',
      '--faults':
        'queues@2026-03-02T09:15:00Z/1m, jobs@2026-03-02T11:20:00+02:00/90s=2.5, leads-per-minute@2026-03-02T09:12:00Z/1m=frozen',
    };
    const args = ['--policy', 'oracle', '--lift-bounds', ...Object.entries(options).flat()];
    expect((await simulated(args)).workload).toMatchObject({
      queue: 'default',
      from: '2026-03-02T09:10:00.000Z',
      to: '2026-03-02T09:40:00.000Z',
      objectiveSeconds: 60,
      serviceSeconds: 2,
      serviceCv: 0.5,
      podStartSeconds: 60,
      jobsPerLead: 2,
      scale: 3,
      seed: 4,
      liftBounds: true,
      faults: [
        'queues@2026-03-02T09:15:00Z/1m',
        'jobs@2026-03-02T11:20:00+02:00/90s=2.5',
        'leads-per-minute@2026-03-02T09:12:00Z/1m=frozen',
      ],
    });
  });

  it.each([
    ['jobs that take long', 'jobs@2026-03-02T09:20:00Z/10m=8'],
    ['Pods that do not start', 'starts@2026-03-02T09:00:00Z/40m'],
    ['what all Pods wait for', 'throughput@2026-03-02T09:20:00Z/10m=0'],
  ])('shows what comes of %s', async (_, faults) => {
    const args = ['--policy', 'leadplatform', '--lift-bounds'];
    const late = async (...more: readonly string[]) =>
      (await simulated([...args, ...more])).policies[0].maxPickupSeconds;
    expect(await late('--faults', faults)).toBeGreaterThan(await late());
  });

  it('gives the operator the bounds of its schedules, at the times of the trace', async () => {
    const scheduled = (schedule: string) =>
      MANIFEST.replace(
        'pickupTime: 45s }',
        `pickupTime: 45s, schedules: [{ cron: "15 10 * * *", duration: 30m, timeZone: Europe/Berlin, ${schedule} }] }`,
      ).concat(FEW_WORKERS.slice(MANIFEST.length).replace('queue: { max: 3 }', 'queue: { max: 60 }'));
    const podHours = async (schedule: string) => {
      const files = { ...FILES, 'lp.yaml': scheduled(schedule) };
      const { code, out } = await run(['-o', 'json', '--policy', 'leadplatform'], files);
      expect(code).toBe(0);
      return JSON.parse(out).policies[0].podHours as number;
    };
    const free = await podHours('replicas: { max: 60 }');
    // Half an hour of forty Pods is twenty hours of Pods; without the schedule it is a few of them.
    expect(free).toBeLessThan(8);
    expect(await podHours('replicas: { min: 40 }')).toBeGreaterThan(20);
    expect(await podHours('replicas: { max: 1 }')).toBeLessThan(free);
  });

  it('tells of ingest and sync apart', async () => {
    const { components } = await simulated(['--policy', 'leadplatform']);
    expect(components).toEqual(
      expect.arrayContaining(
        ['ingest', 'sync'].map((component) => expect.objectContaining({ component }) as object),
      ),
    );
    const { out } = await run(['--policy', 'leadplatform']);
    expect(out).toMatch(/^The operator's ingest beside it: [\d.]+ Pod-hours/m);
  });

  it('gives the operator the ladder of the spec, unless its bounds are lifted', async () => {
    const files = { ...FILES, 'lp.yaml': FEW_WORKERS };
    const late = async (...args: readonly string[]) => {
      const { out } = await run(['--policy', 'leadplatform', '--scale', '20', '-o', 'json', ...args], files);
      return JSON.parse(out).policies[0].violatedMinutes;
    };
    expect(await late('--lift-bounds')).toBeLessThan(await late());
  });

  it('draws a table that fits on a narrow terminal', async () => {
    const { code, out, err } = await run([]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^oracle .* 1\.00 /m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('shows how far it is on a terminal, and takes that away at the end', async () => {
    const { err } = await run(['--policy', 'keda'], FILES, true);
    expect(err).toMatch(/█+░+ keda/);
    expect(err.endsWith('\r\u001b[K')).toBe(true);
  });
});

describe('what simulate says beside its figures', () => {
  const notes = async (args: readonly string[], files: Readonly<Record<string, string>> = FILES) => {
    const { code, out } = await run(['-o', 'json', ...args], files);
    expect(code).toBe(0);
    const report = JSON.parse(out) as { notes: string[]; policies: { unservedJobs: number }[] };
    return {
      text: report.notes.join('\n'),
      unserved: report.policies.map(({ unservedJobs }) => unservedJobs),
    };
  };

  it('is the tier that the operator begins on, and why', async () => {
    const { text } = await notes(['--policy', 'leadplatform']);
    expect(text).toMatch(
      /leadplatform begins on the tier \w+: days before the trace .* like its 1 hour taken for a whole day, [\d,]+ leads/,
    );
    expect((await notes(['--policy', 'keda'])).text).toBe('');
  });

  it('is what kept the operator from the size that it asked for, and whose jobs were left', async () => {
    const few = { ...FILES, 'lp.yaml': FEW_WORKERS };
    const { text, unserved } = await notes(['--policy', 'leadplatform,static', '--scale', '5'], few);
    expect(text).toMatch(/kept from the size .* minutes, last as .* gets 3 of .*--lift-bounds simulates it/);
    expect(unserved).toEqual([expect.toSatisfy((left: number) => left > 0), 0]);
    expect(text).toContain(`With leadplatform, ${unserved[0]!.toLocaleString('en')} of `);
    const lifted = await notes(['--policy', 'leadplatform', '--scale', '5', '--lift-bounds'], few);
    expect(lifted.text).not.toContain('kept from');
    expect(lifted.unserved).toEqual([0]);
  });

  it('is that a platform which is only watched is simulated as one that is not', async () => {
    const paused = { ...FILES, 'lp.yaml': `${MANIFEST}  mode: Paused\n` };
    expect((await notes(['--policy', 'leadplatform'], paused)).text).toMatch(
      /spec\.mode is Paused, .* simulated as Auto/,
    );
  });

  it('is where the trace ends, when more is asked for', async () => {
    const beyond = ['--policy', 'keda', '--from', '2026-03-02T08:00:00Z', '--to', '2026-03-02T11:00:00Z'];
    const { text } = await notes(beyond);
    expect(text).toContain(
      'leads.csv begins at 2026-03-02T09:00:00Z: nothing comes between --from and that.',
    );
    expect(text).toContain('leads.csv ends at 2026-03-02T10:00:00Z: nothing comes between that and --to.');
  });

  it('is how many leads the file has, and how they are counted', async () => {
    const said = async (csv: string) =>
      (await run(['--policy', 'static'], { ...FILES, 'leads.csv': csv })).out;
    expect((await said(TRACE)).replace(/\s+/g, ' ')).toMatch(
      /^900 leads of leads\.csv \(counted every 60 seconds\), .* make \d+ jobs in the queue mail/,
    );
    const each = 'created_at\n2026-03-02 09:00:00+00\n2026-03-02 09:00:01+00\n';
    expect((await said(each)).replace(/\s+/g, ' ')).toMatch(
      /^2 leads of leads\.csv \(each at its own time\), .* make 2 jobs/,
    );
  });
});

describe('the picture of a simulation', () => {
  const trace = 'le<a>&ds.csv';
  const files = { 'lp.yaml': FEW_WORKERS, [trace]: TRACE };
  const drawn = async (format: string) => {
    const { code, out, err } = await runOn(files, [
      'simulate',
      ...['-f', 'lp.yaml', '--trace', trace, '--scale', '20', '-o', format],
    ]);
    expect([code, err]).toEqual([0, '']);
    return out;
  };

  it.each(['svg', 'html'])(
    'as %s has load, Pods, queue, violated minutes and tier, and needs nothing else',
    async (format) => {
      const out = await drawn(format);
      for (const title of [
        'Jobs that come',
        'Pods wanted',
        'Jobs that wait',
        'Violated minutes',
        'Tier of the operator',
      ])
        expect(out).toContain(title);
      expect(out).toContain('le&#60;a&#62;&#38;ds.csv');
      expect(out.replace(/<script>[^]*<.script>/, '')).not.toMatch(/<a>|NaN|undefined|Infinity/);
      // The name of SVG is no address that anything is got from.
      expect(out.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|@import|url\(/);
    },
  );

  it('marks each violated minute', async () => {
    const json = JSON.parse(await drawn('json')) as { policies: { violatedMinutes: number }[] };
    const late = json.policies.reduce((sum, { violatedMinutes }) => sum + violatedMinutes, 0);
    const marks = [...(await drawn('svg')).matchAll(/class="violated" d="([^"]*)"/g)];
    expect(marks.reduce((sum, [, path = '']) => sum + path.split('M').length - 1, 0)).toBe(late);
    expect(late).toBeGreaterThan(0);
  });
});

describe('simulate says what is wrong, where, and what would be right', () => {
  it.each<{ args: readonly string[]; says: RegExp }>([
    { args: ['--policy', 'kedda'], says: /--policy: .*keda\? Policies: leadplatform.*all/ },
    { args: ['--queue', 'mial'], says: /--queue: .*mail/ },
    { args: ['--service-time', '0s'], says: /--service-time is "0s"; write a duration/ },
    { args: ['--pod-start', 'soon'], says: /--pod-start is "soon".*like 20s/ },
    { args: ['--scale', '0'], says: /--scale is "0"/ },
    { args: ['--scale', '-1'], says: /--scale is "-1"; write a number from/ },
    { args: ['--seed', '-1'], says: /--seed is "-1"; write a whole number from 0/ },
    { args: ['--service-time', '-5s'], says: /--service-time is "-5s"; write a duration/ },
    { args: ['--service-cv', 'NaN'], says: /--service-cv is "NaN"/ },
    { args: ['--seed', '1.5'], says: /--seed is "1.5"; write a whole number/ },
    { args: ['--from', 'monday'], says: /--from is "monday"; write a day like/ },
    { args: ['--from', '2026-02-30'], says: /--from is "2026-02-30"; write a day like/ },
    { args: ['--from', '2026-03-03', '--to', '2026-03-02'], says: /--to is not after --from/ },
    {
      args: ['--from', '2027-01-01', '--to', '2027-01-02'],
      says: /leads\.csv with --from 2027-01-01T00:00:00.000Z, --to .* has no job/,
    },
    { args: ['--scale', '100000', '--jobs-per-lead', '1000'], says: /has .* jobs, and at most 20,000,000/ },
    { args: ['--from', '1970-01-01'], says: /spans .* days, and at most 1100/ },
    { args: ['--faults', 'queues'], says: /--faults has "queues"; write WHAT@TIME\/DURATION, like queues@/ },
    { args: ['--faults', 'queue@2026-03-02/1h'], says: /--faults: .*queues/ },
    { args: ['--faults', 'queues@noon/1h'], says: /the time "noon"; write a day like/ },
    { args: ['--faults', 'queues@2026-03-02/soon'], says: /the duration "soon"; write one above 0/ },
    { args: ['--faults', 'queues@2026-03-02/0s'], says: /the duration "0s"/ },
    { args: ['--faults', 'starts@2026-03-02/1h=2'], says: /starts takes no number; queues, .* jobs do/ },
    { args: ['--faults', 'leads@2026-03-02/1h=2'], says: /leads takes no number/ },
    { args: ['--faults', 'queues@2026-03-02/1h=many'], says: /a number like 0 or 1e6, NaN, or frozen/ },
    { args: ['--faults', 'jobs@2026-03-02/1h'], says: /how many times as long jobs take, from 0.01 to 100/ },
    { args: ['--faults', 'jobs@2026-03-02/1h=NaN'], says: /how many times as long/ },
    { args: ['--faults', 'jobs@2026-03-02/1h=1000'], says: /how many times as long/ },
    {
      args: ['--faults', 'throughput@2026-03-02/1h'],
      says: /how many jobs a minute all Pods together finish/,
    },
    { args: ['--faults', 'throughput@2026-03-02/1h=-1'], says: /how many jobs a minute .* 0 is an outage/ },
    { args: ['--faults', 'leads@2026-03-02T09:00:00Z/1h,'], says: /--faults has ""/ },
    {
      args: ['--faults', 'leads@2026-03-02T10:00:00Z/1h'],
      says: /what is simulated is .*09:00.* to .*10:00/,
    },
    { args: ['--faults', 'leads@2026-03-02T08:00:00Z/1h'], says: /what is simulated is/ },
    { args: ['-o', 'xml'], says: /--output is "xml"; write table, json, svg or html/ },
    { args: ['--polcy', 'keda'], says: /--policy/ },
  ])('$args', async ({ args, says }) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(says);
  });

  it.each<{ name: string; files: Readonly<Record<string, string>>; says: RegExp }>([
    { name: 'there is no trace', files: { 'lp.yaml': MANIFEST }, says: /leads\.csv: no such file/ },
    {
      name: 'a line of the trace is wrong',
      files: { ...FILES, 'leads.csv': 'time,leads\n2026-03-02T09:00:00Z,many' },
      says: /leads\.csv, line 2: "many" is not a number/,
    },
    {
      name: 'the manifest is wrong',
      files: { ...FILES, 'lp.yaml': MANIFEST.replace('45s', 'fast') },
      says: /pickupTime/,
    },
  ])('$name', async ({ files, says }) => {
    const { code, out, err } = await run([], files);
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(says);
  });

  it('two LeadPlatforms in one manifest', async () => {
    const { code, err } = await run([], { ...FILES, 'lp.yaml': `${MANIFEST}---\n${MANIFEST}` });
    expect([code, err]).toEqual([2, expect.stringMatching(/2 LeadPlatforms.*keep one/)]);
  });

  it('no trace, and standard input for both', async () => {
    expect((await runOn(FILES, ['simulate', '-f', 'lp.yaml'])).err).toMatch(/--trace FILE/);
    expect((await runOn(FILES, ['simulate', '-f', '-', '--trace', '-'])).err).toMatch(/read once/);
  });
});
