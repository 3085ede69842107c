/** How long one decision takes, and how many a core takes in a second. */
import { decide } from '../src/decide/decide.ts';
import type { History } from '../src/model/decision.ts';
import type { Readings } from '../src/model/readings.ts';
import type { Log } from '../testbed/progress.ts';
import { inputOf, longHistory, readingsAt, type Scene } from './decision-input.ts';
import { machine } from './machine.ts';
import type { Figure, Section } from './results.ts';
import { quantile } from './statistics.ts';

const WARM_UP = 20_000;
const TIMED = 100_000;
const SECOND = 1_000;

/** A day of readings, made beforehand: making them is not deciding. */
function* readingsFrom(scene: Scene, count: number): Generator<{ readings: Readings; now: number }> {
  for (let index = 1; index <= count; index++) {
    const now = scene.now + index * SECOND;
    yield { readings: readingsAt(now), now };
  }
}

interface Timing {
  /** Microseconds, ascending. */
  readonly each: Float64Array;
  /** By the wall, over all of them, without the clock around each. */
  readonly perSecond: number;
  /** By the time that the core gave to this process. */
  readonly perCpuSecond: number;
}

/** Each decision goes on from the history of the one before it, as the operator's do. */
function measure(scene: Scene): Timing {
  let { history } = scene;
  const chunk = [...readingsFrom(scene, TIMED)];
  const decideOne = ({ readings, now }: { readings: Readings; now: number }, before: History): History =>
    decide(inputOf(scene, readings), before, now).history;
  for (const one of chunk.slice(0, WARM_UP)) history = decideOne(one, history);

  ({ history } = scene);
  const each = new Float64Array(TIMED);
  chunk.forEach((one, index) => {
    const started = performance.now();
    history = decideOne(one, history);
    each[index] = (performance.now() - started) * 1_000;
  });

  ({ history } = scene);
  const cpu = process.threadCpuUsage();
  const started = performance.now();
  for (const one of chunk) history = decideOne(one, history);
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.threadCpuUsage(cpu);
  return {
    each: each.toSorted(),
    perSecond: TIMED / seconds,
    perCpuSecond: TIMED / ((user + system) / 1_000_000),
  };
}

export async function benchDecision(log: Log): Promise<Section> {
  const before = machine();
  log('decision: making ten days of history');
  const scene = longHistory();
  log(`decision: ${TIMED.toLocaleString('en-US')} decisions`);
  const { each, perSecond, perCpuSecond } = measure(scene);
  const { history } = scene;
  const figures: Figure[] = [
    { name: 'one decision, median', value: quantile(each, 0.5), unit: 'µs' },
    { name: 'one decision, p99', value: quantile(each, 0.99), unit: 'µs', target: { atMost: 100 } },
    { name: 'one decision, p99.9', value: quantile(each, 0.999), unit: 'µs' },
    {
      name: 'decisions on one core, by the wall',
      value: Math.round(perSecond),
      unit: '/s',
      target: { atLeast: 50_000 },
    },
    { name: 'decisions on one core, by its CPU time', value: Math.round(perCpuSecond), unit: '/s' },
  ];
  return {
    bench: 'decision',
    title: 'A decision',
    method: [
      `\`decide()\` for a platform on the tier \`${history.tier ?? ''}\` with ingest, sync and one queue, all signals of Postgres and Redis known, and the full look-back of seven days (${history.load.length} slots). ${TIMED.toLocaleString('en-US')} decisions in a row, a second apart in the platform's time, each with other readings and with the history that the one before it left. Garbage collection is in the figures. Times are by the wall: where others are at work on the machine, their turns on the core are counted too.`,
    ],
    figures,
    remarks: [
      'The peers have no decision to compare it with: an autoscaler divides one number by another, and knows neither tiers nor reasons.',
    ],
    machine: before,
  };
}
