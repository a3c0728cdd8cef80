import type { ApiAddress } from '../carts/api-types.ts';

/** What pages read of the API's answers about orders. */

export interface ApiOrder {
  readonly id: string;
  readonly orderGroupId: string;
  readonly displayNumber: string;
  readonly state: string;
  readonly fulfillment: string;
  readonly vendor: { readonly id: string; readonly name: string };
  readonly currency: string;
  readonly shippingMinor: number;
  readonly totalMinor: number;
  readonly shippingOption: { readonly name?: string } | null;
  readonly placedAt: string;
  readonly lines: readonly {
    readonly id: string;
    readonly title: string;
    readonly quantity: number;
    readonly shippedQuantity: number;
    readonly canceledQuantity: number;
    readonly totalMinor: number;
  }[];
}

export interface ApiOrderGroup {
  readonly id: string;
  readonly state: 'pending' | 'placed' | 'paid' | 'canceling' | 'canceled';
  readonly cancelReason?: string;
  readonly totalMinor: number;
  readonly currency: string;
  readonly payment?: {
    readonly state: string;
    readonly declineCode?: string;
    readonly action?: { readonly url: string };
  };
}

export interface ApiStep {
  readonly code: 'placed' | 'paid' | 'preparing' | 'delivered' | 'canceled';
  readonly state: 'done' | 'current' | 'upcoming';
  readonly at: string | null;
}

export interface ApiTracking {
  readonly id: string;
  readonly state: ApiOrderGroup['state'];
  readonly currency: string;
  readonly createdAt: string;
  readonly placedAt: string | null;
  readonly totals: {
    readonly itemsMinor: number;
    readonly shippingMinor: number;
    readonly taxMinor: number;
    readonly taxDisplay: 'inclusive' | 'exclusive';
    readonly totalMinor: number;
  };
  readonly email: string;
  readonly destination: {
    readonly city?: string;
    readonly region?: string;
    readonly country: string;
  };
  readonly shippingAddress?: ApiAddress;
  readonly orders: readonly (ApiOrder & {
    readonly steps: readonly ApiStep[];
    readonly expected: { readonly from: string; readonly to: string } | null;
  })[];
  readonly payment?: {
    readonly refundedMinor: number;
    readonly releasedMinor: number;
  };
  readonly history: readonly ApiHistoryEntry[];
}

/** One thing that happened to an order. */
export interface ApiHistoryEntry {
  readonly at: string;
  readonly code: string;
  readonly vendor?: string;
  readonly items?: readonly { readonly title: string; readonly quantity: number }[];
  readonly amountMinor?: number;
  readonly carrier?: string;
  readonly trackingNumber?: string;
}

/** What canceling would do to the money. */
export interface ApiChangePreview {
  readonly currency: string;
  readonly refundMinor: number;
  readonly releaseMinor: number;
}
