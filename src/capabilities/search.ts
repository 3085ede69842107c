import { childKey } from '../kube/object.ts';
import type { Capability } from './contract/capability.ts';
import { blocked, type PartialContribution, external, gated, ready } from './contract/contribution.ts';
import { leavingEnvironment, overriddenBy, rolledOut } from './environment.ts';
import { removal } from './removal.ts';
import { indexed, indexJob, indexJobName } from './search/index-job.ts';
import { elasticsearch, searchReady, searchServer, type SearchServer } from './search/server.ts';
import { asksFor, overridden, componentsWithout } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';

export const search: Capability = {
  name: 'search',
  prerequisites: ['an Elasticsearch operator (ECK), or an Elasticsearch of your own'],
  summary: 'Takes search out of the database.',
  manual: {
    fields: ['spec.capabilities.search', 'spec.stores.search', 'spec.capabilities.environment'],
    how: "Where `stores.search` gives an Elasticsearch, that is asked whether it is well, and is yours (`External`). Else, where the cluster has Elastic's operator (ECK), an `Elasticsearch` of three nodes is made. **ServerReady**: ECK says `Ready` and green or yellow, and the server's own `_cluster/health` says so too. **Indexed**: a Job of the application's image runs `indexCommand` against it, once; it is tried again up to three times. **RolledOut**: every pod gets `SCOUT_DRIVER` and, for a server of ECK, `ELASTICSEARCH_HOST`, `ELASTICSEARCH_USERNAME`, `ELASTICSEARCH_PASSWORD` and `ELASTICSEARCH_CA` (the text of the CA, not a path). Leads that come in between the Job and the roll-out are in the index only if the application writes to both: raise `indexGeneration` once it is in place to have it filled again. On the way down pods get their environment back first.",
    costs:
      'Three pods of 2Gi (the default of ECK) and three volumes of 20Gi, and what the Job reads of the database while it fills the index.',
    touches:
      'Elasticsearch `<platform>-search`, Job `<platform>-index-<hash>`, the environment of every pod. The Job stays as the mark that the index was filled. With `stores.search` the address and the credential of the application stay your own.',
    undo: 'Set the policy of `search` to `Never`: the variables are removed, and the Job is deleted. The Elasticsearch stays until its loss is confirmed (`leadplatform.io/confirm-removal: search`), and its volumes until you delete the PersistentVolumeClaims.',
  },
  build: (context) => (context.wanted ? searched(context) : unsearched(context)),
};

function searched(context: CapabilityContext): PartialContribution {
  const server = searchServer(context);
  const { managed, probe, env, objects } = server;
  if (
    managed !== undefined &&
    !context.serves('Elasticsearch') &&
    context.live('Elasticsearch', managed) === undefined
  ) {
    return blocked(
      'EngineMissing',
      "The cluster does not know Elasticsearch (elasticsearch.k8s.elastic.co/v1); install Elastic's operator (ECK), give stores.search, or set the policy of search to Never.",
    );
  }
  const up = searchReady(context, server);
  const name = indexJobName(context, managed ?? probe.url);
  const live = context.live('Job', name);
  const filled = indexed(live, name);
  const isInUse = isBegun(context, server);
  const added: Partial<PartialContribution> = {
    // A Job cannot be changed, so one that is there stays as it was made.
    objects: [...objects, ...(up.done && live === undefined ? [indexJob(context, name, env)] : [])],
    retain: live === undefined ? [] : [childKey(live)],
    probes: [probe],
    // Not before there is something to find. Nor taken back while the server is away, or is filled again.
    ...((isInUse || (up.done && filled.done)) && { env }),
  };
  const taken = overridden(context, env);
  if (taken.length > 0) return { ...overriddenBy(taken), ...added };
  if (filled.hasFailed) {
    return {
      ...blocked(
        'IndexFailed',
        `Job/${name} could not fill the index; its log says why. Delete the Job to have it tried again.`,
      ),
      ...added,
    };
  }
  return {
    ...gated(
      [up, filled, rolledOut(componentsWithout(context, env))],
      managed === undefined
        ? external('The server of stores.search answers, and every pod searches in it.')
        : ready(`Elasticsearch/${managed} answers, and every pod searches in it.`),
    ),
    ...added,
  };
}

/** Some pods search in it already. */
const isBegun = ({ transitionState }: CapabilityContext, { env }: SearchServer): boolean =>
  transitionState.wanted.some(({ live }) => live !== undefined && asksFor(live.object, env, true));

function unsearched(context: CapabilityContext): PartialContribution {
  const { probe, env, objects } = searchServer(context);
  const left = leavingEnvironment(context, env);
  if (left.reason !== 'Absent') return { ...left, objects, probes: [probe] };
  // Also one that was left for a server of the user's own.
  return removal(context, [elasticsearch(context)]);
}
