/** The settings of the peers that are tried. */
import { hpaPolicy } from '../../src/simulate/queue/hpa.ts';
import { kedaPolicy, type KedaSettings } from '../../src/simulate/queue/keda.ts';
import type { Policy } from '../../src/simulate/queue/policy.ts';

/** A setting by its name, and the policy that it makes for jobs of so many seconds. */
export interface Setting {
  readonly name: string;
  readonly policy: (serviceSeconds: number, min: number) => Policy;
}

const MAX = 1_000;
const STABILISATIONS = [60, 300];

function keda(name: string, settings: Omit<KedaSettings, 'serviceSeconds' | 'min' | 'max'>): Setting {
  return {
    name: `${name}, stabilisation ${settings.stabilisation} s`,
    policy: (serviceSeconds, min) => kedaPolicy({ ...settings, serviceSeconds, min, max: MAX }),
  };
}

const NO_RATE = { rateSeconds: 120, utilisation: 1, backlogSeconds: 30 };

export const KEDA_SETTINGS: readonly Setting[] = STABILISATIONS.flatMap((stabilisation) => [
  ...[1, 2, 3, 5, 8, 12].map((jobsPerPod) =>
    keda(`list, ${jobsPerPod} a Pod`, { ...NO_RATE, trigger: 'list', jobsPerPod, stabilisation }),
  ),
  ...[1, 1.25, 1.5, 2, 3, 5].map((jobsPerPod) =>
    keda(`list and in flight, ${jobsPerPod} a Pod`, {
      ...NO_RATE,
      trigger: 'list-and-in-flight',
      jobsPerPod,
      stabilisation,
    }),
  ),
  ...[60, 120, 300].flatMap((rateSeconds) =>
    [0.7, 0.8, 0.9, 0.95].flatMap((utilisation) =>
      [15, 30, 60].map((backlogSeconds) =>
        keda(`rate over ${rateSeconds} s at ${utilisation}, backlog ${backlogSeconds} s`, {
          trigger: 'rate-and-backlog',
          jobsPerPod: 1,
          rateSeconds,
          utilisation,
          backlogSeconds,
          stabilisation,
        }),
      ),
    ),
  ),
]);

export const HPA_SETTINGS: readonly Setting[] = [60, 300, 600].flatMap((stabilisation) =>
  [0.5, 0.6, 0.7, 0.8, 0.9].map((utilisation) => ({
    name: `CPU ${100 * utilisation} %, stabilisation ${stabilisation} s`,
    policy: (_, min) => hpaPolicy({ utilisation, stabilisation, min, max: MAX }),
  })),
);
