import type { Capability } from './capability.ts';
import { ABSENT, blocked, type Contribution, gated, ready } from './contribution.ts';
import { rolledOut } from './environment.ts';
import { partsBehind, type Site, templateOf } from './site.ts';

export const appOptimize: Capability = {
  name: 'app-optimize',
  recommendedFrom: 5_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime', 'cpu'],
  summary: 'Caches configuration, routes and views: php artisan optimize.',
  manual: {
    fields: ['spec.capabilities.appOptimize', 'spec.components.*.command'],
    how: 'Each container runs the command before its own, which takes its process over (`exec`), so PHP is process 1 and gets its signals. When the command fails, that is printed, and the container starts all the same. Nothing can run before a command that the operator does not know: give `components.ingest.command`, or the image runs the command itself. The image needs `sh`.',
    costs: 'A second or so at the start of each container. One rolling update.',
    touches:
      'The command of every container of the parts. The configuration that Laravel caches at the start ignores later changes of the environment; pods are replaced when theirs changes, so that does no harm.',
    undo: 'Set the policy of `app-optimize` to `Never`: the next rolling update starts containers without it.',
  },
  build: (site) => (site.wanted ? optimized(site) : ABSENT),
};

function optimized(site: Site): Contribution {
  const { command } = site.spec.capabilities.appOptimize;
  const pods = { beforeStart: command };
  const unknown = withoutCommand(site);
  if (unknown.length > 0) {
    return {
      ...blocked(
        'CommandUnknown',
        `Nothing can run before a command that is the image's own: give components.ingest.command, or run \`${command.join(' ')}\` in the image. Workers are optimised.`,
      ),
      pods,
    };
  }
  const late = partsBehind(site, ({ object }) =>
    (templateOf(object).spec?.containers ?? []).every(({ command: own = [] }) => own[0] === 'sh'),
  );
  return {
    ...gated(
      [rolledOut(late)],
      ready(`Every container runs \`${command.join(' ')}\` before its own command.`),
    ),
    pods,
  };
}

/** Containers of the web side are the only ones that may leave their command to the image. */
function withoutCommand({ spec, course: { wanted } }: Site): readonly string[] {
  if (spec.components.ingest.command !== undefined) return [];
  return wanted
    .map(({ part }) => part)
    .filter(({ role }) => role === 'ingest' || role === 'all-in-one')
    .map(({ name }) => name);
}
