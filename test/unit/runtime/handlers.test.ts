import { expect, it } from 'vitest';
import type { Change } from '../../../controller/runtime/handlers.ts';
import { Delivery } from '../../../controller/runtime/handlers.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { ManualClock } from './manual-clock.ts';

const change = (name: string, type: Change<KubeObject>['type'] = 'added'): Change<KubeObject> => ({
  type,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'leads', name } },
});

function failing(times: number) {
  const clock = new ManualClock();
  const taken: string[] = [];
  const logged: string[] = [];
  const note = (_fields: object, message: string) => void logged.push(message);
  const delivery = new Delivery<KubeObject>(
    ({ type, object }) => {
      if (times-- > 0) throw new Error('not now');
      taken.push(`${type} ${object.metadata.name}`);
    },
    clock,
    { debug: note, info: note, warn: note, error: note },
  );
  return { clock, delivery, taken, logged };
}

it('tells a handler that threw again, of every object, until it takes it', async () => {
  const { clock, delivery, taken } = failing(4);
  delivery.deliver(change('a'));
  delivery.deliver(change('b'));
  await clock.pass(60_000);
  expect(taken.toSorted()).toEqual(['added a', 'added b']);
  expect(clock.timers).toBe(0);
});

it('tells of the latest change only', async () => {
  const { clock, delivery, taken } = failing(2);
  delivery.deliver(change('a'));
  delivery.deliver(change('a', 'deleted'));
  await clock.pass(60_000);
  expect(taken).toEqual(['deleted a']);
});

it('does not tell twice what a later change has made known', async () => {
  const { clock, delivery, taken } = failing(1);
  delivery.deliver(change('a'));
  delivery.deliver(change('a', 'modified'));
  await clock.pass(60_000);
  expect(taken).toEqual(['modified a']);
});

it('logs one line for a row of failures', async () => {
  const { clock, delivery, logged } = failing(1_000_000);
  for (let n = 0; n < 50; n++) delivery.deliver(change(`object-${n}`));
  await clock.pass(600_000);
  expect(logged).toHaveLength(1);
});

it('is silent after it was stopped', async () => {
  const { clock, delivery, taken } = failing(1);
  delivery.deliver(change('a'));
  delivery.stop();
  await clock.pass(60_000);
  expect(taken).toEqual([]);
  expect(clock.timers).toBe(0);
});
