import { expect, it } from 'vitest';
import { EventRecorder } from '../../../controller/runtime/events.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { createNamespace, describeWith, kubectl } from '../support.ts';
import { ManualClock } from '../../unit/runtime/manual-clock.ts';
import { CONFIG_MAPS, configMap, connection, memoryLogger } from './cluster.ts';

async function start(options: { burst?: number } = {}) {
  const namespace = await createNamespace();
  const connected = await connection();
  const about = await connected.resources.create(CONFIG_MAPS, configMap(namespace, 'brain'), {
    fieldManager: 'test',
  });
  const clock = new ManualClock();
  const logger = memoryLogger();
  const began = Date.now();
  const events = new EventRecorder({
    resources: connected.resources,
    component: 'runtime-test',
    clock,
    wallClock: () => began + clock.now(),
    logger,
    ...options,
  });
  const before = connected.writes();
  return { ...connected, namespace, about, clock, logger, events, writes: () => connected.writes() - before };
}

const raised = (about: KubeObject, message = 'From cached to separated: 12,000 leads a day') =>
  ({ about, type: 'Normal', reason: 'TierRaised', message }) as const;

describeWith(['cluster'], 'an event', () => {
  it('is what kubectl describe shows', async () => {
    const { namespace, about, events } = await start();
    events.record(raised(about));
    events.record({ about, type: 'Warning', reason: 'SignalLost', message: 'Redis refused the connection' });
    await events.flush();
    const shown = await kubectl(['describe', 'configmap', 'brain', `--namespace=${namespace}`]);
    expect(shown).toMatch(
      /Normal +TierRaised +\S+ +runtime-test +From cached to separated: 12,000 leads a day/,
    );
    expect(shown).toMatch(/Warning +SignalLost +\S+ +runtime-test +Redis refused the connection/);
  });

  it('that is said a hundred times is written twice, and counted', async () => {
    const { namespace, about, events, clock, writes } = await start();
    for (let n = 0; n < 100; n++) events.record(raised(about));
    await clock.pass(300_000);
    await events.flush();
    expect(writes()).toBe(1);
    await clock.pass(60_000);
    await events.flush();
    expect(writes()).toBe(2);
    const shown = await kubectl(['describe', 'configmap', 'brain', `--namespace=${namespace}`]);
    expect(shown).toMatch(/TierRaised +.*\(x100 over .*\)/);
    await clock.pass(3_600_000);
    expect([writes(), clock.timers]).toEqual([2, 0]);
  });

  it('with the same key is one event, whose words are the latest', async () => {
    const { namespace, about, events, clock } = await start();
    events.record({ ...raised(about, '12,000 leads a day'), key: 'separated' });
    events.record({ ...raised(about, '12,100 leads a day'), key: 'separated' });
    await clock.pass(360_000);
    await events.flush();
    const output = '--output=jsonpath={range .items[*]}{.count} {.message}{"\\n"}{end}';
    expect(await kubectl(['get', 'events', `--namespace=${namespace}`, output])).toBe(
      '2 12,100 leads a day\n',
    );
  });

  it('that the server has forgotten is said anew', async () => {
    const { namespace, about, events, clock } = await start();
    events.record(raised(about));
    await events.flush();
    await kubectl(['delete', 'events', '--all', `--namespace=${namespace}`]);
    events.record(raised(about));
    await clock.pass(360_000);
    await events.flush();
    const output = '--output=jsonpath={.items[*].count}';
    expect(await kubectl(['get', 'events', `--namespace=${namespace}`, output])).toBe('2');
  });

  it('is dropped where its object talks too much, and not where another does', async () => {
    const { resources, namespace, about, events, writes } = await start({ burst: 5 });
    const quiet = await resources.create(CONFIG_MAPS, configMap(namespace, 'quiet'), {
      fieldManager: 'test',
    });
    const before = writes();
    for (let n = 0; n < 50; n++) events.record(raised(about, `message ${n}`));
    events.record(raised(quiet));
    await events.flush();
    expect([writes() - before, events.dropped]).toEqual([6, 45]);
  });

  it('that cannot be written is one line in the log, however many there are', async () => {
    const { kube, about, events, logger } = await start();
    await kube.close();
    for (let n = 0; n < 20; n++) events.record(raised(about, `message ${n}`));
    await events.flush();
    expect(logger.lines).toHaveLength(1);
  });
});
