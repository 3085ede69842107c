/**
 * Fields of the status that the definition of LeadPlatforms in the cluster lacks, because it is older than this operator: that of a
 * release that has not been upgraded yet. The API server refuses a server-side apply that names one of them, so a status is
 * written without them: all else in it is as true as ever.
 *
 *     const undeclared = new UndeclaredFields({ logger, install: 'kubectl apply --server-side -f crds/' });
 *     const status = undeclared.takenOutOf(wanted, now);
 *     …                                                    // refused: .status.operator: field not declared in schema
 *     if (undeclared.learn(error, now)) …                  // true: it is worth another try, without that field
 *
 * Which they are is asked again every ten minutes, so a definition that is upgraded is noticed without a restart.
 */
import type { LeadPlatformStatus } from '../../src/api/schema/status.ts';
import { undeclaredFields } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';

/** Names of fields from the status on; `EACH` for every entry of a list. */
type Path = readonly string[];

const EACH = '[]';
const ROOT = 'status';
const BELIEVED_MS = 600_000;

export interface UndeclaredFieldsOptions {
  readonly logger: Logger;
  /** The command that installs the definition of this operator's version. */
  readonly install: string;
}

export class UndeclaredFields {
  readonly #options: UndeclaredFieldsOptions;
  readonly #warnedOf = new Set<string>();
  #paths: ReadonlyMap<string, Path> = new Map();
  #askedAt = 0;

  constructor(options: UndeclaredFieldsOptions) {
    this.#options = options;
  }

  /** The status without those that are known, which is itself where there are none. */
  takenOutOf(status: LeadPlatformStatus, now: number): LeadPlatformStatus {
    if (this.#paths.size === 0) return status;
    // A clock that was set back keeps them no longer.
    if (Math.abs(now - this.#askedAt) >= BELIEVED_MS) this.#paths = new Map();
    return [...this.#paths.values()].reduce<LeadPlatformStatus>(withoutField, status);
  }

  /** Whether the error of a status write names such fields. They are warned of once. */
  learn(error: unknown, now: number): boolean {
    const found = undeclaredFields(error)
      // In one entry of a list is in each.
      .map((field) => field.replaceAll(/\[[^\]]*\]/g, EACH))
      .filter((field) => field.startsWith(`.${ROOT}.`));
    if (found.length === 0) return false;
    this.#paths = new Map([...this.#paths, ...found.map((field) => [field, pathOf(field)] as const)]);
    this.#askedAt = now;
    const news = [...new Set(found)].filter((field) => !this.#warnedOf.has(field));
    for (const field of news) this.#warnedOf.add(field);
    if (news.length > 0)
      this.#options.logger.warn(
        { fields: news, install: this.#options.install },
        'Leaving fields out of each status: the definition of LeadPlatforms is older than this operator',
      );
    return true;
  }
}

const pathOf = (field: string): Path =>
  field.slice(`.${ROOT}.`.length).replaceAll(EACH, `.${EACH}`).split('.');

function withoutField<T>(value: T, [field = '', ...rest]: Path): T {
  if (field === EACH)
    return Array.isArray(value) ? (value.map((entry: unknown) => withoutField(entry, rest)) as T) : value;
  if (typeof value !== 'object' || value === null || !(field in value)) return value;
  const { [field]: inner, ...others } = value as Record<string, unknown>;
  return (rest.length === 0 ? others : { ...others, [field]: withoutField(inner, rest) }) as T;
}
