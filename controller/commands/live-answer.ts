/**
 * What an operator answers when it is asked for live numbers. The other end may be another version, or something else: what
 * it says is bounded, has the form of live numbers, and moves no cursor of a terminal.
 */
import * as z from 'zod';
import { BANDS } from '../../src/api/schema/status.ts';
import type { LiveView } from '../http/live.ts';

/** The numbers, or why there are none and what would help. `status` is that of HTTP, where the operator refused. */
export type LiveNumbers =
  { readonly view: LiveView } | { readonly unavailable: string; readonly status?: number };

/** Why an operator has no numbers of any platform. */
export class NoNumbers extends Error {}

export const LARGEST_ANSWER = 4_000_000;
const LONGEST_SENTENCE = 500;
const LONGEST_FIELD = 4_000;
const MOST_ENTRIES = 2_000;

/** Nothing that would move the cursor of a terminal, or turn the direction of a line. */
export const printable = (words: string, longest = LONGEST_SENTENCE): string =>
  words.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?').slice(0, longest);

const words = z.string().transform((text) => printable(text, LONGEST_FIELD));
const listOf = <T extends z.ZodType>(entry: T) => z.array(entry).max(MOST_ENTRIES);

const Components = listOf(
  z.object({ name: words, replicas: z.number(), wantedReplicas: z.number().optional(), reason: words }),
);
const Signals = listOf(
  z.object({
    name: words,
    unit: words,
    value: z.number().optional(),
    at: words.optional(),
    // One of a later version has no colour.
    band: z.enum(BANDS).optional().catch(undefined),
    unknown: words.optional(),
    message: words.optional(),
  }),
);
const Answer = z.object({
  decidedAt: words.optional(),
  tier: words.optional(),
  targetTier: words.optional(),
  rule: words.optional(),
  components: Components,
  signals: Signals,
  reasons: listOf(words),
  clamps: listOf(words),
});
const Refusal = z.object({ error: z.string() });

/**
 * | answer        | means                |
 * |---------------|----------------------|
 * | 200           | the numbers          |
 * | 403, 404, 429 | none of this platform |
 * | anything else | none of any platform: throws `NoNumbers` |
 */
export function numbersOf(status: number, body: string): LiveNumbers {
  const answer = parsed(body);
  const view = Answer.safeParse(answer);
  // An optional field that is undefined is as good as none.
  if (status === 200 && view.success) return { view: view.data as LiveView };
  const refusal = Refusal.safeParse(answer);
  const said = refusal.success
    ? printable(refusal.data.error)
    : `What answered, with ${status}, is not an operator of this version.`;
  if (status === 403 || status === 404 || status === 429) return { unavailable: said, status };
  throw new NoNumbers(said);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
