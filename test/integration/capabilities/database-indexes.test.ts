/** The whole way of an index: the operator, its Job on the real API server, and what the Job runs against a real Postgres. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LeadsTable, Rig, eventually, postgresStore } from '../operator/rig.ts';
import { describeWith, kubectl, testbed } from '../support.ts';

const LAUNCHER = fileURLToPath(new URL('../../../bin/leadplatform.js', import.meta.url));

interface Job {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly env: readonly {
            readonly name: string;
            readonly value?: string;
            readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
          }[];
        }[];
      };
    };
  };
}

describeWith(['cluster', 'postgres'], 'Indexes that the operator has made', () => {
  let rig: Rig;
  let leads: LeadsTable;
  beforeAll(async () => {
    rig = await Rig.start();
    leads = await LeadsTable.create();
  }, 60_000);
  afterAll(async () => {
    await rig?.stopOperator();
    await leads?.drop();
  });

  const jobs = async () =>
    (
      JSON.parse(await kubectl(['get', 'jobs', '-n', rig.namespace, '-o', 'json'])) as {
        items: readonly Job[];
      }
    ).items;
  const report = async () =>
    (await rig.platform('brain')).status?.capabilities?.find(({ name }) => name === 'database-indexes');

  /** What the kubelet does with the container of a Job, without a kubelet. */
  async function runAs(job: Job): Promise<string> {
    const [container] = job.spec.template.spec.containers;
    const env: Record<string, string> = { PATH: process.env['PATH'] ?? '' };
    for (const { name, value, valueFrom } of container?.env ?? []) {
      if (valueFrom === undefined) env[name] = value ?? '';
      else {
        const { name: secret, key } = valueFrom.secretKeyRef;
        const text = await kubectl([
          'get',
          'secret',
          secret,
          '-n',
          rig.namespace,
          '-o',
          `jsonpath={.data.${key}}`,
        ]);
        env[name] = Buffer.from(text, 'base64').toString();
      }
    }
    const child = spawn(process.execPath, [LAUNCHER, ...(container?.args ?? [])], { env });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    return said;
  }

  it('are those that the catalog lacks, made by a Job that goes once they are there', async () => {
    const { user, password } = testbed().postgres;
    const postgres = await postgresStore(rig);
    // It measures and may not write; the Job has another credential.
    await leads.login('only-reads');
    for (const [name, data] of [
      ['measuring', { username: leads.name, password: 'only-reads' }],
      ['admin', { owner: user, word: password }],
    ] as const) {
      await rig.applyObject({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: rig.namespace },
        stringData: data,
      });
    }
    await rig.apply('brain', {
      stores: { postgres: { ...postgres, secretRef: { name: 'measuring' } } },
      signals: { leadsPerDay: { postgres: { table: leads.name } } },
      tierPin: { tier: 'cached', reason: 'for its indexes' },
      capabilities: {
        databaseIndexes: {
          adminSecretRef: { name: 'admin', userKey: 'owner', passwordKey: 'word' },
          jobImage: 'registry.example/operator:1',
          indexes: [
            { table: leads.name, columns: ['created_at'] },
            { table: leads.name, columns: ['created_at'], method: 'brin' },
          ],
        },
      },
    });
    const [job] = await eventually('there is a Job', async () => {
      const found = await jobs();
      return found.length > 0 && found;
    });
    await expect
      .poll(report, { timeout: 10_000 })
      .toMatchObject({ state: 'Progressing', step: 'IndexesMade' });
    if (job === undefined) throw new Error('there was one');
    const said = await runAs(job);
    expect(said).toContain(`there as ${leads.name}_created_at_idx`);
    expect(said).toMatch(/^created: lp_/m);
    await eventually('the capability is ready', async () => (await report())?.state === 'Ready');
    await eventually('the Job is gone', async () => (await jobs()).length === 0);
    await expect
      .poll(async () => (await report())?.message, { timeout: 10_000 })
      .toMatch(/_created_at_idx, brin .* by lp_/);
  });
});
