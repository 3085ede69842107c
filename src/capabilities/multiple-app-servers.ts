import { childNames } from '../kube/names.ts';
import type { Capability } from './contract/capability.ts';
import {
  blocked,
  type PartialContribution,
  gated,
  progressing,
  ready,
  type Step,
} from './contract/contribution.ts';
import type { EnvVar } from '../workloads/pod-shape.ts';
import { leavingEnvironment, named, rolledOut } from './environment.ts';
import { noRedis } from './redis/server.ts';
import { replicasOf } from './replicas.ts';
import { areAsked, asksFor, overridden, componentsWithout } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';

export const multipleAppServers: Capability = {
  name: 'multiple-app-servers',
  prerequisites: ['more than one node'],
  summary: 'Spreads replicas over nodes, with a disruption budget.',
  manual: {
    fields: ['spec.components.ingest.replicas', 'spec.capabilities.environment'],
    how: 'By a rolling update replicas are spread over nodes where there are several (on one node they run side by side), and a disruption budget lets a drain take a quarter of them at a time. Once `redis-cache` is in place, sessions of the web side move into its Redis (`SESSION_DRIVER`), so that any replica may answer any request; who is logged in logs in once more, and some twice while old replicas still answer. A `SESSION_DRIVER` of your own in `spec.env` is left as it is.',
    costs: 'At least two replicas of the web side. One rolling update.',
    touches: 'The pod template and the environment of every component, and a PodDisruptionBudget each.',
    undo: 'Set the policy of `multiple-app-servers` to `Never`. Sessions go back to where the application had them, which logs people out.',
  },
  build: (context) => {
    const sessions = named(context.spec, [{ name: 'SESSION_DRIVER', value: 'redis', components: WEB }]);
    if (!context.wanted) return leavingEnvironment(context, sessions);
    return { ...spread(context, sessions), pods: { spread: true } };
  },
};

/** Only the web side has sessions. */
const WEB = ['ingest', 'all-in-one'];
/** Drivers that keep sessions inside of a pod. */
const INSIDE = ['file', 'array'];

function spread(context: CapabilityContext, sessions: readonly EnvVar[]): PartialContribution {
  const progress = progressOf(context);
  // Whoever keeps sessions elsewhere on purpose has replicas that share them all the same.
  if (overridden(context, sessions).length > 0)
    return progress.state === 'Ready' ? byUser(context, progress) : progress;
  const isUnderWay = context.isWanted('redis-cache');
  // Called for, but taken back for a while: it is waited for.
  const isGiven = context.decision.capabilities.some(
    ({ name, consent }) => name === 'redis-cache' && consent === 'Given',
  );
  // Where nobody has said which Redis there is nothing under way that could be waited for.
  const lacksRedis = noRedis(context) !== undefined;
  if (lacksRedis || (!isUnderWay && !isGiven)) {
    const why = lacksRedis ? 'has no Redis' : 'is not to be';
    return progress.state === 'Ready'
      ? ready(
          `${SPREAD} Sessions stay where the application keeps them, for redis-cache ${why}; where that is a file, set SESSION_DRIVER.`,
        )
      : progress;
  }
  const isStored = context.isInPlace('redis-cache');
  // A Redis that is away for a moment is no reason to log everybody out; a cache that was taken back is.
  const isBegun = [...context.observed.components.values()].some(
    ({ name, object }) => WEB.includes(name) && asksFor(object, sessions, true),
  );
  const steps: readonly Step[] = [
    {
      name: 'CacheInPlace',
      done: isStored,
      waits: 'sessions are to be in the Redis of redis-cache, which is not in place',
      onTimeout: 'wait',
    },
    rolledOut(componentsWithout(context, sessions), areAsked(context, sessions)),
  ];
  return {
    ...(progress.state === 'Ready'
      ? gated(steps, ready(`${SPREAD} Sessions are in Redis, so any replica may answer any request.`))
      : progress),
    ...((isStored || (isBegun && isUnderWay)) && { env: sessions }),
  };
}

function byUser({ spec }: CapabilityContext, progress: PartialContribution): PartialContribution {
  const name = named(spec, [{ name: 'SESSION_DRIVER' }])[0]?.name;
  const value = spec.env?.find((entry) => entry.name === name)?.value ?? '';
  return INSIDE.includes(value)
    ? blocked(
        'SessionsNotShared',
        `spec.env sets ${name} to ${value}, which keeps sessions inside of one replica: the next one knows no session. Take it out to have them in Redis, or name a driver that all replicas share.`,
      )
    : progress;
}

const SPREAD =
  'Replicas are spread over nodes where there are several, and a drain takes a quarter of them at a time.';

function progressOf(context: CapabilityContext): PartialContribution {
  const { platform, transitionState, live } = context;
  const { web } = replicasOf(context);
  if (web.wanted < 2) {
    return blocked(
      'HeldBelow',
      `The web side is held at ${web.wanted}, and one replica cannot be on two nodes; raise replicas.max or lift the pin.`,
    );
  }
  const budget = childNames(platform.name).component(transitionState.target);
  if (live('PodDisruptionBudget', budget) === undefined) {
    return progressing('BudgetMissing', `PodDisruptionBudget/${budget} is not there yet.`);
  }
  return web.ready >= 2
    ? ready(SPREAD)
    : progressing('ComponentsNotReady', `${web.ready} of ${web.wanted} replicas of the web side are ready.`);
}
