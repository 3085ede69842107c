import { childNames } from '../names.ts';
import { blocked, progressing, ready, replicasOf, type Reporter } from './report.ts';

export const multipleAppServers: Reporter = (context) => {
  const { observed, course } = context;
  const { web } = replicasOf(context);
  if (web.wanted < 2) {
    return blocked(
      'HeldBelow',
      `The web side is held at ${web.wanted}, and one replica cannot be on two nodes; raise replicas.max or lift the pin.`,
    );
  }
  const budget = `PodDisruptionBudget/${childNames(observed.snapshot.platform.name).part(course.target)}`;
  if (!observed.own.has(budget)) return progressing('BudgetMissing', `${budget} is not there yet.`);
  return web.ready >= 2
    ? ready(
        'Replicas are spread over nodes where there are several, and a drain takes a quarter of them at a time.',
      )
    : progressing('PartsNotReady', `${web.ready} of ${web.wanted} replicas of the web side are ready.`);
};
