import type { AddressInfo } from 'node:net';
import { orderStateChanged, paymentStateChanged } from '@commerce/contracts/events';
import { newGlobalId, newPartitionId } from '@commerce/contracts/ids';
import { describeEventBus } from '@commerce/engines/event-bus/event-bus.contract';
import { createHttpPullSubscriber } from '@commerce/engines/event-bus/http-pull/http-pull';
import { openTcpGate } from '@commerce/engines/network/tcp-gate';
import { signServiceCall } from '@commerce/service/auth/service-token';
import { startCommerceCell } from '../testing/commerce-cell.ts';
import { startSandbox } from '../testing/sandbox-process.ts';

const SERVICE_KEY = new Uint8Array(32).fill(3);

describeEventBus("a cell's feed over HTTP", {
  async start() {
    const gateway = await startSandbox();
    const cell = await startCommerceCell({ gateway });
    await cell.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = cell.app.server.address() as AddressInfo;
    const gate = await openTcpGate(port);
    const at = '2026-01-01T00:00:00.000Z';

    return {
      async publish(partition, subject, stream = 'order') {
        await cell.unitOfWork.run(partition, 'test.publish', async (work) => {
          if (stream === 'order') {
            const orderId = newPartitionId('ord', partition);
            const data = { orderId, vendorId: newGlobalId('ven'), from: 'placed', to: 'paid', at };
            work.emit(orderStateChanged, subject, data);
          } else {
            work.emit(paymentStateChanged, subject, {
              paymentId: newPartitionId('pay', partition),
              orderGroupId: newPartitionId('grp', partition),
              from: 'authorized',
              to: 'captured',
              amountMinor: 100,
              currency: 'EUR',
              at,
            });
          }
        });
      },
      connectAs: (consumer) =>
        createHttpPullSubscriber({
          url: () => `http://127.0.0.1:${gate.port}`,
          authorize: () =>
            signServiceCall(SERVICE_KEY, {
              caller: consumer,
              audience: 'eu-de-1',
              clock: cell.clock,
            }),
          limit: 10,
          backOffMsMax: 200,
        }),
      interrupt: gate.cut,
      resume: gate.mend,
      async stop() {
        await gate.close();
        await cell.shutDown();
        await gateway.stop();
      },
    };
  },
});
