/** What sizing costs and how late jobs are, on recorded arrivals: the operator beside KEDA and an HPA in many settings. */
import { admit } from '../src/api/admit.ts';
import type { LeadPlatformSpec } from '../src/api/schema/leadplatform.ts';
import { withoutFloor } from '../src/simulate/queue/bounds.ts';
import { oracleOf } from '../src/simulate/queue/oracle.ts';
import type { Policy } from '../src/simulate/queue/policy.ts';
import { productPolicy } from '../src/simulate/queue/product.ts';
import { runQueue } from '../src/simulate/queue/run.ts';
import type { Log } from '../testbed/progress.ts';
import { coreCases, OBJECTIVE_SECONDS, POD_START_SECONDS, type Case } from './core-cases.ts';
import { writeFronts } from './core-fronts.ts';
import type { CaseResult, Point } from './core-results.ts';
import { HPA_SETTINGS, KEDA_SETTINGS, type Setting } from './core-sweep.ts';
import { machine } from './machine.ts';
import type { Options } from './options.ts';
import type { Figure, Section } from './results.ts';

const OPTIONS = { objectiveSeconds: OBJECTIVE_SECONDS, podStartSeconds: POD_START_SECONDS };
/** Of all minutes; a setting with more of them violated is none that somebody would keep. */
const VIOLATED_SHARE = 0.000_2;
const QUEUE = 'default';

export async function benchCore({ traces, write }: Options, log: Log): Promise<Section> {
  const before = machine();
  const results: CaseResult[] = [];
  for (const one of await coreCases(traces)) {
    log(`core: ${one.name}, ${1 + KEDA_SETTINGS.length + HPA_SETTINGS.length} runs`);
    results.push(resultOf(one));
  }
  if (write) await writeFronts(results);
  const best = bestSetting(results);
  return {
    bench: 'core',
    title: 'Sizing the workers of a queue',
    method: [
      `${traces === undefined ? 'Two weeks of the seeded generator' : 'Real arrivals: two weeks from the first Monday on, or all of a shorter trace. They are taken as often as makes the busiest day 50,000 leads'}. They run job by job as in [simulate](design/simulate.md). The objective is ${OBJECTIVE_SECONDS} s, a Pod starts in ${POD_START_SECONDS} s, and jobs take 5 or 20 s on the average with a variation of 1. Pod-hours are over those of the oracle. A violated minute is one in which a job came that waited for longer than the objective.`,
      `KEDA in ${KEDA_SETTINGS.length} settings and an HPA in ${HPA_SETTINGS.length}, simulated by their documented algorithm. The column has one setting of KEDA: *${best.name}*. Of those with no more than ${100 * VIOLATED_SHARE} % of their minutes violated it has the fewest Pod-hours, on the mean of all cases. Everything has one Pod at least, except where a row says *from zero*. ![Cost and violated minutes of every setting](pictures/core.svg)`,
    ],
    peer: 'KEDA, simulated',
    figures: results.flatMap((result) => figuresOf(result, best.setting)),
    remarks: remarksOn(results, best),
    machine: before,
  };
}

function resultOf(one: Case): CaseResult {
  const { workload, serviceSeconds, name } = one;
  const oracle = oracleOf(workload, OPTIONS);
  const sweep = (settings: readonly Setting[]) =>
    new Map(
      settings.map(
        (setting) => [setting.name, point(one, setting.policy(serviceSeconds, 1), oracle.podHours)] as const,
      ),
    );
  const spec = specFor(serviceSeconds);
  const own = (of: LeadPlatformSpec) => productPolicy({ spec: of, queue: QUEUE, workload });
  return {
    name,
    of: one,
    podHoursFromZero: oracle.podHoursFromZero,
    minutes: workload.seconds / 60,
    own: point(one, own(spec), oracle.podHours),
    ownFromZero: point(one, own(withoutFloor(spec)), oracle.podHoursFromZero),
    keda: sweep(KEDA_SETTINGS),
    hpa: sweep(HPA_SETTINGS),
  };
}

function point({ workload }: Case, policy: Policy, oraclePodHours: number): Point {
  const { podHours, violatedMinutes, scaleEvents } = runQueue(workload, policy, OPTIONS);
  return { cost: podHours / oraclePodHours, violatedMinutes: violatedMinutes.length, scaleEvents };
}

/** One tier with 1 to 1,000 workers of one queue: what is measured is the size, not the ladder. */
function specFor(serviceSeconds: number): LeadPlatformSpec {
  const admission = admit({
    image: 'registry.example/brain:1.4.0',
    components: { queues: [{ name: QUEUE, capacity: { jobsPerMinute: 60 / serviceSeconds } }] },
    tiers: [{ name: 'only', fromLeadsPerDay: 0, capabilities: ['separate-queue-workers'] }],
  });
  if (!admission.ok) throw new Error('the spec of the bench is not admitted');
  return admission.spec;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

interface BestSetting {
  readonly name: string;
  readonly setting: Setting;
  /** On the mean of all cases. */
  readonly cost: number;
}

/** The cheapest setting of KEDA that is good enough in all cases together; the one with the fewest violated minutes where none is. */
function bestSetting(results: readonly CaseResult[]): BestSetting {
  const minutes = results.reduce((sum, result) => sum + result.minutes, 0);
  const all = KEDA_SETTINGS.map((setting) => {
    const { name } = setting;
    const points = results.map(({ keda }) => keda.get(name)!);
    const violated = points.reduce((sum, { violatedMinutes }) => sum + violatedMinutes, 0);
    return { name, setting, cost: mean(points.map(({ cost }) => cost)), violated };
  });
  const good = all.filter(({ violated }) => violated <= VIOLATED_SHARE * minutes);
  const least = Math.min(...all.map(({ violated }) => violated));
  const [best] = (good.length > 0 ? good : all.filter(({ violated }) => violated === least)).toSorted(
    (a, b) => a.cost - b.cost,
  );
  if (best === undefined) throw new Error('no setting of KEDA was tried');
  return best;
}

function figuresOf(result: CaseResult, best: Setting): readonly Figure[] {
  const { name, of, podHoursFromZero, own, ownFromZero, keda } = result;
  const rows = (ours: Point, peer: Point | undefined, where: string): readonly Figure[] =>
    (
      [
        ['Pod-hours over the oracle', 'cost'],
        ['violated minutes', 'violatedMinutes'],
        ['changes of size', 'scaleEvents'],
      ] as const
    ).map(([what, key]) => ({
      name: `${name}${where}: ${what}`,
      value: ours[key],
      unit: '',
      ...(peer && { peer: peer[key] }),
    }));
  const kedaFromZero = point(of, best.policy(of.serviceSeconds, 0), podHoursFromZero);
  return [...rows(own, keda.get(best.name), ''), ...rows(ownFromZero, kedaFromZero, ', from zero')];
}

/** Losses in plain words, from what was measured. */
function remarksOn(results: readonly CaseResult[], best: BestSetting): readonly string[] {
  const dearer = results.filter(({ own, keda }) => own.cost > (keda.get(best.name)?.cost ?? Infinity));
  const ours = mean(results.map(({ own }) => own.cost));
  const beaten = results.filter(({ own, keda }) =>
    [...keda.values()].some(
      ({ cost, violatedMinutes }) => cost < own.cost && violatedMinutes <= own.violatedMinutes,
    ),
  );
  return [
    `On the mean of ${results.length} cases the operator has ${ours.toFixed(2)} times the Pod-hours of the oracle, and that setting of KEDA ${best.cost.toFixed(2)} times; the operator is dearer in ${dearer.length} of them.`,
    `In ${beaten.length} of ${results.length} cases some setting of KEDA costs less than the operator with no more violated minutes.`,
    'KEDA is told how long a job takes, rightly; whoever sets it up has to know. The operator is told by `capacity.jobsPerMinute`.',
  ];
}
