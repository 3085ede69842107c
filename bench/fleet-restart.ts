/** An operator that comes back as another Pod, to a fleet where everything is in place: it writes its name into each status, and no more. */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../testbed/progress.ts';
import { writesOf } from './audit.ts';
import { isNews, whatWasWritten } from './fleet-news.ts';
import type { PlatformWatch } from './fleet-platforms.ts';
import { scrape } from './metrics.ts';
import { startOperator } from './operator.ts';
import { memoryOf } from './process-usage.ts';
import { OPERATOR_USER, type World } from './world.ts';

/** An operator that did not decide about all platforms by then is measured as it is. */
const GIVE_UP_MS = 8 * 60_000;
/** What the operator still has to say is said in this time. */
const SETTLED_MS = 10_000;

export interface Restart {
  /** Seconds until every platform had been decided about again. */
  readonly seconds: number;
  /** Writes that say more than which Pod leads; without the lease. */
  readonly news: number;
  readonly peak: number;
  /** What was written, in words; nothing where nothing was. */
  readonly remarks: readonly string[];
}

export async function restartOf(
  world: World,
  stack: AsyncDisposableStack,
  platforms: PlatformWatch,
  count: number,
  log: Log,
): Promise<Restart> {
  const before = platforms.statuses();
  const operator = await startOperator(world);
  stack.defer(operator.stop);
  let decided = 0;
  while (decided < count && Date.now() < operator.startedAt + GIVE_UP_MS) {
    await delay(2_000);
    decided = (await scrape(operator.url)).count('leadplatform_tier');
  }
  const seconds = (Date.now() - operator.startedAt) / 1_000;
  await delay(SETTLED_MS);
  const writes = (await writesOf(world.auditLog, OPERATOR_USER, operator.startedAt)).filter(isNews);
  const { peak } = await memoryOf(operator.process.pid);
  const { remarks, renamed } = await whatWasWritten('after the restart', world, platforms, {
    before,
    since: operator.startedAt,
    writes,
  });
  for (const remark of remarks) log(`fleet: ${remark}`);
  await operator.stop();
  await rm(operator.logFile, { force: true });
  return { seconds, news: writes.length - renamed, peak, remarks };
}
