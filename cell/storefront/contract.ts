import type { Writable } from 'node:stream';

/**
 * What the cell and the bundle of its pages know of each other. The cell speaks HTTP, keeps cookies and
 * guards forms; the bundle decides what an address shows and how. Types only: this file is read by both
 * sides and is in neither's way.
 */

/** For whom a page is made. */
export interface Locale {
  /** BCP 47, one of the shop's languages. */
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  /** ISO 3166-1 alpha-2 that the shopper shops from: theirs, else the home of the cell. */
  readonly country: string;
  readonly market: string;
  /** ISO 4217, one of the market's. */
  readonly currency: string;
  readonly currencies: readonly string[];
}

/** Where the shopper's data is. */
export interface DataHome {
  readonly cell: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

/** An answer of the shop's API. */
export interface ApiAnswer {
  readonly status: number;
  /** JSON; undefined where there is none. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface ApiOptions {
  readonly body?: unknown;
  /** Idempotency key of what may be sent twice. */
  readonly key?: string;
}

/** The cell's own API, called as any client calls it, with the shopper's credentials. */
export type CallApi = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options?: ApiOptions,
) => Promise<ApiAnswer>;

/** What the storefront keeps in the browser; the cell gives each its real name and its attributes. */
export type CookieName = 'language' | 'currency' | 'cart' | 'access' | 'refresh' | 'flash';

export interface PageCookies {
  get(name: CookieName): string | undefined;
  /** Without an age it ends with the browser's session. */
  set(name: CookieName, value: string, maxAgeS?: number): void;
  clear(name: CookieName): void;
}

/** A request for a page. */
export interface PageRequest {
  readonly method: 'GET' | 'POST';
  /** Below the language, such as `/products/lamp`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Fields of a form that was sent from one of our own pages; undefined for GET. */
  readonly form: URLSearchParams | undefined;
  readonly locale: Locale;
  readonly home: DataHome;
  readonly api: CallApi;
  readonly cookies: PageCookies;
  /** To be sent with each form; another text for each page. */
  readonly formToken: string;
  /** Whether a token is one that this browser's pages were given. */
  readonly isFormToken: (token: string) => boolean;
  /** Such as `https://shop.example`; for addresses that others read. */
  readonly origin: string;
  /** Whether an answer is wanted as data, by a script on one of our pages. */
  readonly wantsJson: boolean;
  readonly nowMs: number;
}

export type PageAnswer =
  | {
      readonly kind: 'page';
      readonly status: number;
      /** From the doctype to the start of the body: sent before the body is made. */
      readonly head: string;
      /** Writes the body and ends the destination. */
      readonly pipe: (destination: Writable) => void;
      readonly retryAfterS?: number | undefined;
      /** Origins that a form of the page leads to, beside our own. */
      readonly formActions?: readonly string[] | undefined;
      /** Whether nobody may keep it, not even the browser for its way back. */
      readonly isPrivate?: boolean | undefined;
    }
  | { readonly kind: 'redirect'; readonly status: 301 | 302 | 303; readonly location: string }
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown };

/** Addresses of the built files that pages name. */
export interface BuiltFiles {
  /** By source, such as `entry-client.ts`: its script, its styles and what the script needs. */
  readonly entries: Readonly<
    Record<
      string,
      {
        readonly script: string;
        readonly styles: readonly string[];
        readonly needs: readonly string[];
      }
    >
  >;
}

/** What the bundle gives the cell. */
export interface Storefront {
  /** Name of the hidden field that a form carries its token in. */
  readonly formTokenField: string;
  /** Languages that have texts of their own: those that search engines are told of. */
  readonly languages: readonly string[];
  /** Answers a request for a page below a language; never rejects for what a shopper can cause. */
  answer(request: PageRequest): Promise<PageAnswer>;
  /** The page that tells of a problem: a form that is not ours, or a fault. */
  tell(
    request: PageRequest,
    problem: { readonly status: number; readonly retryAfterS?: number },
  ): PageAnswer;
  /** Texts of the web app's manifest, and of the page that is shown without a network. */
  readonly texts: (language: string) => { readonly name: string; readonly description: string };
}

export type CreateStorefront = (files: BuiltFiles) => Storefront;
