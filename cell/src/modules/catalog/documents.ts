import type {
  LocalizedText,
  ProductAttribute,
  ProductMedia,
  ProductOption,
  ProductStatus,
} from '@commerce/contracts/catalog';

/** What the module gives to others of a variant that a cart may hold. */
export interface SellableVariant {
  readonly variantId: string;
  readonly productId: string;
  readonly vendorId: string;
  readonly vendorName: string;
  readonly vendorSlug: string;
  /** Whether the vendor may sell at the moment. */
  readonly vendorActive: boolean;
  readonly productStatus: ProductStatus;
  readonly handle: string;
  readonly sku: string;
  readonly titles: LocalizedText;
  /** The options that tell this variant from its siblings, in the product's order. */
  readonly optionLabels: readonly OptionLabel[];
  readonly weightGrams: number;
  /** SHA-256 of the product's first picture. */
  readonly mediaHash?: string;
}

export interface OptionLabel {
  readonly code: string;
  readonly labels: LocalizedText;
  readonly value: string;
  readonly valueLabels: LocalizedText;
}

export interface VendorProfile {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly country: string;
  readonly status: 'pending' | 'active' | 'suspended';
}

export interface Category {
  readonly handle: string;
  readonly parent: string | null;
  readonly names: LocalizedText;
  readonly position: number;
}

export interface StoredVariant {
  readonly id: string;
  readonly sku: string;
  readonly options: Readonly<Record<string, string>>;
  readonly weightGrams: number;
}

/** A product that shoppers may see, with its vendor. */
export interface StoredProduct {
  readonly id: string;
  readonly handle: string;
  readonly titles: LocalizedText;
  readonly descriptions: LocalizedText;
  readonly options: readonly ProductOption[];
  readonly attributes: readonly ProductAttribute[];
  readonly media: readonly ProductMedia[];
  /** Handles; the first is the main category. */
  readonly categories: readonly string[];
  /** Markets that some variant has a price in. */
  readonly markets: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly vendor: Pick<VendorProfile, 'id' | 'slug' | 'name'>;
  readonly variants: readonly StoredVariant[];
}

/** A product that search has to look at again. */
export interface TouchedProduct {
  readonly productId: string;
  /** Number of the feed's change that touched it; with the id, the place to go on from. */
  readonly touchedSeq: number;
  /** Absent where shoppers may not see the product: search takes it out. */
  readonly product?: StoredProduct;
}

/** What a batch of the feed changed. */
export interface CatalogChanged {
  readonly productIds: readonly string[];
  /** Variants of these products, before and after. */
  readonly variantIds: readonly string[];
  readonly vendorIds: readonly string[];
  readonly categories: boolean;
  readonly appliedSeq: number;
}

export interface ReplicationState {
  /** Number of the last change applied. */
  readonly appliedSeq: number;
  /** Highest number that the control plane has told. */
  readonly sourceSeq: number;
  /**
   * How far behind in time: 0 when all that is known is applied and the control plane was heard of
   * lately, else the age of the state that shoppers see.
   */
  readonly lagMs: number;
  /** When the control plane last confirmed `sourceSeq`; undefined before the first time. */
  readonly asOf: Date | undefined;
}
