/** What a spec reads by HTTP and from Prometheus: any scalar signal. */
import { SCALAR_NAMES, SCALAR_SIGNALS, type SignalUnit } from '../../api/signals.ts';
import type { SourceKind } from '../source-kind.ts';
import type { Kind } from '../units.ts';
import { httpJson, prometheus } from './sources.ts';

/** The kind of number that a signal is, by its unit. */
const KINDS: Readonly<Record<SignalUnit, Kind>> = { count: 'count', B: 'size', ms: 'time', '%': 'share' };

export const external: SourceKind = ({ signals }, { pools }) =>
  SCALAR_NAMES.flatMap((signal) => {
    const from = signals[signal];
    const kind = KINDS[SCALAR_SIGNALS[signal].unit];
    if (from.http !== undefined) return [httpJson(pools.http, signal, kind, from.http)];
    if (from.prometheus !== undefined) return [prometheus(pools.http, signal, kind, from.prometheus)];
    return [];
  });
