import { expect, it } from 'vitest';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { resourceType } from '../../../controller/runtime/resources.ts';
import { createNamespace, describeWith, kubectl } from '../support.ts';
import { connection } from './cluster.ts';
import { widgetDefinition } from './widgets.ts';

const MANAGER = { fieldManager: 'runtime-test' };

interface Widget extends KubeObject {
  status?: object;
}

describeWith(['cluster'], 'the status of an object', () => {
  it('becomes exactly what was said last and leaves the rest alone', async () => {
    const widgets = widgetDefinition();
    await widgets.install();
    const type = resourceType<Widget>({
      group: widgets.group,
      version: 'v1',
      plural: 'widgets',
      kind: 'Widget',
    });
    const namespace = await createNamespace();
    await kubectl(['create', '--filename=-'], { input: JSON.stringify(widgets.widget(namespace, 'w')) });
    const { resources, writes } = await connection();
    const ref = { namespace, name: 'w' };
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
});
