/** Sends the stages to the platform, looks at what becomes of it once a second, and counts at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { liveNumbers } from '../../../controller/commands/live-numbers.ts';
import { LEAD_PLATFORMS } from '../../../controller/leadplatform/kinds.ts';
import { ladderOf } from '../../../src/ladder/ladder.ts';
import { tally } from '../../load/tally.ts';
import { Chronicle } from '../chronicle.ts';
import { type Look, lookAt } from '../look.ts';
import type { Show } from '../show.ts';
import type { Jobs, RealFrame } from './frame.ts';
import { Leads } from './leads.ts';
import type { RealSummary } from './report.ts';
import { endOf, type Stage, STAGES } from './stages.ts';
import { NAMESPACE, type RealWorld } from './world.ts';

const LOOK_MS = 1_000;
/** Events know whole seconds. What was before the load, such as sources that were not reached yet, is not told. */
const EVENT_RESOLUTION_MS = 1_000;
/** For so long nobody may answer before the demo gives up. */
const PATIENCE_MS = 20_000;
/** For so long the workers may take to empty the queues once no more leads arrive. */
const DRAIN_MS = 60_000;

/** Plays to the end, or until the signal aborts. */
export async function playOnRealPods(
  world: RealWorld,
  show: Show<RealFrame>,
  signal: AbortSignal,
): Promise<RealSummary> {
  const startedAt = Date.now();
  const { sample } = world;
  const chronicle = new Chronicle(sample);
  const leads = new Leads(world.url);
  const tiers = ladderOf(sample.spec).tiers;
  let stuck: string | undefined;
  let lastLookAt = Date.now();

  const look = async (stage: Stage): Promise<Look | undefined> => {
    try {
      const [seen, jobs] = await Promise.all([lookNow(world), jobsNow(world)]);
      const now = Date.now();
      lastLookAt = now;
      const elapsedMs = now - startedAt;
      const events = seen.events.filter(({ at }) => at >= startedAt - EVENT_RESOLUTION_MS);
      chronicle.see({ ...seen, events }, elapsedMs / sample.dayMs);
      show.frame({
        ...{ elapsedMs, stage, look: seen, ladder: tiers, jobs, requests: leads.requests },
        stageIndex: STAGES.indexOf(stage),
        stages: STAGES.length,
        notes: [...chronicle.notes],
      });
      return seen;
    } catch (error) {
      // A server that is busy for a moment is asked again.
      if (Date.now() - lastLookAt > PATIENCE_MS) throw error;
      return undefined;
    }
  };

  for (const stage of STAGES) {
    const stop = new AbortController();
    const sending = leads.send(stage, AbortSignal.any([signal, stop.signal]));
    const since = Date.now();
    try {
      for (let end = 'goes on'; end === 'goes on' && !signal.aborted;) {
        const next = delay(LOOK_MS);
        const seen = await look(stage);
        if (seen !== undefined) {
          const isMoving = seen.transition !== undefined || !chronicle.isSettled;
          end = endOf(stage, { tier: seen.tier, isMoving }, Date.now() - since);
          if (end === 'failed') stuck = `the platform was not at rest on ${stage.until} in time`;
        }
        await next;
      }
    } finally {
      stop.abort();
      await sending;
    }
    if (stuck !== undefined || signal.aborted) break;
  }
  const last = STAGES.at(-1);
  const deadline = Date.now() + DRAIN_MS;
  while (!signal.aborted && Date.now() < deadline && !(await isIdle(world))) {
    await delay(LOOK_MS);
    if (last !== undefined) await look(last);
  }
  return {
    tookMs: Date.now() - startedAt,
    verdict: chronicle.verdict,
    peakReplicas: Object.fromEntries(chronicle.peakReplicas),
    failedRequests: leads.failures.length,
    ...(!signal.aborted && { tally: await tally(world.database, leads.outcome) }),
    ...(stuck !== undefined && { stuck }),
  };
}

/** The tier that is stood on, not the one that was decided: pods take their time. */
async function lookNow({ resources, server, token, sample: { name } }: RealWorld): Promise<Look> {
  const where = { namespace: NAMESPACE, name };
  const look = await lookAt({
    resources,
    ...where,
    // Whoever leads now.
    live: async () => {
      const { status } = await resources.get(LEAD_PLATFORMS, where);
      const ask = liveNumbers({ resources, server, token });
      const numbers = await ask({ ...where, operator: status?.operator });
      return 'view' in numbers ? numbers.view : undefined;
    },
  });
  return { ...look, tier: look.standsOn };
}

const JOBS = `
SELECT count(*)::int AS begun, (count(*) FILTER (WHERE runs > 0))::int AS done,
  (count(*) FILTER (WHERE runs > 1))::int AS "doneTwice" FROM job_runs`;

async function jobsNow({ database }: RealWorld): Promise<Jobs> {
  const { rows } = await database.query<Jobs>(JOBS);
  return rows[0] ?? { begun: 0, done: 0, doneTwice: 0 };
}

/** A queue that is empty has no key. */
async function isIdle({ redis }: RealWorld): Promise<boolean> {
  return (await redis.keys('*queues:*')).every((key) => key.endsWith(':notify'));
}
