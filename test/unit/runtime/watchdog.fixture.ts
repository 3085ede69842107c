/** A process with a watchdog that does what its argument says, once it has said that it is up. */
import { startWatchdog } from '../../../controller/runtime/watchdog.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';

const watchdog = startWatchdog({ logger: silentLogger, limitMs: 600, checkMs: 100 });
watchdog.doing('reading an answer of Postgres at db:5432');

function hang(): never {
  for (;;);
}

const DEEDS: Readonly<Record<string, () => void>> = {
  hang,
  /** Not JavaScript, which no inspector stops in time where it does not look for that. */
  match: () => void /^(a+)+$/.test(`${'a'.repeat(60)}b`),
  /** Its loop turns, if not often. */
  work: () => {
    setInterval(() => {
      const until = performance.now() + 200;
      while (performance.now() < until);
    }, 1);
  },
  wait: () => void setInterval(() => undefined, 1_000),
  end: () => void watchdog.stop(),
};

process.stdout.write('up\n');
// The thread takes a moment to come up, and looks from then on.
setTimeout(() => DEEDS[process.argv[2] ?? '']?.(), 500);
