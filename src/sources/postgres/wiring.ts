/** What a spec reads from Postgres: with the store given, all that it can tell, unless another source is named. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { Signals } from '../../api/schema/signals.ts';
import type { SignalKey } from '../port.ts';
import { type SourceKind, withoutStore } from '../source-kind.ts';
import { postgresAccess } from './access.ts';
import { LeadsPerDay, type LeadsPerDaySettings } from './leads-per-day.ts';
import * as fromPostgres from './sources.ts';

/** What the schema fills in for `postgres: {}`; the same holds where it is left out. */
const DEFAULTS = Signals.parse({
  leadsPerDay: { postgres: {} },
  leadsPerMinute: { postgres: {} },
  leadsTotal: { postgres: {} },
  databaseSize: { postgres: {} },
  databaseConnections: { postgres: {} },
});

type OfPostgres = 'leadsPerDay' | 'leadsPerMinute' | 'leadsTotal' | 'databaseSize' | 'databaseConnections';

/** What is written; else, with the store given and no other source, the default. */
function postgresFrom<K extends OfPostgres>(
  { signals, stores }: LeadPlatformSpec,
  signal: K,
): Signals[K]['postgres'] {
  const from: { postgres?: unknown; prometheus?: unknown; http?: unknown } = signals[signal];
  const isByDefault =
    stores.postgres !== undefined && from.prometheus === undefined && from.http === undefined;
  return signals[signal].postgres ?? (isByDefault ? DEFAULTS[signal].postgres : undefined);
}

export const postgres: SourceKind = (spec, deps) => {
  const leadsPerDay = leadsPerDayFrom(spec);
  const leadsPerMinute = sameTable(postgresFrom(spec, 'leadsPerMinute'), spec, 'leadsPerMinute', leadsPerDay);
  const leadsTotal = sameTable(postgresFrom(spec, 'leadsTotal'), spec, 'leadsTotal', leadsPerDay);
  const active = spec.signals.activeLeads.postgres;
  const activeLeads = active && { ...active, field: fieldOf('activeLeads') };
  const databaseSize = postgresFrom(spec, 'databaseSize');
  const connections = postgresFrom(spec, 'databaseConnections');

  const store = spec.stores.postgres;
  if (store === undefined) {
    const asked = { leadsPerDay, leadsPerMinute, leadsTotal, activeLeads, databaseSize };
    const reads = Object.entries({ ...asked, databaseConnections: connections })
      .filter(([, from]) => from !== undefined)
      .map(([signal]) => signal as SignalKey);
    return withoutStore('postgres', reads);
  }
  const access = postgresAccess(store, deps);
  return [
    ...(leadsPerDay ? [new LeadsPerDay(access, leadsPerDay)] : []),
    ...(leadsPerMinute ? [fromPostgres.leadsPerMinute(access, leadsPerMinute)] : []),
    ...(leadsTotal ? [fromPostgres.leadsTotal(access, leadsTotal)] : []),
    ...(activeLeads ? [fromPostgres.activeLeads(access, activeLeads)] : []),
    ...(databaseSize ? [fromPostgres.databaseSize(access, databaseSize)] : []),
    ...(connections ? [fromPostgres.databaseConnections(access, connections)] : []),
  ];
};

/** How leads/day is counted in Postgres; `undefined` when it is not. */
export function leadsPerDayFrom(spec: LeadPlatformSpec): LeadsPerDaySettings | undefined {
  const from = postgresFrom(spec, 'leadsPerDay');
  return from && { ...from, field: fieldOf('leadsPerDay') };
}

/** Where a person says which table a signal is counted in. */
const fieldOf = (signal: keyof Signals): string => `spec.signals.${signal}.postgres`;

/** Where leads are in a table of another name, you write it once, at leadsPerDay. */
function sameTable<T extends { table: string }>(
  from: T | undefined,
  { signals }: LeadPlatformSpec,
  signal: 'leadsPerMinute' | 'leadsTotal',
  leadsPerDay: LeadsPerDaySettings | undefined,
): (T & { readonly field: string }) | undefined {
  if (from === undefined) return undefined;
  if (leadsPerDay === undefined || signals[signal].postgres !== undefined)
    return { ...from, field: fieldOf(signal) };
  const { table, column, timeZone, field } = leadsPerDay;
  return { ...from, table, ...('column' in from ? { column, timeZone } : {}), field };
}
