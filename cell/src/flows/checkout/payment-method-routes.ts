import type { HttpApp } from '@commerce/service/http/app';
import { Problem } from '@commerce/contracts/problems';
import { Type } from 'typebox';
import type { PaymentGateway } from '../../modules/payments/index.ts';

const PaymentMethodsView = Type.Object({
  items: Type.Array(
    Type.Object({
      gateway: Type.String({ examples: ['sandbox'] }),
      pageOrigins: Type.Array(Type.String(), {
        description: "Origins of the gateway's own pages, such as that of 3-D Secure.",
      }),
      testCards: Type.Array(
        Type.Object({
          token: Type.String({ examples: ['tok_visa'] }),
          brand: Type.String(),
          lastDigits: Type.String(),
          outcome: Type.String({ description: 'approved, challenge, declined or unusual' }),
          description: Type.String(),
        }),
        { description: 'Cards to try the gateway with; none where money is real.' },
      ),
    }),
  ),
});

/** Adds the list of what one can pay with. */
export function registerPaymentMethodRoutes(
  app: HttpApp,
  { gateways }: { readonly gateways: ReadonlyMap<string, PaymentGateway> },
): void {
  app.get(
    '/v1/payment-methods',
    {
      schema: {
        tags: ['checkout'],
        summary: 'What one can pay with',
        response: { 200: PaymentMethodsView, '4xx': Problem, '5xx': Problem },
      },
    },
    async () => ({
      items: await Promise.all(
        [...gateways.values()].map(async (gateway) => ({
          gateway: gateway.name,
          pageOrigins: [...gateway.pageOrigins],
          testCards: (await gateway.listTestCards()).map((card) => ({ ...card })),
        })),
      ),
    }),
  );
}
