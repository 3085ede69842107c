/**
 * Whether the role of a connection may do more than read. A condition is SQL of the author of a platform, and a read-only
 * transaction does not hold back everything: a superuser reads files of the server, and an extension writes elsewhere.
 *
 * | `excess`    | the role, or one that it is a member of, also without inheriting from it                           |
 * |-------------|----------------------------------------------------------------------------------------------------|
 * | `superuser` | is a superuser                                                                                     |
 * | `attribute` | has CREATEROLE, CREATEDB or REPLICATION: a slot that a query makes stays                           |
 * | `member`    | is one of `POWERFUL`, the owner of the database among them                                         |
 * | `database`  | may create schemas in the database                                                                 |
 * | `schema`    | may create objects in a schema                                                                     |
 * | `table`     | may write into the table that is counted, or into a column of it; its owner may                    |
 * | `extension` | may run functions of one of `FAR_REACHING`: they reach servers where no transaction of ours holds  |
 */
import { SourceFailure } from '../failure.ts';

const EXCESSES = ['superuser', 'attribute', 'member', 'database', 'schema', 'table', 'extension'] as const;
type Excess = (typeof EXCESSES)[number];

/** Roles of Postgres itself, and those that clouds give in place of a superuser. */
const POWERFUL = [
  'pg_checkpoint',
  'pg_create_subscription',
  'pg_database_owner',
  'pg_execute_server_program',
  'pg_maintain',
  'pg_read_server_files',
  'pg_signal_autovacuum_worker',
  'pg_signal_backend',
  'pg_write_all_data',
  'pg_write_server_files',
  'alloydbsuperuser',
  'azure_pg_admin',
  'cloudsqlsuperuser',
  'rds_superuser',
];

const FAR_REACHING = [
  'aws_lambda',
  'aws_s3',
  'dblink',
  'http',
  'pg_background',
  'pg_cron',
  'pg_net',
  'plproxy',
];

const anyOf = (names: readonly string[]): string => `ANY ('{${names.join(',')}}')`;

/**
 * One row: `excess`, the first that holds or an empty text, and `through`, the role or the extension of it. `$1` is the
 * quoted name of the table; where there is none it is in nobody's way. The settings of the session do not change the answer:
 * it is about who logged in.
 */
export const EXCESS = `WITH mine AS (
  SELECT oid, rolname, rolsuper, rolcreaterole OR rolcreatedb OR rolreplication AS has_attribute
  FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')),
powerful AS (SELECT min(rolname) AS name FROM mine WHERE rolname = ${anyOf(POWERFUL)}),
reaching AS (SELECT min(e.extname) AS name FROM pg_extension e
  JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    AND d.classid = 'pg_proc'::regclass
  JOIN pg_proc p ON p.oid = d.objid, mine
  WHERE e.extname = ${anyOf(FAR_REACHING)} AND has_function_privilege(mine.oid, p.oid, 'EXECUTE')
    AND has_schema_privilege(mine.oid, p.pronamespace, 'USAGE')),
found AS (SELECT CASE
  WHEN EXISTS (SELECT FROM mine WHERE rolsuper) THEN 'superuser'
  WHEN EXISTS (SELECT FROM mine WHERE has_attribute) THEN 'attribute'
  WHEN (SELECT name FROM powerful) IS NOT NULL THEN 'member'
  WHEN EXISTS (SELECT FROM mine WHERE has_database_privilege(oid, current_database(), 'CREATE')) THEN 'database'
  WHEN EXISTS (SELECT FROM pg_namespace n, mine WHERE n.nspname NOT LIKE 'pg\\_%'
    AND has_schema_privilege(mine.oid, n.oid, 'CREATE')) THEN 'schema'
  WHEN EXISTS (SELECT FROM mine, (SELECT to_regclass($1)::oid AS oid) leads
    WHERE has_table_privilege(mine.oid, leads.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
      OR has_any_column_privilege(mine.oid, leads.oid, 'INSERT, UPDATE')) THEN 'table'
  WHEN (SELECT name FROM reaching) IS NOT NULL THEN 'extension'
  ELSE '' END AS excess)
SELECT excess, CASE excess WHEN 'member' THEN (SELECT name FROM powerful)
  WHEN 'extension' THEN (SELECT name FROM reaching) END::text AS through FROM found`;

/** The server was reached, and is as good as before. */
export class ExcessiveRights extends SourceFailure {}

/**
 * What the answer to `EXCESS` means; `undefined` where the role only reads. Throws `SourceFailure` where it is no answer to it.
 * @param what Such as `Postgres at db:5432`.
 */
export function excessIn(
  rows: readonly Readonly<Record<string, unknown>>[],
  what: string,
  table: string,
): ExcessiveRights | undefined {
  const { excess, through } = rows[0] ?? {};
  if (excess === '') return undefined;
  const kind = EXCESSES.find((one) => one === excess);
  if (kind === undefined)
    throw new SourceFailure('MalformedReply', `${what} does not tell what the role may do`);
  // A word that a server chose is told only where it is one of ours.
  const name = [...POWERFUL, ...FAR_REACHING].find((one) => one === through) ?? 'another role';
  return new ExcessiveRights(
    'SourceRefused',
    `${what} is not asked with the condition, because the role ${does(kind, name, table)}, and the SQL of a condition runs only as a role that reads and does nothing else; ${cure(kind, name, table)}`,
  );
}

function does(kind: Excess, name: string, table: string): string {
  switch (kind) {
    case 'superuser':
      return 'is a superuser';
    case 'attribute':
      return 'has CREATEROLE, CREATEDB or REPLICATION';
    case 'member':
      return `is a member of ${name}`;
    case 'database':
      return 'may create schemas in the database';
    case 'schema':
      return 'may create objects in a schema';
    case 'table':
      return `may write into ${table}`;
    case 'extension':
      return `may reach other servers by the extension ${name}`;
  }
}

function cure(kind: Excess, name: string, table: string): string {
  switch (kind) {
    case 'schema':
      return 'take that from it: REVOKE CREATE ON SCHEMA <schema> FROM PUBLIC, <role> (before Postgres 15 everyone has it on public)';
    case 'extension':
      return `take that from it, for each function that \\dx+ ${name} lists: REVOKE EXECUTE ON FUNCTION <function> FROM PUBLIC`;
    default:
      return `make one, and name its Secret in stores.postgres.secretRef: CREATE ROLE <role> LOGIN PASSWORD '<password>'; GRANT SELECT ON ${table} TO <role>; GRANT pg_monitor TO <role>`;
  }
}
