import { createServer, type Server } from 'node:http';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import { statement } from '@commerce/engines/sql/sql';
import { runPart } from '@commerce/service/part';

const createTable = statement(
  'fake-part.create-table',
  'CREATE TABLE IF NOT EXISTS starts (at timestamptz NOT NULL)',
);
const addStart = statement('fake-part.add-start', 'INSERT INTO starts VALUES (now())');

/** Leaves a trace of this start, by which a test sees that data outlive a kill. */
async function countStart(connectionString: string): Promise<void> {
  const sql = openPostgres({ connectionString, applicationName: 'fake part', connectionsMax: 1 });
  await sql.query(createTable);
  await sql.query(addStart);
  await sql.close();
}

function listen(port: number): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ seq: 3, catalog: { appliedSeq: 3, sourceSeq: 3 } }));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** A part as small as can be: it listens, uses its database, and has the whole catalogue at once. */
runPart({
  name: process.env['CELL_ID'] ?? 'part',
  start: async ({ progress }) => {
    progress('starting');
    const databaseUrl = process.env['DATABASE_URL'];
    if (databaseUrl !== undefined) await countStart(databaseUrl);
    const ports = [process.env['PORT'], process.env['ADMIN_PORT']].filter(
      (port) => port !== undefined,
    );
    const servers = await Promise.all(ports.map((port) => listen(Number(port))));
    return {
      details: { demoSignIns: [{ role: 'vendor', email: 'v@example.com', password: 'secret' }] },
      stop: async () => {
        for (const server of servers) {
          server.closeAllConnections();
          server.close();
        }
      },
    };
  },
});
