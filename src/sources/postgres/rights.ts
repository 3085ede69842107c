/**
 * Whether the role of a connection may do more than read. A condition is SQL of the author of a platform, and a read-only
 * transaction does not hold back everything: a superuser reads files of the server, and an extension writes elsewhere.
 * Counted are the role that logged in and all that it is a member of, also without inheriting from it: SQL may change to each.
 *
 * | `excess`    | one of these roles                                                                                  |
 * |-------------|-----------------------------------------------------------------------------------------------------|
 * | `superuser` | is a superuser                                                                                      |
 * | `attribute` | has CREATEROLE, CREATEDB or REPLICATION: a slot that a query makes stays                            |
 * | `member`    | is one of `POWERFUL`, the owner of the database among them                                          |
 * | `database`  | may create schemas in the database                                                                  |
 * | `schema`    | owns a schema, or was given CREATE in one                                                           |
 * | `table`     | may write into the table that is counted, or into a column of it; its owner may                     |
 * | `tables`    | owns another table, or was given a right to write into it                                           |
 * | `function`  | was given a function that Postgres or an extension keeps from PUBLIC, like `pg_switch_wal`          |
 * | `untrusted` | may run a function of no extension in a language that holds nothing back, like plpython3u           |
 * | `definer`   | may run a function of no extension that runs as the superuser who owns it                           |
 * | `extension` | may run functions of `REACHING`: they have effects where no transaction of ours holds               |
 * | `message`   | may send logical messages, which are not rolled back, where a slot of the database hears them       |
 *
 * What PUBLIC may do is counted for the table and for functions alone. A role cannot be without it, and before Postgres 15
 * PUBLIC may create in `public`; the transaction is read-only, which holds all of that back.
 */
import pg from 'pg';
import { SourceFailure } from '../failure.ts';

const EXCESSES = [
  'superuser',
  'attribute',
  'member',
  'database',
  'schema',
  'table',
  'tables',
  'function',
  'untrusted',
  'definer',
  'extension',
  'message',
] as const;
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
  'rds_replication',
  'rds_superuser',
];

/**
 * Extensions, and which of their functions, as `schema.name`: an application needs the others. Those for machine learning send
 * what they are given to a server elsewhere; `ai` is pgai.
 */
const REACHING: Readonly<Record<string, string>> = {
  ai: '%',
  amqp: '%',
  aws_lambda: '%',
  aws_ml: '%',
  aws_s3: '%',
  azure_ai: '%',
  azure_storage: '%',
  citus: '%.run_command_on_%',
  clickhouse_fdw: '%.clickhouse%_raw_query',
  dblink: '%',
  google_ml_integration: '%',
  http: '%',
  oracle_fdw: '%.oracle_execute',
  orafce: 'utl_file.%',
  pg_background: '%',
  pg_clickhouse: '%.clickhouse_raw_query',
  pg_cron: '%',
  pg_net: '%',
  pg_smtp_client: '%',
  plproxy: '%',
};

const anyOf = (names: readonly string[]): string => `ANY ('{${names.join(',')}}')`;
const rowsOf = (table: Readonly<Record<string, string>>): string =>
  Object.entries(table)
    .map((row) => `(${row.map((cell) => pg.escapeLiteral(cell)).join(',')})`)
    .join(',');

/** Of the roles, by the rights that were given to them by name: PUBLIC is not among them. */
const given = (acl: string, rights: string): string =>
  `EXISTS (SELECT FROM aclexplode(${acl}) a, mine WHERE a.grantee = mine.oid AND a.privilege_type IN (${rights}))`;
const isMine = (owner: string): string => `${owner} IN (SELECT oid FROM mine)`;
const mayRun = `EXISTS (SELECT FROM mine WHERE has_function_privilege(mine.oid, p.oid, 'EXECUTE')
    AND has_schema_privilege(mine.oid, p.pronamespace, 'USAGE'))`;
/** A trigger function is run by no query. */
const ofNoExtension = `p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    AND p.pronamespace <> 'pg_catalog'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`;

/**
 * One row: `excess`, the first that holds or an empty text, and `through`, the role or the extension of it. `$1` is the
 * quoted name of the table; one that does not exist changes nothing. The settings of the session do not change the answer:
 * it is about the role that logged in.
 */
export const EXCESS = `WITH mine AS (
  SELECT oid, rolname, rolsuper, rolcreaterole OR rolcreatedb OR rolreplication AS has_attribute
  FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')),
powerful AS (SELECT min(rolname) AS name FROM mine WHERE rolname = ${anyOf(POWERFUL)}),
reaching AS (SELECT min(e.extname) AS name FROM pg_extension e
  JOIN (VALUES ${rowsOf(REACHING)}) AS reaches(extension, functions) ON e.extname = reaches.extension
  JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    AND d.classid = 'pg_proc'::regclass
  JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname || '.' || p.proname LIKE reaches.functions AND ${mayRun}),
found AS (SELECT CASE
  WHEN EXISTS (SELECT FROM mine WHERE rolsuper) THEN 'superuser'
  WHEN EXISTS (SELECT FROM mine WHERE has_attribute) THEN 'attribute'
  WHEN (SELECT name FROM powerful) IS NOT NULL THEN 'member'
  WHEN EXISTS (SELECT FROM mine WHERE has_database_privilege(oid, current_database(), 'CREATE')) THEN 'database'
  WHEN EXISTS (SELECT FROM pg_namespace n WHERE n.nspname NOT LIKE 'pg\\_%'
    AND (${isMine('n.nspowner')} OR ${given('n.nspacl', `'CREATE'`)})) THEN 'schema'
  WHEN EXISTS (SELECT FROM mine, (SELECT to_regclass($1)::oid AS oid) leads
    WHERE has_table_privilege(mine.oid, leads.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
      OR has_any_column_privilege(mine.oid, leads.oid, 'INSERT, UPDATE')) THEN 'table'
  WHEN EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND (${isMine('c.relowner')} OR ${given('c.relacl', `'INSERT','UPDATE','DELETE','TRUNCATE'`)})) THEN 'tables'
  WHEN EXISTS (SELECT FROM pg_proc p JOIN pg_init_privs i ON i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid
    CROSS JOIN aclexplode(p.proacl) a WHERE a.privilege_type = 'EXECUTE'
    AND (a.grantee = 0 OR ${isMine('a.grantee')})
    AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) first WHERE first.grantee IN (0, a.grantee))) THEN 'function'
  WHEN EXISTS (SELECT FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE NOT l.lanpltrusted AND ${ofNoExtension} AND ${mayRun}) THEN 'untrusted'
  WHEN EXISTS (SELECT FROM pg_proc p JOIN pg_roles owner ON owner.oid = p.proowner
    WHERE p.prosecdef AND owner.rolsuper AND ${ofNoExtension} AND ${mayRun}) THEN 'definer'
  WHEN (SELECT name FROM reaching) IS NOT NULL THEN 'extension'
  WHEN EXISTS (SELECT FROM pg_replication_slots s WHERE s.slot_type = 'logical' AND s.database = current_database())
    AND EXISTS (SELECT FROM pg_proc p WHERE p.proname = 'pg_logical_emit_message'
      AND p.pronamespace = 'pg_catalog'::regnamespace AND ${mayRun}) THEN 'message'
  ELSE '' END AS excess)
SELECT excess, CASE excess WHEN 'member' THEN (SELECT name FROM powerful)
  WHEN 'extension' THEN (SELECT name FROM reaching) END::text AS through FROM found`;

/** Why a condition was not sent. The server was reached, and is as good as before. */
export class NotAsked extends SourceFailure {}

/**
 * What the answer to `EXCESS` means; `undefined` where the role only reads. Throws `NotAsked` where it is no answer to it.
 * @param what Such as `Postgres at db:5432`.
 */
export function excessIn(
  rows: readonly Readonly<Record<string, unknown>>[],
  what: string,
  table: string,
): NotAsked | undefined {
  const { excess, through } = rows[0] ?? {};
  if (excess === '') return undefined;
  const kind = EXCESSES.find((one) => one === excess);
  if (kind === undefined)
    throw new NotAsked(
      'MalformedReply',
      `${what} does not tell what the role may do, so it is not asked with the condition`,
    );
  // A word that a server chose is told only where it is one of ours.
  const name = [...POWERFUL, ...Object.keys(REACHING)].find((one) => one === through) ?? 'another role';
  return new NotAsked(
    'SourceRefused',
    `${what} is not asked with the condition, because the role ${does(kind, name, table)}, and the SQL of a condition runs only as a role that reads and does nothing else; ${cure(kind, name, table)}`,
  );
}

/** The server refuses to tell what the role may do, which is no fault of the condition. @param code SQLSTATE. */
export function rightsNotTold(code: string, what: string): NotAsked {
  return new NotAsked(
    code === '57014' ? 'SourceTimeout' : 'SourceRefused',
    `${what} is not asked with the condition, because it could not tell what the role may do (SQLSTATE ${/^[0-9A-Z]{5}$/.test(code) ? code : 'unknown'}); let the role read pg_roles, pg_proc and the other catalogs of Postgres`,
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
    case 'tables':
      return `may write into a table other than ${table}`;
    case 'function':
      return 'was given a function that Postgres keeps from PUBLIC';
    case 'untrusted':
      return 'may run a function in an untrusted language';
    case 'definer':
      return 'may run a function that runs as a superuser (SECURITY DEFINER)';
    case 'extension':
      return `may reach other servers or files by the extension ${name}`;
    case 'message':
      return 'may send messages to a logical replication slot, which no rollback takes back';
  }
}

/** A role that has the right by PUBLIC is given it by name first: the application goes on as before. */
const FIRST = 'first GRANT EXECUTE ON FUNCTION <function> TO the roles of the application that run it, then';

function cure(kind: Excess, name: string, table: string): string {
  switch (kind) {
    case 'function':
      return 'take that from it: REVOKE EXECUTE ON FUNCTION <function> FROM PUBLIC, <role>';
    case 'untrusted':
    case 'definer':
      return `${FIRST} REVOKE EXECUTE ON FUNCTION <function> FROM PUBLIC, <role>`;
    case 'extension':
      return `for each function that \\dx+ ${name} lists ${FIRST} REVOKE EXECUTE ON FUNCTION <function> FROM PUBLIC, <role>`;
    case 'message':
      return `for each function that \\df pg_logical_emit_message lists ${FIRST} REVOKE EXECUTE ON FUNCTION <function> FROM PUBLIC, <role>; or read activeLeads from another source`;
    default:
      return `make one, and name its Secret in spec.stores.postgres.secretRef: CREATE ROLE <role> LOGIN PASSWORD '<password>'; GRANT SELECT ON ${table} TO <role>; GRANT pg_monitor TO <role>`;
  }
}
