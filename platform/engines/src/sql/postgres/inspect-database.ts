import { type Sql, SqlError, statement } from '../sql.ts';

/** A way by which rows could leave a database, or come into it, without a statement of ours. */
export interface OutsideLink {
  readonly kind: 'foreign server' | 'subscription' | 'replica' | 'replication slot' | 'publication';
  readonly name: string;
  /** Host or address of the other side, or what it would be sent; never a credential. */
  readonly target: string;
}

export interface DatabaseInspection {
  /** Such as `PostgreSQL 18.4`. */
  readonly version: string;
  /** Undefined where the server does not tell. */
  readonly bytes: number | undefined;
  /** In a stable order; undefined where the account may not see them, which is not the same as none. */
  readonly links: readonly OutsideLink[] | undefined;
}

const readVersion = statement<{ version: string }>(
  'inspect.version',
  'SELECT version() AS version',
);
const readSize = statement<{ bytes: bigint }>(
  'inspect.size',
  'SELECT pg_database_size(current_database()) AS bytes',
);
const listLinks = statement<OutsideLink>(
  'inspect.links',
  `SELECT 'foreign server' AS kind, s.srvname::text AS name,
     coalesce((SELECT split_part(o, '=', 2) FROM unnest(s.srvoptions) AS o
       WHERE split_part(o, '=', 1) = 'host' LIMIT 1), 'a host that is not named') AS target
   FROM pg_foreign_server s
   UNION ALL
   SELECT 'subscription', s.subname::text, 'another database feeds this one'
   FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
   WHERE d.datname = current_database()
   UNION ALL
   SELECT 'replica', coalesce(application_name, ''), coalesce(client_addr::text, 'this machine')
   FROM pg_stat_replication
   UNION ALL
   SELECT 'replication slot', slot_name::text, coalesce(plugin::text, 'all of the server')
   FROM pg_replication_slots WHERE database IS NULL OR database = current_database()
   UNION ALL
   SELECT 'publication', pubname::text, CASE WHEN puballtables THEN 'all tables' ELSE 'some tables' END
   FROM pg_publication
   ORDER BY 1, 2, 3`,
);

/** SQLSTATEs of an account that may not look, and of an engine without these catalogues. */
const NOT_VISIBLE: ReadonlySet<string> = new Set(['42501', '42P01', '42703', '42883']);

async function orUndefined<Result>(look: Promise<Result>): Promise<Result | undefined> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof SqlError && NOT_VISIBLE.has(error.state)) return undefined;
    throw error;
  }
}

/** Looks at a server by PostgreSQL's own catalogues: for reports on where data lies and may go. */
export async function inspectDatabase(sql: Sql): Promise<DatabaseInspection> {
  const [version, size, links] = await Promise.all([
    sql.query(readVersion),
    orUndefined(sql.query(readSize)),
    orUndefined(sql.query(listLinks)),
  ]);
  return {
    version: /^\S+ \S+/.exec(version[0]?.version ?? '')?.[0] ?? 'unknown',
    bytes: size?.[0] === undefined ? undefined : Number(size[0].bytes),
    links,
  };
}
