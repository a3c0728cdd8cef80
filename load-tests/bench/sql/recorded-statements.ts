/**
 * Reads the statements that PostgreSQL logged, with their values, back out of its log. The log's
 * lines carry the fleet's own time stamp before the server's prefix.
 */

export interface RecordedStatement {
  /** Name of the prepared statement; empty for BEGIN, COMMIT and the like. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly (string | null)[];
  /** Place in the log. */
  readonly index: number;
}

interface LogEntry {
  readonly session: string;
  readonly level: string;
  readonly message: string;
}

/** Fleet's time, server's time, [process], level, message. */
const ENTRY = /^\S+ \d{4}-\d\d-\d\d \S+ \S+ \[(\d+)\] (LOG|DETAIL): {2}(.*)$/;
const OTHER_ENTRY = /^\S+ \d{4}-\d\d-\d\d \S+ \S+ \[\d+\] /;
const CONTINUATION = /^\S+ \t?(.*)$/;
const VALUE = /\$\d+ = (NULL|'(?:[^']|'')*')/g;

function readEntries(log: string): LogEntry[] {
  const entries: { session: string; level: string; message: string }[] = [];
  let open = false;
  for (const line of log.split('\n')) {
    const match = ENTRY.exec(line);
    if (match !== null) {
      const [, session = '', level = '', message = ''] = match;
      entries.push({ session, level, message });
      open = true;
      continue;
    }
    const last = entries.at(-1);
    if (OTHER_ENTRY.test(line)) open = false;
    else if (open && last !== undefined) last.message += `\n${CONTINUATION.exec(line)?.[1] ?? ''}`;
  }
  return entries;
}

function readValues(detail: string): (string | null)[] {
  return [...detail.matchAll(VALUE)].map(([, value = '']) =>
    value === 'NULL' ? null : value.slice(1, -1).replaceAll("''", "'"),
  );
}

/**
 * The statements of each session, in the order in which it ran them.
 * @param log text of the server's log, written with `log_statement = all`
 */
export function readStatements(log: string): ReadonlyMap<string, readonly RecordedStatement[]> {
  type Growing = Omit<RecordedStatement, 'values'> & { values: (string | null)[] };
  const sessions = new Map<string, Growing[]>();
  for (const [index, { session, level, message }] of readEntries(log).entries()) {
    const statements = sessions.get(session) ?? [];
    sessions.set(session, statements);
    if (level === 'DETAIL') {
      const last = statements.at(-1);
      if (last !== undefined && /^parameters: /i.test(message)) last.values = readValues(message);
      continue;
    }
    const executed = /^execute ([^:]+): ([\s\S]*)$/.exec(message);
    const simple = /^statement: ([\s\S]*)$/.exec(message);
    if (executed !== null) {
      statements.push({ name: executed[1] ?? '', text: executed[2] ?? '', values: [], index });
    } else if (simple !== null) {
      statements.push({ name: '', text: simple[1] ?? '', values: [], index });
    }
  }
  return sessions;
}

/** Statements that were sent together: a transaction, or a single one outside. */
export type Work = readonly RecordedStatement[];

/**
 * Cuts a session into its transactions and single statements, and keeps those that belong to one
 * partition. What was rolled back is left out.
 */
export function worksOfPartition(
  statements: readonly RecordedStatement[],
  partition: string,
): Work[] {
  const works: RecordedStatement[][] = [];
  let transaction: RecordedStatement[] | undefined;
  for (const statement of statements) {
    const command = statement.name === '' ? statement.text.trim().toUpperCase() : '';
    if (command === 'BEGIN') transaction = [statement];
    else if (command === 'ROLLBACK') transaction = undefined;
    else if (transaction === undefined) works.push([statement]);
    else {
      transaction.push(statement);
      if (command !== 'COMMIT') continue;
      works.push(transaction);
      transaction = undefined;
    }
  }
  return works.filter((work) => work.some(({ values }) => values.includes(partition)));
}
