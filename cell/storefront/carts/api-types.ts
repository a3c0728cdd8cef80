/** What pages read of the API's answers about carts. */

export interface ApiCartLine {
  readonly id: string;
  readonly variantId: string;
  readonly quantity: number;
  readonly handle: string | null;
  readonly title: string | null;
  readonly options: readonly {
    readonly code: string;
    readonly label: string;
    readonly value: string;
  }[];
  readonly vendorId: string | null;
  readonly vendorName: string | null;
  readonly image: string | null;
  readonly available: number;
  readonly addedPriceMinor: number | null;
  readonly unitPriceMinor: number | null;
  readonly totalMinor: number | null;
}

export interface ApiCartProblem {
  readonly code: string;
  readonly field?: string;
  readonly lineId?: string;
  readonly vendorId?: string;
}

export interface ApiAddress {
  readonly name: string;
  readonly organization?: string;
  readonly line1: string;
  readonly line2?: string;
  readonly postalCode?: string;
  readonly city?: string;
  readonly region?: string;
  readonly country: string;
  readonly phone?: string;
}

export interface ApiCart {
  readonly id: string;
  readonly state: 'open' | 'checking-out' | 'ordered';
  readonly market: string;
  readonly currency: string;
  readonly country: string;
  readonly customerId: string | null;
  readonly email: string | null;
  readonly shippingAddress: ApiAddress | null;
  readonly orderGroupId: string | null;
  readonly lines: readonly ApiCartLine[];
  readonly shipping: readonly {
    readonly vendorId: string;
    readonly vendorName: string;
    readonly optionId: string | null;
    readonly amountMinor: number;
  }[];
  readonly totals: {
    readonly itemsMinor: number;
    readonly shippingMinor: number;
    readonly taxMinor: number;
    readonly taxDisplay: 'inclusive' | 'exclusive';
    readonly totalMinor: number;
  };
  readonly problems: readonly ApiCartProblem[];
}
