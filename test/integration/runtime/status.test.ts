import { expect, it } from 'vitest';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { undeclaredFields } from '../../../controller/runtime/errors.ts';
import { resourceType } from '../../../controller/runtime/resources.ts';
import { createNamespace, describeWith, kubectl } from '../support.ts';
import { connection } from './cluster.ts';
import { widgetDefinition } from './widgets.ts';

const MANAGER = { fieldManager: 'runtime-test' };

interface Widget extends KubeObject {
  status?: object;
}

/** One that is there, with its definition. */
async function widget() {
  const widgets = widgetDefinition();
  await widgets.install();
  const type = resourceType<Widget>({
    group: widgets.group,
    version: 'v1',
    plural: 'widgets',
    kind: 'Widget',
  });
  const ref = { namespace: await createNamespace(), name: 'w' };
  await kubectl(['create', '--filename=-'], {
    input: JSON.stringify(widgets.widget(ref.namespace, ref.name)),
  });
  return { type, ref, ...(await connection()) };
}

describeWith(['cluster'], 'the status of an object', () => {
  it('becomes exactly what was said last and leaves the rest alone', async () => {
    const { type, ref, resources, writes } = await widget();
    const of = { metadata: ref };
    const ready = { type: 'Ready', status: 'True' };
    const stalled = { type: 'Stalled', status: 'False' };

    const full = { tier: 'cached', note: 'climbing', conditions: [ready, stalled] };
    expect((await resources.applyStatus(type, of, full, MANAGER)).status).toEqual(full);
    const less = { tier: 'cached', conditions: [ready] };
    expect((await resources.applyStatus(type, of, less, MANAGER)).status).toEqual(less);
    expect(writes()).toBe(2);

    const before = await resources.get(type, ref);
    await resources.applyStatus(type, of, less, MANAGER);
    expect(await resources.get(type, ref), 'saying it again changes nothing').toEqual(before);
    expect(before.metadata.generation).toBe(1);
  });

  it.each<[string, object, readonly string[]]>([
    ['one field', { tier: 'cached', operator: { pod: 'x' } }, ['.status.operator']],
    // By chance.
    ['two, of which it names one', { operator: 'x', since: 'now' }, ['.status.operator', '.status.since']],
    [
      'one in a list',
      { conditions: [{ type: 'Ready', because: 'so' }] },
      ['.status.conditions[type="Ready"].because'],
    ],
  ])('is refused at once, and with their names, where the definition lacks %s', async (_, status, fields) => {
    const { type, ref, resources, writes } = await widget();
    const of = { metadata: ref };
    const error = await resources.applyStatus(type, of, status, MANAGER).catch((failure: unknown) => failure);
    const named = undeclaredFields(error);
    expect(named).toHaveLength(1);
    expect(fields).toContain(named[0]);
    expect(writes()).toBe(1);
  });
});
