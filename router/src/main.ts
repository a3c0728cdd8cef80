import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { createLogger } from '@commerce/service/logger';
import { runPart } from '@commerce/service/part';
import { readRouterConfig } from './config.ts';
import { readTls } from './gateway/certificates.ts';
import { startRouter } from './start-router.ts';

runPart({
  name: 'router',
  async start() {
    const { settings, trustedPeers, placement, gateway, pinKey, routedAuthKey } =
      readRouterConfig();
    const tls = await readTls(settings, process.env['NODE_ENV']);
    const router = await startRouter({
      tls,
      host: settings.HOST,
      port: settings.PORT,
      adminPort: settings.ADMIN_PORT,
      dataPlane: settings.DATA_PLANE,
      haproxyBinary: settings.HAPROXY_BINARY,
      dataFolder: settings.DATA_DIR,
      directory: createDynamoDirectory({ endpoint: settings.DIRECTORY_ENDPOINT }),
      defaultCountry: settings.DEFAULT_COUNTRY,
      logger: createLogger('router', settings.LOG_LEVEL),
      trustedPeers,
      placement,
      gateway,
      pinKey,
      routedAuthKey,
    });
    return {
      stop: router.stop,
      address: `http://${settings.HOST}:${router.port}`,
      details: {
        adminPort: router.adminPort,
        tlsPort: router.tlsPort ?? 0,
        dataPlane: router.dataPlane,
      },
    };
  },
});
