/** What the gateway does with a payment that is made with a test token. */
export interface TestToken {
  readonly token: string;
  readonly description: string;
  /** As it is printed on the card, to be shown to a shopper. */
  readonly brand: 'Visa' | 'Mastercard';
  readonly lastDigits: string;
  /** Why it is declined, at once or, with `challenge`, after an approved challenge. */
  readonly declineCode?: string;
  /** The shopper has to approve on a page of the gateway first. */
  readonly challenge?: true;
  /** Time before the answer to a payment is sent, in milliseconds; its effect comes at once. */
  readonly answerDelayMs?: number;
  /** Time before the answer to a capture is sent, in milliseconds; its effect comes at once. */
  readonly captureAnswerDelayMs?: number;
  /** The first request with a key is refused with 503, without any effect. */
  readonly unavailableOnce?: true;
  /** The webhook of a payment arrives before its answer. */
  readonly webhookFirst?: true;
  /** Each webhook arrives twice. */
  readonly webhookTwice?: true;
}

/** Longer than any client should wait. */
const NEVER_IN_TIME_MS = 35_000;

/** The test cards. A new behaviour is a row here. */
const TABLE: readonly TestToken[] = [
  { token: 'tok_visa', brand: 'Visa', lastDigits: '4242', description: 'Approved' },
  { token: 'tok_mastercard', brand: 'Mastercard', lastDigits: '4444', description: 'Approved' },
  {
    token: 'tok_declined',
    brand: 'Visa',
    lastDigits: '0002',
    description: 'Declined by the bank',
    declineCode: 'card_declined',
  },
  {
    token: 'tok_insufficient_funds',
    brand: 'Visa',
    lastDigits: '9995',
    description: 'Declined: not enough money on the account',
    declineCode: 'insufficient_funds',
  },
  {
    token: 'tok_expired_card',
    brand: 'Mastercard',
    lastDigits: '0069',
    description: 'Declined: the card has expired',
    declineCode: 'expired_card',
  },
  {
    token: 'tok_incorrect_cvc',
    brand: 'Mastercard',
    lastDigits: '0127',
    description: 'Declined: the security code is wrong',
    declineCode: 'incorrect_cvc',
  },
  {
    token: 'tok_fraudulent',
    brand: 'Visa',
    lastDigits: '0019',
    description: 'Declined: the gateway suspects fraud',
    declineCode: 'fraudulent',
  },
  {
    token: 'tok_3ds',
    brand: 'Visa',
    lastDigits: '3220',
    description: "3-D Secure: approve or decline on the bank's page",
    challenge: true,
  },
  {
    token: 'tok_3ds_declined_after',
    brand: 'Mastercard',
    lastDigits: '3063',
    description: '3-D Secure: declined by the bank although the challenge is approved',
    challenge: true,
    declineCode: 'card_declined',
  },
  {
    token: 'tok_timeout',
    brand: 'Visa',
    lastDigits: '0408',
    description: 'Approved, but the answer does not come within 30 seconds',
    answerDelayMs: NEVER_IN_TIME_MS,
  },
  {
    token: 'tok_timeout_on_capture',
    brand: 'Mastercard',
    lastDigits: '0409',
    description: 'Approved; the capture happens, but its answer does not come within 30 seconds',
    captureAnswerDelayMs: NEVER_IN_TIME_MS,
  },
  {
    token: 'tok_unavailable_once',
    brand: 'Visa',
    lastDigits: '0503',
    description:
      'The first request with a key is answered 503 without effect, the next is approved',
    unavailableOnce: true,
  },
  {
    token: 'tok_slow',
    brand: 'Mastercard',
    lastDigits: '0002',
    description: 'Approved after 2 seconds',
    answerDelayMs: 2_000,
  },
  {
    token: 'tok_webhook_first',
    brand: 'Visa',
    lastDigits: '0001',
    description: 'Approved; the webhook arrives before the answer',
    webhookFirst: true,
  },
  {
    token: 'tok_webhook_twice',
    brand: 'Mastercard',
    lastDigits: '0200',
    description: 'Approved; each webhook arrives twice',
    webhookTwice: true,
  },
];

/** All test tokens by name. */
export const TEST_TOKENS: ReadonlyMap<string, TestToken> = new Map(
  TABLE.map((entry) => [entry.token, entry]),
);
