import { confirmedRemovals } from '../api/confirmed.ts';
import { capabilityMetadata } from '../kube/labels.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Capability } from './contract/capability.ts';
import {
  blocked,
  type PartialContribution,
  gated,
  leaving,
  ready,
  type Step,
} from './contract/contribution.ts';
import type { EnvVar } from '../workloads/pod-shape.ts';
import {
  clusterOf,
  clustersLeaving,
  clustersThere,
  databaseVariables,
  isHealthy,
  NO_CLOUDNATIVEPG,
  secretOf,
} from './database/clusters.ts';
import {
  allComponents,
  type Move,
  movedBack,
  moveOf,
  componentsLate,
  switchingBack,
  valueIn,
} from './database/moving.ts';
import { shardMap, SLOTS } from './database/shard-map.ts';
import { capitalised } from '../text/words.ts';
import { named, overriddenBy } from './environment.ts';
import { overridden } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';

const CAPABILITY = 'database-sharding';
const COUNT = 'DB_SHARDS';

export const databaseSharding: Capability = {
  name: CAPABILITY,
  prerequisites: ['CloudNativePG', 'a shard key in every query'],
  summary: 'Spreads the leads over several databases.',
  manual: {
    fields: ['spec.capabilities.databaseSharding', 'spec.capabilities.environment'],
    how: 'Each shard is a Cluster of CloudNativePG. A key (a lead, or whatever your queries have) belongs to one of 1,024 slots, by CRC-32: `crc32($key) % 1024` in PHP, `zlib.crc32(key) % 1024` in Node and Python. The character at that place of `DB_SHARD_MAP` is the number of the shard, in base 36. Slots are spread by rendezvous hashing: with one shard more, each of the others gives up its share of slots, and no slot moves between two of them. Once all Clusters are healthy the application moves its rows: by the Job of `move`, which has the map to be as `NEW_DB_SHARD_MAP`, or by hand, and then you add `database-sharding/<number of shards>` to the annotation `leadplatform.io/data-moved` of the LeadPlatform. Then pods get the map and the databases by a rolling update. More shards, or fewer, later go the same way: until the word is given, pods keep the map that they have. For the time of the update pods of both maps run: stop writes meanwhile, or have the application write to both.',
    costs: 'As many pods and volumes as there are shards times instances; the time of the move.',
    touches:
      'Clusters `<platform>-shard-<n>`, counted from 0, which outlive the LeadPlatform; ConfigMap `<platform>-shards` with the map in force and the one to be; in the environment of pods `DB_SHARDS`, `DB_SHARD_MAP` and, for each shard, `DB_SHARD_<n>_HOST`, `_PORT`, `_DATABASE`, `_USERNAME` and `_PASSWORD`, out of the Secret that CloudNativePG makes; a Job `<platform>-move-…`.',
    undo: 'Set the policy of `database-sharding` to `Never`. Pods keep the map until you have moved the rows back and say so: add `database-sharding` to `leadplatform.io/data-moved-back`, and take its entries off `leadplatform.io/data-moved`. The Clusters stay until you confirm their loss (`leadplatform.io/confirm-removal: database-sharding`, which also stands for having moved everything back); so do those that are too many after `shards` was lowered.',
  },
  build: (context) => (context.wanted ? sharded(context) : merged(context)),
};

const clusterName = ({ platform }: CapabilityContext, shard: number): string =>
  `${platform.name}-shard-${shard}`;
const componentsOf = (context: CapabilityContext): readonly string[] =>
  context.spec.capabilities.databaseSharding.parts ?? allComponents(context);

/** What pods are told with so many shards. */
function variables(context: CapabilityContext, shards: number): readonly EnvVar[] {
  const { parts: components } = context.spec.capabilities.databaseSharding;
  const plain = [
    { name: COUNT, value: String(shards) },
    { name: 'DB_SHARD_MAP', value: shardMap(shards) },
  ];
  return named(context.spec, [
    ...plain.map((variable) => (components === undefined ? variable : { ...variable, components })),
    ...Array.from({ length: shards }, (_, shard) =>
      databaseVariables(secretOf(clusterName(context, shard)), `DB_SHARD_${shard}_`, components),
    ).flat(),
  ]);
}

/** How many shards pods know, by their own templates. The wanted number where some know that: its update is under way. */
function shardsInForce(context: CapabilityContext, wanted: number): number | undefined {
  const [{ name } = { name: COUNT }] = named(context.spec, [{ name: COUNT }]);
  const counts = componentsOf(context)
    .map((component) => Number(valueIn(context, component, name)))
    .filter((count) => Number.isInteger(count) && count > 0);
  return counts.includes(wanted) ? wanted : counts[0];
}

interface Shards {
  /** How many there are to be, and how many pods know. */
  readonly wanted: number;
  readonly inForce: number | undefined;
  /** The names of all Clusters, and of those that are not healthy. */
  readonly names: readonly string[];
  readonly ill: readonly string[];
  /** What pods get once the leads are spread over as many as are wanted. */
  readonly next: readonly EnvVar[];
  /** Of the leads; undefined where none is due. */
  readonly move: Move | undefined;
  readonly isMoved: boolean;
  /** Components whose pods do not all have the new map. */
  readonly late: readonly string[];
  /** Clusters that are no longer wanted. */
  readonly surplus: readonly string[];
}

function sharded(context: CapabilityContext): PartialContribution {
  const settings = context.spec.capabilities.databaseSharding;
  const inForce = shardsInForce(context, settings.shards);
  const kept = inForce === undefined ? [] : variables(context, inForce);
  if (!context.serves('Cluster'))
    return { ...NO_CLOUDNATIVEPG(`or set the policy of ${CAPABILITY} to Never`), env: kept };
  const shards = shardsOf(context, inForce);
  const { wanted, names, next, move, isMoved, surplus } = shards;
  const unused = surplus.join(', ');
  const left = surplus.length === 0 ? '' : ` Nothing uses ${unused} any more; confirm the loss to let it go.`;
  return {
    ...(obstacle(context, shards) ??
      gated(stepsOf(shards), ready(`The leads are spread over ${wanted} databases.${left}`))),
    objects: [
      ...names.map((name) => clusterOf(context, name, CAPABILITY, settings)),
      mapObject(context, isMoved ? wanted : inForce, wanted),
      ...(move?.job === undefined ? [] : [move.job]),
    ],
    env: isMoved ? next : kept,
    ...(mayGo(context, shards) && { deletes: surplus }),
  };
}

function shardsOf(context: CapabilityContext, inForce: number | undefined): Shards {
  const { shards: wanted, instances, move: command } = context.spec.capabilities.databaseSharding;
  const names = Array.from({ length: wanted }, (_, shard) => clusterName(context, shard));
  const ill = names.filter((name) => !isHealthy(context.live('Cluster', name), instances));
  const next = variables(context, wanted);
  const isDue = inForce !== wanted && ill.length === 0;
  const move = isDue ? moveOf(context, CAPABILITY, `${CAPABILITY}/${wanted}`, command, next) : undefined;
  const isMoved = inForce === wanted || move?.isDone === true;
  const late = isMoved ? componentsLate(context, componentsOf(context), next) : [];
  const surplus = clustersThere(context, CAPABILITY)
    .filter(({ metadata }) => !names.includes(metadata.name))
    .map(({ metadata }) => `Cluster/${metadata.name}`);
  return { wanted, inForce, names, ill, next, move, isMoved, late, surplus };
}

/** Clusters that are no longer wanted go once no pod uses them, and their loss was confirmed. */
const mayGo = ({ platform }: CapabilityContext, { isMoved, late }: Shards): boolean =>
  isMoved && late.length === 0 && confirmedRemovals(platform.annotations).has(CAPABILITY);

/** What only a person can clear away. */
function obstacle(context: CapabilityContext, { next, move }: Shards): PartialContribution | undefined {
  const taken = overridden(context, next);
  if (taken.length > 0) return overriddenBy(taken);
  return move?.hasFailed === true ? blocked('MoveFailed', `${capitalised(move.waits)}.`) : undefined;
}

function stepsOf({ inForce, ill, move, isMoved, late }: Shards): readonly Step[] {
  return [
    {
      name: 'ClustersReady',
      done: ill.length === 0,
      waits: `not healthy yet: ${ill.map((name) => `Cluster/${name}`).join(', ')}`,
      // Pods that use them stay with them.
      onTimeout: inForce === undefined ? 'rollBack' : 'wait',
    },
    {
      name: 'DataMoved',
      done: isMoved,
      waits: move?.waits ?? '',
      // By a Job, or by a person.
      ...(move?.job === undefined ? { waitsFor: 'person' } : { onTimeout: 'wait' }),
    },
    {
      name: 'Switched',
      done: late.length === 0,
      waits: `pods of ${late.join(', ')} do not all have the new map yet`,
      // Both have been written to by then: a person has to look.
      onTimeout: 'wait',
    },
  ];
}

/** For people and for tools: pods have the same in their environment. */
function mapObject({ platform }: CapabilityContext, inForce: number | undefined, wanted: number): KubeObject {
  const mapOf = (shards: number) =>
    JSON.stringify({
      hash: 'crc32',
      slots: SLOTS,
      shards: Array.from({ length: shards }, (_, shard) => {
        const cluster = `${platform.name}-shard-${shard}`;
        return { shard, host: `${cluster}-rw.${platform.namespace}`, secret: secretOf(cluster) };
      }),
      map: shardMap(shards),
    });
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: capabilityMetadata(platform, `${platform.name}-shards`, CAPABILITY),
    data: {
      ...(inForce !== undefined && { 'shards.json': mapOf(inForce) }),
      ...(inForce !== wanted && { 'next.json': mapOf(wanted) }),
    },
  };
}

function merged(context: CapabilityContext): PartialContribution {
  const { shards } = context.spec.capabilities.databaseSharding;
  const inForce = shardsInForce(context, shards);
  const back = movedBack(context, CAPABILITY, inForce !== undefined);
  // Whoever lets the data go does not wait for it.
  if (
    inForce !== undefined &&
    !back.done &&
    !confirmedRemovals(context.platform.annotations).has(CAPABILITY)
  ) {
    return {
      ...leaving([back]),
      objects: [mapObject(context, inForce, inForce)],
      env: variables(context, inForce),
    };
  }
  const env = variables(context, inForce ?? shards);
  const late = componentsLate(context, componentsOf(context), env, false);
  if (late.length > 0) return leaving([switchingBack(late)]);
  return clustersLeaving(context, clustersThere(context, CAPABILITY));
}
