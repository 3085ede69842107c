import { beforeAll, describe, expect, it } from 'vitest';
import { ACCEPTED, ONLY_OFFLINE, REFUSED, manifest } from '../../fixtures/manifests.ts';
import { createNamespace, describeWith, kubectl } from '../support.ts';

/** What the API server answers, without writing anything; its words where it refuses. */
async function dryRun(namespace: string, object: unknown): Promise<string> {
  const args = ['create', '--dry-run=server', '--validate=strict', '--namespace', namespace, '-f', '-'];
  try {
    return await kubectl(args, { input: JSON.stringify(object) });
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : String(error)}`;
  }
}

describeWith(['cluster'], 'a LeadPlatform on a real API server', () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await createNamespace('api');
  });

  it.each(REFUSED)('is refused with a sentence: $name', async ({ says, server, ...row }) => {
    const answer = await dryRun(namespace, manifest('brain', row));
    expect(answer).toMatch(/^refused: /);
    expect(answer).toContain(says ?? server ?? 'a row of the table lacks a sentence');
  });

  it.each([...ACCEPTED, ...ONLY_OFFLINE])('is accepted: $name', async (row) => {
    expect(await dryRun(namespace, manifest('brain', row))).toContain('created');
  });

  it('stores what was written, with the two defaults that a reader should see', async () => {
    await kubectl(['create', '--namespace', namespace, '-f', '-'], {
      input: JSON.stringify(manifest('plain', {})),
    });
    const stored = JSON.parse(await kubectl(['get', 'lp', 'plain', '--namespace', namespace, '-o', 'json']));
    expect(stored.spec).toEqual({
      image: 'registry.example/brain:1',
      mode: 'Auto',
      deletionPolicy: 'Retain',
    });
  });

  it('merges what two field managers say about different queues', async () => {
    const apply = (manager: string, spec: object) =>
      kubectl(['apply', '--server-side', `--field-manager=${manager}`, '--namespace', namespace, '-f', '-'], {
        input: JSON.stringify({ ...manifest('shared', {}), spec }),
      });
    const image = 'registry.example/brain:1';
    await apply('team-a', { image, components: { queues: [{ name: 'mail', pickupTime: '5s' }] } });
    await apply('team-b', { image, components: { queues: [{ name: 'reports', pickupTime: '10m' }] } });
    const stored = JSON.parse(await kubectl(['get', 'lp', 'shared', '--namespace', namespace, '-o', 'json']));
    expect(stored.spec.components.queues).toEqual([
      { name: 'mail', pickupTime: '5s' },
      { name: 'reports', pickupTime: '10m' },
    ]);
  });

  it('keeps status apart from spec', async () => {
    const input = JSON.stringify(manifest('split', {}));
    await kubectl(['create', '--namespace', namespace, '-f', '-'], { input });
    const patch = JSON.stringify({
      spec: { image: 'changed' },
      status: { tier: 'cached', leadsPerDay: 7_000 },
    });
    await kubectl([
      'patch',
      'lp',
      'split',
      '--namespace',
      namespace,
      '--subresource=status',
      '--type=merge',
      `--patch=${patch}`,
    ]);
    const stored = JSON.parse(await kubectl(['get', 'lp', 'split', '--namespace', namespace, '-o', 'json']));
    expect(stored.spec.image).toBe('registry.example/brain:1');
    expect(stored.status).toEqual({ tier: 'cached', leadsPerDay: 7_000 });
    const [titles, row] = (await kubectl(['get', 'lp', 'split', '--namespace', namespace])).split('\n');
    expect(titles?.split(/\s{2,}/).map((title) => title.trim())).toEqual([
      'NAME',
      'TIER',
      'LEADS/DAY',
      'QUEUE',
      'READY',
      'LIMITED',
      'MODE',
      'AGE',
    ]);
    expect(row).toMatch(/^split +cached +7000 +Auto +\S+$/);
  });

  describe('kubectl explain', () => {
    it.each([
      ['lp', /A lead platform: what it runs/],
      ['lp.spec.components.sync.pickupTime', /how long a job may wait before a worker\s+picks it up/],
      ['lp.spec.tiers', /fromLeadsPerDay\t<integer> -required-/],
      ['lp.spec.deletionPolicy', /ENUM:\s+Retain\s+Delete/],
      ['lp.status.conditions', /lastTransitionTime\t<string> -required-/],
    ])('reads well for %s', async (path, expected) => {
      expect(await kubectl(['explain', path])).toMatch(expected);
    });
  });

  it('is found by its short name and in its category', async () => {
    expect(await kubectl(['get', 'lp', '--namespace', namespace, '-o', 'name'])).toContain(
      'leadplatform.leadplatform.io/',
    );
    expect(await kubectl(['get', 'leadplatforms', '--namespace', namespace, '-o', 'name'])).toContain(
      'leadplatform.leadplatform.io/',
    );
    const resources = await kubectl(['api-resources', '--categories=leadplatforms', '-o', 'name']);
    expect(resources.trim()).toBe('leadplatforms.leadplatform.io');
  });
});
