import { containersOf } from '../kube/workload.ts';
import { startedBy } from '../workloads/shape.ts';
import type { Capability } from './contract/capability.ts';
import { blocked, type PartialContribution, gated, leaving, ready } from './contract/contribution.ts';
import { rolledOut } from './environment.ts';
import { componentsBehind } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';

export const appOptimize: Capability = {
  name: 'app-optimize',
  summary: 'Caches configuration, routes and views: php artisan optimize.',
  manual: {
    fields: ['spec.capabilities.appOptimize', 'spec.components.*.command'],
    how: 'Each container runs the command before its own, which takes its process over (`exec`), so PHP is process 1 and gets its signals. When the command fails, that is printed, and the container starts all the same; one that is told to stop meanwhile does not start. Nothing can run before a command that the operator does not know: where the web side starts by the command of its image, workers alone are optimised, and the capability is `Blocked` until `components.ingest.command` is given. An image without `sh` does not start so: the rolling update stalls, old pods serve, and the change is rolled back. Jobs of call logs run without it.',
    costs: 'A second or so at the start of each container. One rolling update.',
    touches:
      'The command of every container of the components. The configuration that Laravel caches at the start ignores later changes of the environment; pods are replaced when theirs changes, so that does no harm.',
    undo: 'Set the policy of `app-optimize` to `Never`: the next rolling update starts containers without it.',
  },
  build: (context) => (context.wanted ? optimized(context) : plainAgain(context)),
};

function optimized(context: CapabilityContext): PartialContribution {
  const { command } = context.spec.capabilities.appOptimize;
  const image = withoutCommand(context);
  const words = command.join(' ');
  const late = componentsBehind(
    context,
    ({ object, startsByItself }) =>
      startsByItself === true ||
      containersOf(object).every(
        (container) => image.includes(container.name) || runsBefore(container, command),
      ),
  );
  return {
    ...gated(
      [rolledOut(late)],
      image.length === 0
        ? ready(`Every container runs \`${words}\` before its own command.`)
        : blocked(
            'CommandUnknown',
            `The web side starts by the command of its image, which nothing can run before; give components.ingest.command, or run \`${words}\` in the image and set the policy of app-optimize to Never. Workers run it.`,
          ),
    ),
    pods: { beforeStart: command },
  };
}

/** Nothing is left once no container of a component runs a command before its own. */
function plainAgain(context: CapabilityContext): PartialContribution {
  const { command } = context.spec.capabilities.appOptimize;
  const late = componentsBehind(
    context,
    ({ object }) => !containersOf(object).some((container) => runsBefore(container, command)),
  );
  return leaving([rolledOut(late)]);
}

type Container = ReturnType<typeof containersOf>[number];

function runsBefore({ command = [] }: Container, before: readonly string[]): boolean {
  const [, , script] = startedBy([], before) ?? [];
  return command[2] === script;
}

/** Containers of the web side are the only ones that may leave their command to the image. */
const withoutCommand = ({ spec }: CapabilityContext): readonly string[] =>
  spec.components.ingest.command === undefined ? ['ingest'] : [];
