import type { Minor } from '@commerce/contracts/money';

/**
 * A payment gateway is one object. Its calls return what happened; `unknown` means that no answer
 * came in time, so the gateway must be asked again, under the same key, before anything is decided.
 */
export type GatewayOutcome =
  | { readonly kind: 'authorized' | 'captured' | 'canceled'; readonly gatewayPaymentId: string }
  | {
      readonly kind: 'requires-action';
      readonly gatewayPaymentId: string;
      /** Where the shopper's browser must go, for example for 3-D Secure. */
      readonly actionUrl: string;
    }
  | { readonly kind: 'declined'; readonly gatewayPaymentId: string; readonly declineCode: string }
  | { readonly kind: 'refused'; readonly field: string; readonly reason: string }
  | { readonly kind: 'unknown' };

export interface AuthorizeRequest {
  /** Id of the payment attempt: the gateway's idempotency key, and its reference. */
  readonly attemptId: string;
  readonly partition: string;
  readonly amountMinor: Minor;
  readonly currency: string;
  readonly token: string;
  readonly returnUrl?: string | undefined;
}

/** A part of a payment that is to be taken or given back. */
export interface MoveRequest {
  /** Id of the movement: the gateway's idempotency key. */
  readonly moveId: string;
  readonly gatewayPaymentId: string;
  readonly amountMinor: Minor;
}

/** `unknown`: ask again, under the same key, before anything is decided. */
export type MoveOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown' };

/** A card that a gateway for tests knows, and what it does. */
export interface TestCard {
  readonly token: string;
  readonly brand: string;
  readonly lastDigits: string;
  readonly outcome: 'approved' | 'challenge' | 'declined' | 'unusual';
  readonly description: string;
}

export interface PaymentGateway {
  readonly name: string;
  /** Origins of the gateway's own pages, to which a checkout may send a shopper. */
  readonly pageOrigins: readonly string[];
  /** The cards to try it with; none where money is real, or the gateway does not answer. */
  listTestCards(): Promise<readonly TestCard[]>;
  /** Asks for the amount to be held; again with the same attempt: the same outcome. */
  authorize(request: AuthorizeRequest): Promise<GatewayOutcome>;
  /** What became of an attempt; undefined where the gateway has never heard of it. */
  find(attemptId: string): Promise<GatewayOutcome | undefined>;
  /** Takes the held amount. */
  capture(attemptId: string, gatewayPaymentId: string, amountMinor: Minor): Promise<GatewayOutcome>;
  /** Takes a part of the held amount, for what is shipped; again with the same key: the same outcome. */
  captureShare(request: MoveRequest): Promise<MoveOutcome>;
  /** Gives a part of the captured amount back; again with the same key: the same outcome. */
  refund(request: MoveRequest): Promise<MoveOutcome>;
  /** Lets the held amount go. `captured` where it is too late. */
  cancel(attemptId: string, gatewayPaymentId: string): Promise<GatewayOutcome>;
  /**
   * Verifies a webhook's signature over its exact bytes.
   * @returns the attempt that it tells of; undefined where it is not the gateway's
   */
  verifyWebhook(
    headers: Readonly<Record<string, string | string[] | undefined>>,
    body: Buffer,
  ): { readonly attemptId: string; readonly outcome: GatewayOutcome } | undefined;
}
