/**
 * A few of the platforms of `prove -- resources`, under a fixed seed: made from the schema of the CRD, looked at, made wrong and
 * right again, and deleted.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHILD_TYPES, LEAD_PLATFORMS } from '../../../controller/leadplatform/kinds.ts';
import { type Kube, loadKube } from '../../../controller/runtime/kube.ts';
import { Resources } from '../../../controller/runtime/resources.ts';
import { type Case, casesOf } from '../../prove/resources/cases.ts';
import {
  asksForAttempts,
  crashesIn,
  type Finding,
  isReady,
  judged,
  type Seen,
} from '../../prove/resources/judge.ts';
import { leftovers } from '../../prove/resources/leftovers.ts';
import { type ProbeResult, deleteAll, look, putAll } from '../../prove/resources/platforms.ts';
import { specSchemaOf } from '../../prove/resources/schema.ts';
import { describeWithCluster, testbed } from '../support.ts';
import { eventually, LeadsTable, postgresStore, Queues, Rig } from './rig.ts';

const SEED = 12;
const PLATFORMS = 40;
const REST_MS = 6_000;
/** So long without a write, and they rest. A pass comes every quarter of a second where a spec compresses its windows. */
const QUIET_MS = 3_000;

describeWithCluster('platforms made from the schema of the CRD', () => {
  let rig: Rig;
  let kube: Kube;
  let resources: Resources;
  let leads: LeadsTable;
  let queues: Queues;
  let cases: readonly Case[];
  let sequences: readonly Case[];
  const answers = new Map<string, ProbeResult>();

  beforeAll(async () => {
    rig = await Rig.start();
    kube = await loadKube({ kubeconfig: testbed().cluster.kubeconfigPath });
    resources = new Resources(kube.client());
    leads = await LeadsTable.create();
    await leads.spread(50, 3_600_000, -4 * 3_600_000, -3 * 3_600_000);
    queues = new Queues(testbed().redis);
    await queues.push('default', 1);
    await queues.empty('default');
    const { host, port, database, secretRef } = await postgresStore(rig);
    const stores = {
      postgres: { host, port, database },
      redis: { host: testbed().redis.host, port: testbed().redis.port },
      secret: secretRef.name,
      table: leads.name,
      prefix: queues.prefix,
    };
    const crd = await readFile('crds/leadplatform.io_leadplatforms.yaml', 'utf8');
    cases = casesOf(specSchemaOf(crd), stores, SEED, PLATFORMS);
    sequences = cases.filter(({ specs }) => specs.length === 3);
  });
  afterAll(async () => {
    await rig?.stopOperator();
    await kube?.close();
    queues?.close();
    await leads?.drop();
  });

  const put = (which: 0 | 1 | 2, some = cases) => putAll(resources, rig.namespace, some, which, answers);
  const seen = () => look(resources, rig.namespace, new Map());
  const inputOf = ({ name, says }: Finding) => {
    const found = cases.find((one) => one.name === name);
    return `${name}: ${says}; ${found?.what}: ${JSON.stringify(found?.specs.at(1) ?? found?.specs[0])}`;
  };
  const found = async () => (await seen()).flatMap(judged).map(inputOf);

  /** Who shortens the time of an attempt is told of each attempt. */
  const asksForIt = (name: string) =>
    cases.some((one) => name.startsWith(one.name) && one.specs.some(asksForAttempts));

  /** Every object of ours in its version; one that changes was written. */
  async function versions(): Promise<ReadonlyMap<string, string>> {
    const all = await Promise.all(
      [LEAD_PLATFORMS, ...Object.values(CHILD_TYPES)].map(async (type) => {
        const { items } = await resources.list(type, { namespace: rig.namespace });
        return items
          .filter(({ metadata: { name } }) => !asksForIt(name))
          .map(
            ({ kind, metadata: { name, resourceVersion = '' } }) =>
              [`${kind}/${name}`, resourceVersion] as const,
          );
      }),
    );
    return new Map(all.flat());
  }

  const changedSince = async (before: ReadonlyMap<string, string>) =>
    [...(await versions())].filter(([key, version]) => before.get(key) !== version).map(([key]) => key);

  /** Back when nothing has changed for a while. */
  async function rest(): Promise<void> {
    let before = await versions();
    let since = Date.now();
    await eventually(
      'the platforms rest',
      async () => {
        const changed = await changedSince(before);
        if (changed.length === 0) return Date.now() - since > QUIET_MS;
        before = await versions();
        since = Date.now();
        throw new Error(`changed: ${changed.join(', ')}`);
      },
      60_000,
    );
  }

  it('are Ready only where it is so, and say what is wrong', async () => {
    expect((await put(0)).map(inputOf)).toEqual([]);
    await rest();
    expect(await found()).toEqual([]);
  }, 90_000);

  it('are as they were after a spec that was wrong', async () => {
    const ready = (all: readonly Seen[]) =>
      sequences
        .map(({ name }) => all.find(({ platform }) => platform.metadata.name === name)?.platform)
        .filter((platform) => platform !== undefined && isReady(platform))
        .map((platform) => platform?.metadata.name);
    const before = ready(await seen());
    expect(before.length).toBeGreaterThan(0);
    expect((await put(1, sequences)).map(inputOf)).toEqual([]);
    await rest();
    expect(await found()).toEqual([]);
    await put(2, sequences);
    await rest();
    expect(await found()).toEqual([]);
    expect(ready(await seen())).toEqual(before);
  }, 120_000);

  it('are written no more once they rest', async () => {
    const before = await versions();
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    expect(await changedSince(before)).toEqual([]);
  });

  it('leave nothing behind', async () => {
    await deleteAll(resources, rig.namespace);
    await eventually('everything is gone', async () => {
      const left = await leftovers(resources, rig.namespace);
      if (left.length > 0) throw new Error(left.join(', '));
      return true;
    });
  });

  it('let the operator log nothing that nobody foresaw', () => {
    const log = rig.warnings.map((warning) => JSON.stringify(warning)).join('\n');
    expect(crashesIn(log)).toEqual([]);
  });
});
