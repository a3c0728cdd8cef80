import type { CellState } from '@commerce/contracts/cells';
import type { LocalizedText, ProductStatus } from '@commerce/contracts/catalog';
import type { OrderPlaced } from '@commerce/contracts/events';
import type { VendorOrderDetails, VendorShipment } from '@commerce/contracts/vendor-orders';

export type { CancelPreview, ShipTo } from '@commerce/contracts/vendor-orders';

/** Answers of the control plane, as `/openapi.json` documents them. */

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly vendorId: string | null;
}

export interface Session {
  readonly user: User;
  readonly csrfToken: string;
  readonly expiresAt: string;
}

export interface BrowserState {
  readonly session: Session | null;
  readonly hints: readonly {
    readonly role: string;
    readonly email: string;
    readonly password: string;
  }[];
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface ProductRow {
  readonly id: string;
  readonly handle: string;
  readonly status: ProductStatus;
  readonly titles: LocalizedText;
  readonly picture: string | null;
  readonly variants: number;
  readonly prices: readonly {
    readonly market: string;
    readonly currency: string;
    readonly fromMinor: number;
    readonly toMinor: number;
  }[];
  readonly sellable: number;
  readonly updatedAt: string;
}

export interface Replication {
  readonly seq: number;
  readonly changedAt: string;
  readonly liveIn: number;
  readonly servedBy: number;
  readonly cells: readonly {
    readonly cell: string;
    readonly state: 'live' | 'behind' | 'unknown' | 'not-served';
    readonly lagMs: number | null;
    readonly asOf: string | null;
  }[];
}

export interface StockRow {
  readonly variantId: string;
  readonly sku: string;
  readonly productId: string;
  readonly titles: LocalizedText;
  readonly options: readonly LocalizedText[];
  readonly picture: string | null;
  readonly onHand: number;
  readonly unallotted: number;
  readonly pendingReduction: number;
  readonly countedAsOf: string | null;
  readonly sellable: number;
  readonly cells: readonly {
    readonly cell: string;
    readonly available: number;
    readonly reserved: number;
    readonly committed: number;
    /** Free units of a cell that does not answer. */
    readonly stranded: number;
    readonly asOf: string | null;
    readonly lagMs: number | null;
  }[];
}

export interface Movement {
  readonly id: string;
  readonly kind: 'count' | 'received' | 'removed' | 'returned-by-cell' | 'shipped';
  readonly delta: number;
  readonly happenedAt: string;
  readonly recordedBy: string;
}

export interface Completeness {
  readonly cell: string;
  readonly reachable: boolean;
  readonly asOf: string | null;
  readonly lagMs: number | null;
  readonly refusedEvents: number;
}

export type Order = Omit<OrderPlaced, 'lines'> & {
  /** `title` is what the shopper read, `titles` are the catalogue's of today. */
  readonly lines: readonly (OrderPlaced['lines'][number] & { readonly titles: LocalizedText })[];
  readonly fulfillment: string;
  readonly cell: string;
  readonly changedAt: string;
};
export type Parcel = Omit<VendorShipment, 'state'> & {
  readonly state: 'capturing' | 'shipped' | 'delivered' | 'refused';
};
export type Fulfilment = Omit<VendorOrderDetails, 'shipments'> & {
  readonly shipments: readonly Parcel[];
};
export type OrderPage = Page<Order> & { readonly completeness: readonly Completeness[] };

export interface SalesDay {
  readonly day: string;
  readonly cell: string;
  readonly currency: string;
  readonly orders: number;
  readonly units: number;
  readonly totalMinor: number;
}

export interface Sales {
  readonly from: string;
  readonly to: string;
  readonly days: readonly SalesDay[];
  readonly best: readonly {
    readonly sku: string;
    readonly title: string;
    readonly titles: LocalizedText;
    readonly currency: string;
    readonly units: number;
    readonly totalMinor: number;
  }[];
  readonly completeness: readonly Completeness[];
}

export interface Cell {
  readonly id: string;
  readonly jurisdiction: string;
  readonly country: string;
  readonly location: string;
  readonly state: CellState;
  readonly weight: number;
  readonly health: {
    readonly reachability: 'reachable' | 'unreachable' | 'unknown';
    readonly ready: boolean | null;
    readonly checkedAt: string | null;
    readonly seenAt: string | null;
    readonly replication: {
      readonly catalogAppliedSeq: number;
      readonly catalogHeadSeq: number;
      readonly catalogLagChanges: number;
    } | null;
  };
}

export interface CellList {
  readonly cells: readonly Cell[];
  readonly directory: 'answers' | 'unavailable';
  readonly asOf: string | null;
}
