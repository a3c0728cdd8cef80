import { runPart, StartupFault } from '@commerce/service/part';
import { startDirectory } from './directory.ts';

runPart({
  name: 'directory',
  start: async () => {
    const dataDir = process.env['DATA_DIR'];
    if (dataDir === undefined || dataDir === '') {
      throw new StartupFault('DATA_DIR is not set', 'Set it in the environment of the directory.');
    }
    const directory = await startDirectory({
      host: process.env['HOST'] ?? '127.0.0.1',
      port: Number(process.env['PORT'] ?? '0'),
      dataDir,
    });
    return { address: directory.url, stop: directory.stop };
  },
});
