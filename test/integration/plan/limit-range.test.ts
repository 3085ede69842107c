/** What a LimitRange gives a container, as it is counted before a transition and as a real API server fills it in. */
import { beforeAll, expect, it } from 'vitest';
import { readHeadroom } from '../../../controller/leadplatform/headroom.ts';
import { OptionalReads } from '../../../controller/leadplatform/optional-reads.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import { quantityValue } from '../../../src/api/kubernetes-quantity.ts';
import { withDefaults } from '../../../src/kube/limit-range.ts';
import { connection } from '../runtime/cluster.ts';
import { createNamespace, describeWith, kubectl } from '../support.ts';

/**
 * The first says a most of CPU alone, which is a default, too; the second of memory, and of pods, which is none. Nothing
 * is said by both: which of the two counts then is left open.
 */
const RANGES = [
  [{ type: 'Container', max: { cpu: '2' } }],
  [
    { type: 'Container', default: { memory: '512Mi' }, defaultRequest: { memory: '128Mi' } },
    { type: 'Pod', max: { memory: '64Gi' } },
  ],
];

describeWith(['cluster'], 'a LimitRange', () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await createNamespace('limits');
    const items = RANGES.map((limits, index) => ({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: `range-${index}`, namespace },
      spec: { limits },
    }));
    await kubectl(['create', '--filename=-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
    await kubectl(['wait', '--for=create', 'serviceaccount/default', `--namespace=${namespace}`]);
  });

  it.each<[string, object]>([
    ['says nothing', {}],
    ['has a request', { requests: { cpu: '100m' } }],
    ['has a limit, which is its request, too', { limits: { cpu: '500m', memory: '1Gi' } }],
    ['has both', { requests: { memory: '256Mi' }, limits: { memory: '1Gi' } }],
  ])('gives a container what is counted, where it %s', async (_, resources) => {
    const { resources: client } = await connection();
    const room = await readHeadroom(
      { resources: client, reads: new OptionalReads(silentLogger), nodes: undefined },
      namespace,
      0,
      new AbortController().signal,
    );
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'one', namespace },
      spec: { containers: [{ name: 'one', image: 'brain:1', resources }] },
    };
    const made = JSON.parse(
      await kubectl(['create', '--dry-run=server', '--output=json', '--filename=-'], {
        input: JSON.stringify(pod),
      }),
    ) as { spec: { containers: [{ resources: Record<string, Record<string, string>> }] } };
    const counted = withDefaults(resources, room.defaults ?? []);
    const inNumbers = (quantities: Readonly<Record<string, unknown>> = {}) =>
      Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, quantityValue(value)]));
    const [{ resources: filledIn }] = made.spec.containers;
    expect({ requests: inNumbers(counted.requests), limits: inNumbers(counted.limits) }).toEqual({
      requests: inNumbers(filledIn['requests']),
      limits: inNumbers(filledIn['limits']),
    });
  });
});
