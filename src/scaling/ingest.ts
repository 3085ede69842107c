/** The web side: by the leads that come in, and by how long they take. */
import type { Ingest } from '../api/schema/components.ts';
import { isKnown, type Reading } from '../model/reading.ts';
import { count, plural } from '../text/words.ts';
import { SLOWEST, TARGET_UTILISATION, atLeast, type Demand } from './demand.ts';

/** 180 leads/min, 60 a replica, at four fifths of its time: 180 / (0.8 × 60) → 4. */
export function demandOfLeads({ capacity }: Ingest, leadsPerMinute: Reading): Demand {
  if (!isKnown(leadsPerMinute)) return { ...leadsPerMinute, of: 'leads/minute' };
  const each = Math.max(SLOWEST, capacity.leadsPerMinute);
  const wanted = atLeast(leadsPerMinute.value / (TARGET_UTILISATION * each));
  return {
    wanted,
    rule: 'LeadsPerMinute',
    why: `${count(leadsPerMinute.value)} leads/min at ${count(capacity.leadsPerMinute)} a replica and ${TARGET_UTILISATION * 100} % of its time: ${plural(wanted, 'replica')}`,
  };
}
