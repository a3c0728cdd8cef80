/** What pages read of the API's answers about checking out. */

export interface ApiShippingChoice {
  readonly vendorId: string;
  readonly vendorName: string;
  readonly chosenOptionId: string | null;
  readonly options: readonly {
    readonly id: string;
    readonly name: string;
    readonly amountMinor: number;
    readonly currency: string;
    readonly minDays: number;
    readonly maxDays: number;
  }[];
}

export interface ApiTestCard {
  readonly token: string;
  readonly brand: string;
  readonly lastDigits: string;
  readonly outcome: 'approved' | 'challenge' | 'declined' | 'unusual';
  readonly description: string;
}

export interface ApiPaymentMethods {
  readonly items: readonly {
    readonly gateway: string;
    readonly pageOrigins: readonly string[];
    readonly testCards: readonly ApiTestCard[];
  }[];
}

/** An answer to a checkout that is not refused. */
export interface ApiCheckout {
  /** Of orders that are placed. */
  readonly id?: string;
  /** Of a payment that waits for something. */
  readonly orderGroupId?: string;
  readonly action?: { readonly url: string };
}

/** What a refused checkout says beside its code. */
export interface ApiCheckoutProblem {
  readonly code?: string;
  readonly field?: string;
  readonly declineCode?: string;
  readonly orderGroupId?: string;
  readonly problems?: readonly {
    readonly code: string;
    readonly field?: string;
    readonly lineId?: string;
    readonly vendorId?: string;
    readonly available?: number;
  }[];
}
