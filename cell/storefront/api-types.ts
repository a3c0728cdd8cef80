/**
 * What pages read of the API's answers. A test of the cell holds these against the API's own schemas, so
 * that a field that is renamed there is noticed here.
 */

export interface ApiMoney {
  readonly amountMinor: number;
  readonly currency: string;
}

export interface ApiImage {
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly alt: string;
}

export interface ApiLink {
  readonly handle: string;
  readonly name: string;
}

export interface ApiVendorLink {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

export interface ApiOption {
  readonly code: string;
  readonly value: string;
  readonly label: string;
}

export interface ApiTax {
  readonly display: 'inclusive' | 'exclusive';
  readonly ratePpm: number;
}

export interface ApiCard {
  readonly id: string;
  readonly handle: string;
  readonly title: string;
  readonly vendor: ApiVendorLink;
  readonly image: ApiImage | null;
  readonly price: ApiMoney | null;
  readonly priceMax: ApiMoney | null;
  readonly available: number;
  readonly variantCount: number;
  readonly variants: readonly {
    readonly id: string;
    readonly options: readonly ApiOption[];
    readonly price: ApiMoney | null;
    readonly available: number;
  }[];
}

export interface ApiProductList {
  readonly items: readonly ApiCard[];
  readonly nextCursor: string | null;
  readonly tax: ApiTax;
}

export interface ApiCategories {
  readonly items: readonly {
    readonly handle: string;
    readonly parent: string | null;
    readonly name: string;
  }[];
}

export interface ApiVariant {
  readonly id: string;
  readonly sku: string;
  readonly options: readonly ApiOption[];
  readonly price: ApiMoney | null;
  readonly weightGrams: number;
  readonly available: number;
}

export interface ApiProduct {
  readonly id: string;
  readonly handle: string;
  readonly title: string;
  readonly description: string;
  readonly currency: string;
  readonly tax: ApiTax;
  readonly vendor: ApiVendorLink;
  readonly breadcrumbs: readonly ApiLink[];
  readonly categories: readonly ApiLink[];
  readonly options: readonly {
    readonly code: string;
    readonly label: string;
    readonly values: readonly { readonly value: string; readonly label: string }[];
  }[];
  readonly attributes: readonly {
    readonly code: string;
    readonly label: string;
    readonly values: readonly { readonly code: string; readonly label: string }[];
  }[];
  readonly media: readonly ApiImage[];
  readonly updatedAt: string;
  readonly variants: readonly ApiVariant[];
}

export interface ApiFacet {
  readonly code: string;
  readonly label: string;
  readonly values: readonly {
    readonly value: string;
    readonly label: string;
    readonly count: number;
    readonly selected: boolean;
  }[];
}

export interface ApiSearch {
  readonly items: readonly ApiCard[];
  readonly nextCursor: string | null;
  /** On the first page only. */
  readonly facets?: readonly ApiFacet[];
  readonly facetsAreComplete?: boolean;
  /** What was searched for in place of what was asked. */
  readonly correctedText?: string;
  /** What was perhaps meant, and was not searched for. */
  readonly suggestedText?: string;
  /** For who found nothing. */
  readonly help?: { readonly categories: readonly ApiLink[]; readonly terms: readonly string[] };
  readonly tax: ApiTax;
}

export interface ApiSuggestions {
  readonly terms: readonly string[];
  readonly categories: readonly ApiLink[];
  readonly products: readonly { readonly handle: string; readonly title: string }[];
}

export interface ApiVendor {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly country: string;
  readonly countryName: string;
}
