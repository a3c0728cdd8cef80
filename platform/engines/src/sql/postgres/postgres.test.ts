import { createTestDatabase } from '../embedded-postgres/test-cluster.ts';
import { describeSql } from '../sql.contract.ts';
import type { SqlOpenOptions } from '../sql-contract.fixture.ts';
import { openTcpGate } from '../../network/tcp-gate.ts';
import { openPostgres } from './postgres.ts';

describeSql('PostgreSQL', {
  async start() {
    const database = await createTestDatabase();
    const url = new URL(database.url);
    const gate = await openTcpGate(Number(url.port));
    const open = (port: string, options: SqlOpenOptions = {}) => {
      const target = new URL(url);
      target.port = port;
      return openPostgres({ connectionString: target.href, applicationName: 'test', ...options });
    };
    const beside = (options?: SqlOpenOptions) => open(url.port, options);
    // A deadlock must be found before the wait for the lock ends by itself.
    const admin = beside();
    await admin.execute(`ALTER DATABASE ${database.name} SET deadlock_timeout = '20ms'`);
    await admin.close();
    return {
      open: (options) => open(String(gate.port), options),
      openBeside: beside,
      connectToNothing: () => open('9'),
      network: gate,
      async stop() {
        await gate.close();
        await database.drop();
      },
    };
  },
});
