import type { PostgresStore } from '../api/schema/stores.ts';
import { CAPABILITY_LABEL } from '../kube/labels.ts';
import { jobOutcome } from '../kube/job-outcome.ts';
import { childKey, type KubeObject } from '../kube/object.ts';
import type { PostgresProbe } from '../probes/probe.ts';
import type { Capability } from './contract/capability.ts';
import {
  ABSENT,
  blocked,
  type PartialContribution,
  gated,
  type Progress,
  ready,
  type Step,
} from './contract/contribution.ts';
import { indexJob } from './indexes/job.ts';
import {
  CATALOG,
  catalogParameter,
  type CatalogRow,
  indexInWords,
  type IndexState,
  type WantedIndex,
  wantedIndexes,
} from './indexes/wanted.ts';
import type { CapabilityContext } from './contract/context.ts';

export const databaseIndexes: Capability = {
  name: 'database-indexes',
  prerequisites: ['a Postgres role that owns the tables, in a Secret of its own'],
  summary: 'Keeps queries by time and status from reading whole tables.',
  manual: {
    fields: ['spec.capabilities.databaseIndexes', 'spec.stores.postgres'],
    how: 'The catalog of `stores.postgres` is asked, with the credential that the operator measures with, which of the wanted indexes are there; one of another name that does the same counts. Where one is missing, a Job with the credential of `adminSecretRef` makes it by `CREATE INDEX CONCURRENTLY`, which blocks neither reads nor writes. On a partitioned table each partition gets its index that way, and the parent is given them. The Job does only what is missing, waits for another run of its own, and drops the invalid index that an interrupted run has left, so it may be stopped and started at any time. It prints what it made. `Ready` is said once the catalog says that all are there and usable.',
    costs:
      'One read of the table for each index, and its size on disk: about 20 bytes a row for a btree, next to nothing for brin. While it is built, a CPU of the database server. Building waits for transactions that are older than it.',
    touches:
      'Indexes, named `lp_…` unless you name them; a Job `<platform>-indexes-…` while some are missing. The Job connects straight to the server of `stores.postgres`: a pooler in transaction mode does not work. An index with `where` is known by its name alone. Foreign tables as partitions cannot be indexed, and the Job says so.',
    undo: 'Indexes stay, and do no harm. Drop one by `DROP INDEX CONCURRENTLY`, after taking it out of `indexes`, or with the policy of `database-indexes` set to `Never`.',
  },
  build: (context) => (context.wanted ? indexed(context) : ABSENT),
};

/** How many indexes a message names. */
const MOST_TOLD = 6;

function indexed(context: CapabilityContext): PartialContribution {
  const { spec } = context;
  const { postgres: store } = spec.stores;
  if (store === undefined) {
    return blocked(
      'NotConfigured',
      'spec.stores.postgres is not set. Set it, or add the indexes by a migration of the application and turn database-indexes off: spec.transitions.policies: [{capability: database-indexes, policy: Never}]',
    );
  }
  // A Job that is at it goes on: what it has built of an index would have to be built again.
  const retain = [...context.observed.own.values()]
    .filter(({ object }) => object.metadata.labels?.[CAPABILITY_LABEL] === 'database-indexes')
    .map(({ object }) => childKey(object));
  // Nothing is asked with a password that may not be sent.
  if (store.tls === undefined && store.secretRef !== undefined)
    return { ...inClear('Which indexes are there is not known: the password of the operator'), retain };
  const wanted = wantedIndexes(spec);
  const probe = catalogProbe(store, wanted);
  const said = context.probeResult(probe);
  const probes = [probe];
  const read = (waits: string): Step => ({
    name: 'CatalogRead',
    done: waits === '',
    waits,
    onTimeout: 'wait',
  });
  if (said === undefined) return { ...progress(read('the database has not been asked yet')), probes };
  if ('unknown' in said) {
    return {
      ...progress(read(`the database does not answer (${said.unknown}): ${said.message}`)),
      ...{ probes, retain },
    };
  }
  const rows = said.facts.rows as unknown as readonly CatalogRow[];
  const stateOf = new Map(rows.map(({ name, state }) => [name, state]));
  const missing = wanted.filter(({ name }) => (stateOf.get(name) ?? 'missing') === 'missing');
  const hopeless = wanted.filter(({ name }) => isHopeless(stateOf.get(name)));
  if (missing.length === 0) {
    return hopeless.length > 0
      ? { ...blocked('NotPossible', problems(hopeless, stateOf)), probes }
      : { ...ready(`There and usable: ${listed(wanted, rows)}.`), probes };
  }
  const { adminSecretRef: admin, jobImage } = spec.capabilities.databaseIndexes;
  const image = jobImage ?? context.operatorImage;
  if (admin === undefined) {
    return {
      ...blocked(
        'AdminSecretMissing',
        `Missing: ${listed(missing)}. Give capabilities.databaseIndexes.adminSecretRef, the Secret of a role that owns the table, and a Job makes them; or add them by a migration of the application.`,
      ),
      probes,
    };
  }
  if (image === undefined) {
    return {
      ...blocked(
        'ImageUnknown',
        `Missing: ${listed(missing)}. The operator was not told its own image (--image), which the Job would run; give capabilities.databaseIndexes.jobImage.`,
      ),
      probes,
    };
  }
  if (store.tls === undefined) {
    return {
      ...inClear(`Missing: ${listed(missing)}. The password of the Job that makes them`),
      ...{ probes, retain },
    };
  }
  const job = indexJob({ platform: context.platform, spec, store, admin, image, indexes: wanted });
  const also = hopeless.length === 0 ? '' : ` ${problems(hopeless, stateOf)}`;
  return {
    ...making(context.live('Job', job.metadata.name), job.metadata.name, said.at, listed(missing), also),
    objects: [job],
    probes,
  };
}

function catalogProbe(store: PostgresStore, wanted: readonly WantedIndex[]): PostgresProbe {
  return {
    id: 'database-indexes/catalog',
    kind: 'postgres',
    store,
    query: CATALOG,
    parameters: [catalogParameter(wanted)],
  };
}

/** @param whose Begins the sentence, up to the password that would be read by others. */
const inClear = (whose: string) =>
  blocked(
    'PasswordInClear',
    `${whose} would go over the network in clear. Set spec.stores.postgres.tls: {} where the server has TLS, which verifies it, or spec.stores.postgres.tls: {mode: Disable} if you trust the network in between.`,
  );

const progress = (step: Step) => gated([step], ready(''));

function making(
  live: KubeObject | undefined,
  name: string,
  askedAt: number,
  missing: string,
  also: string,
): Progress & { readonly steps?: readonly Step[] } {
  const outcome = jobOutcome(live);
  if (outcome?.state === 'Failed') {
    return blocked(
      'JobFailed',
      `Job/${name} could not make all of ${missing}; its log says why. Delete the Job to have it tried again.${also}`,
    );
  }
  if (outcome !== undefined && outcome.at > 0 && askedAt > outcome.at) {
    return blocked(
      'StillMissing',
      `Job/${name} is done, but ${missing} cannot be seen in the database that the operator measures; do both reach the same one? Delete the Job to have it tried again.${also}`,
    );
  }
  return progress({
    name: 'IndexesMade',
    done: false,
    waits: `Job/${name} makes ${missing}${also}`,
    // A large table takes hours, and half an index is none.
    onTimeout: 'wait',
  });
}

const isHopeless = (state: IndexState | undefined): boolean =>
  state === 'no-table' || state === 'no-column' || state === 'taken';

function problems(indexes: readonly WantedIndex[], stateOf: ReadonlyMap<string, IndexState>): string {
  return indexes
    .slice(0, MOST_TOLD)
    .map((index) => `${indexInWords(index)}: ${PROBLEMS[stateOf.get(index.name) as HopelessState](index)}`)
    .join(' ');
}

type HopelessState = 'no-table' | 'no-column' | 'taken';
const PROBLEMS: Readonly<Record<HopelessState, (index: WantedIndex) => string>> = {
  'no-table': ({ table }) =>
    `there is no table ${table} in the database; correct capabilities.databaseIndexes.indexes.`,
  'no-column': ({ table }) => `${table} has no such column; correct capabilities.databaseIndexes.indexes.`,
  taken: ({ name }) => `something else is called ${name}; give the index another name.`,
};

function listed(indexes: readonly WantedIndex[], rows: readonly CatalogRow[] = []): string {
  const nameOf = new Map(rows.map(({ name, found }) => [name, found]));
  const told = indexes.slice(0, MOST_TOLD).map((index) => {
    const found = nameOf.get(index.name);
    return found === undefined || found === null ? indexInWords(index) : `${indexInWords(index)} by ${found}`;
  });
  const more = indexes.length - told.length;
  return `${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
