/**
 * Statements with text of a user among them, sent together and ended by one Sync. Each is parsed by itself, so none can hold
 * a second one, and the connection is in no transaction when the answer is there: a pooler that gives connections out by the
 * statement cuts who leaves one open.
 */
import pg from 'pg';

/** Sent as parts of the protocol, which the driver does not do for more than one statement. */
class OneMessage extends pg.Query {
  constructor(
    statements: readonly string[],
    onRow: (row: Readonly<Record<string, unknown>>) => void,
    done: (error: Error | undefined, results: unknown) => void,
  ) {
    super({ text: statements.join(';') }, done);
    this.on('row', onRow);
    this.submit = (connection) => {
      connection.stream.cork();
      for (const text of statements) {
        connection.parse({ name: '', text, types: [] }, true);
        connection.bind({}, true);
        connection.describe({ type: 'P', name: '' }, true);
        connection.execute({ portal: '' }, true);
      }
      connection.sync();
      connection.stream.uncork();
      return null;
    };
  }
}

/**
 * The result of each statement, in their order. Rejects with the error of the first that the server refuses; `onRow` has heard
 * of the rows before it.
 */
export function inOneMessage(
  client: pg.ClientBase,
  statements: readonly string[],
  onRow: (row: Readonly<Record<string, unknown>>) => void = () => undefined,
): Promise<readonly pg.QueryResult[]> {
  return new Promise((resolve, reject) => {
    const message = new OneMessage(statements, onRow, (error, results) => {
      if (error) reject(error);
      else resolve(resultsOf(results));
    });
    client.query(message);
  });
}

/** One result for each statement, which the types of the driver do not know; a server of few words gets a single one. */
export function resultsOf(results: unknown): readonly pg.QueryResult[] {
  return (Array.isArray(results) ? results : [results]) as readonly pg.QueryResult[];
}
