import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import type { EventInput } from '../../../controller/runtime/events.ts';
import { EventRecorder } from '../../../controller/runtime/events.ts';
import type { KubeObject, Resources } from '../../../controller/runtime/resources.ts';

let recorder: EventRecorder | undefined;
afterEach(() => recorder?.stop());

/** Takes every event, and keeps what was sent. */
function start() {
  const sent: { involvedObject: object }[] = [];
  const create = async (_type: unknown, event: { involvedObject: object }) => {
    sent.push(event);
    return { metadata: { name: `event-${sent.length}` } };
  };
  const events = new EventRecorder({ resources: { create } as unknown as Resources, component: 'test' });
  recorder = events;
  return { events, sent };
}

const platform = (): KubeObject & { spec: object } => ({
  apiVersion: 'leadplatform.io/v1alpha1',
  kind: 'LeadPlatform',
  metadata: { name: 'brain', namespace: 'leads', uid: 'u', resourceVersion: '7', labels: { large: 'x' } },
  spec: { large: 'x' },
});
const said: Omit<EventInput, 'about'> = { type: 'Normal', reason: 'Scaled', message: 'from 1 to 2' };

it('names the object that an event is about', async () => {
  const { events, sent } = start();
  events.record({ about: platform(), ...said });
  await events.flush();
  expect(sent[0]?.involvedObject).toEqual({
    apiVersion: 'leadplatform.io/v1alpha1',
    kind: 'LeadPlatform',
    namespace: 'leads',
    name: 'brain',
    uid: 'u',
    resourceVersion: '7',
  });
});

it('keeps no object alive for the hour that it remembers what was said of it', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { events } = start();
  const record = (): WeakRef<object> => {
    const about = platform();
    events.record({ about, ...said });
    return new WeakRef(about);
  };
  // The first time, and again.
  const about = [record(), record()];
  await events.flush();
  // A WeakRef holds its object until the end of the turn.
  await new Promise(setImmediate);
  collect();
  expect(about.map((object) => object.deref())).toEqual([undefined, undefined]);
});
