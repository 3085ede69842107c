/**
 * The history that outlives the process. Leads that Postgres can count again are read again; everything else that a
 * descent looks back on is kept, down-sampled, in the ConfigMap `<platform>-history`, which is written once an hour at
 * most (or once a sample, where a rehearsal has compressed the look-back).
 */
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import type { History } from '../../src/decide/types.ts';
import { emptyHistory } from '../../src/decide/decide.ts';
import { persistedHistory, restoreHistory } from '../../src/ladder/persisted.ts';
import type { KubeObject } from '../runtime/resources.ts';
import { API_GROUP, API_VERSION, KIND } from '../../src/api/names.ts';
import type { CapabilityName } from '../../src/api/names.ts';
import { FIELD_MANAGER } from './kinds.ts';
import type { LeadPlatformObject } from './kinds.ts';

export interface HistoryConfigMap extends KubeObject {
  data?: Record<string, string>;
}

const KEY = 'history.json';

export const historyName = (platform: string): string => `${platform}-history`;

/** Whether the load of the past can be read again, so that there is nothing to keep. */
export function isReadAgain({ stores, signals }: LeadPlatformSpec): boolean {
  const { prometheus, http } = signals.leadsPerDay;
  return stores.postgres !== undefined && prometheus === undefined && http === undefined;
}

/** Whether there is nothing in it that the status does not say, too. */
export function isEmpty({ load, sizes }: History): boolean {
  return load.length === 0 && sizes.length === 0;
}

/** What the operator knew of a platform before it started: its status, and its ConfigMap where it has one. */
export function restoredHistory(platform: LeadPlatformObject, kept: HistoryConfigMap | undefined): History {
  const history = kept?.data?.[KEY] === undefined ? emptyHistory() : restoreHistory(kept.data[KEY]);
  const { tier, tierSince, capabilities = [] } = platform.status ?? {};
  const since = Date.parse(tierSince ?? '');
  return {
    ...history,
    ...(tier !== undefined && { tier }),
    ...(!Number.isNaN(since) && { tierSince: since }),
    required: capabilities.filter(({ required }) => required).map(({ name }) => name as CapabilityName),
  };
}

/** The ConfigMap as it should read. It is owned, for it is of no use without its platform. */
export function historyObject(platform: LeadPlatformObject, history: History): HistoryConfigMap {
  const { name = '', namespace, uid = '' } = platform.metadata;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: historyName(name),
      ...(namespace !== undefined && { namespace }),
      labels: {
        'app.kubernetes.io/name': 'leadplatform',
        'app.kubernetes.io/instance': name,
        'app.kubernetes.io/component': 'history',
        'app.kubernetes.io/part-of': name,
        'app.kubernetes.io/managed-by': FIELD_MANAGER,
      },
      ownerReferences: [
        {
          apiVersion: `${API_GROUP}/${API_VERSION}`,
          kind: KIND,
          name,
          uid,
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    data: { [KEY]: persistedHistory(history) },
  };
}
