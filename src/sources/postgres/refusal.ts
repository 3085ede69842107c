/** What Postgres refuses, told with the names of the spec: which table or column, and the field that names it. */
import type pg from 'pg';
import { SourceFailure } from '../failure.ts';

/** Where leads are, and where the spec says so. */
export interface LeadsPlace {
  readonly table: string;
  readonly column?: string;
  /** A condition of the user is read as well, which may name others. */
  readonly holdsCondition?: boolean;
  /** Such as `spec.signals.leadsPerDay.postgres`. */
  readonly field: string;
}

/** A failure that the server gave a code. The server's own words stay here: they may quote data. */
export class RefusedQuery extends SourceFailure {
  readonly #code: string;
  readonly #routine: string;
  readonly #what: string;

  /** @param what Such as `Postgres at db:5432`. */
  constructor(failure: SourceFailure, error: pg.DatabaseError, what: string) {
    super(failure.reason, failure.message);
    this.#code = error.code ?? '';
    this.#routine = error.routine ?? '';
    this.#what = what;
  }

  /** The same with the names in it, where they help. */
  at(place: LeadsPlace): SourceFailure {
    const sentence = this.#sentence(place);
    return sentence === undefined ? this : new SourceFailure(this.reason, `${this.#what} ${sentence}`);
  }

  #sentence({ table, column, holdsCondition = false, field }: LeadsPlace): string | undefined {
    switch (this.#code) {
      case '42P01':
      case '3F000':
        return holdsCondition
          ? `has no table ${qualified(table)}, or none that the condition names; correct ${field}.table or .condition`
          : `has no table ${qualified(table)}; set ${field}.table`;
      case '42703':
        return holdsCondition
          ? `has no column that the condition names; correct ${field}.condition`
          : `has no column ${column ?? ''} in ${table}; set ${field}.column`;
      case '42501':
        // The message of both is in the language of the server; the name of the function that sends it is not.
        return this.#routine === 'check_enable_rls'
          ? `hides rows of ${table} from the role by row-level security, so that they cannot be counted; let the role see all of them: ALTER ROLE <role> BYPASSRLS, or CREATE POLICY <name> ON ${table} FOR SELECT TO <role> USING (true)`
          : `does not let the role read ${table}; grant it SELECT on the table, and USAGE on its schema`;
      case '42883':
      case '22007':
      case '22008':
      case '22P02':
        return column === undefined
          ? undefined
          : `cannot compare ${table}.${column} with an instant: ${NO_TIME}; set ${field}.column`;
      default:
        return undefined;
    }
  }
}

/** Of a column that does not tell instants. */
export const NO_TIME = 'leads are counted by a column of type timestamptz or timestamp';

/** `leads` alone is looked up in the schemas of the role. */
function qualified(table: string): string {
  return table.includes('.')
    ? table
    : `${table} (public.${table}, unless the search_path of the role says otherwise)`;
}

/** Does the work, and tells a refusal with the names of the place. */
export async function told<T>(place: LeadsPlace, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof RefusedQuery ? error.at(place) : error;
  }
}
