import type { ReactNode } from 'react';
import type { ApiOptions, PageRequest } from './contract.ts';
import type { HeadTags } from './head.ts';
import type { Translate } from './i18n.ts';

/** A request, with what every page makes use of. */
export interface PageContext extends PageRequest {
  /** Parts of the path that the page's pattern names. */
  readonly params: Readonly<Record<string, string>>;
  readonly t: Translate;
  /** The address of a page of ours in the present language. */
  readonly href: (path: string, query?: QueryOf) => string;
  /** GET of the shop's API in the page's language. @throws ApiProblem */
  readonly read: <Body>(path: string, query?: QueryOf) => Promise<Body>;
  /** The same for what has prices: for the page's country and currency as well. */
  readonly readPriced: <Body>(path: string, query?: QueryOf) => Promise<Body>;
  /** Any other call of the API. @throws ApiProblem where it is refused */
  readonly write: <Body>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: ApiOptions,
  ) => Promise<Body>;
}

/** Parameters of a query; those that are undefined are left out, lists are repeated. */
export type QueryOf = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Leads elsewhere. */
export interface Redirect {
  readonly redirect: string;
  /** 303 where nothing else is said. */
  readonly status?: 301 | 302 | 303;
}

/** An answer as data, for a script of ours. */
export interface JsonAnswer {
  readonly json: unknown;
  readonly status?: number;
}

/** What a page shows. */
export interface Shown<Data> {
  readonly data: Data;
  readonly status?: number;
}

export type Frame = 'full' | 'focused' | 'bare';

/** Something that has an address: one file in `pages/` and one line in `pages/index.ts`. */
export interface Page<Data> {
  /** Below the language: `/products/:handle`. */
  readonly path: string;
  /** Gets what the page shows. @throws ApiProblem for what the API refuses */
  readonly load: (context: PageContext) => Promise<Shown<Data> | Redirect | JsonAnswer>;
  /** Takes a form; shows the page again where something in it is wrong. */
  readonly act?: (
    context: PageContext,
    form: URLSearchParams,
  ) => Promise<Shown<Data> | Redirect | JsonAnswer>;
  readonly head: (data: Data, context: PageContext) => HeadTags;
  readonly View: (props: { readonly data: Data }) => ReactNode;
  /** Origins that a form of the page leads to, beside our own. */
  readonly formActions?: (data: Data) => readonly string[];
  /** Whether nobody may keep it, not even the browser for its way back. */
  readonly isPrivate?: boolean;
  /**
   * `focused` is without navigation and search, so that nothing leads away from what the page is for;
   * `bare` says nothing of anybody either, so that it may be kept.
   */
  readonly frame?: Frame;
}

/** A page whose data is its own business. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each page knows its own
export type AnyPage = Page<any>;

/** Checks a page's parts against each other. */
export function definePage<Data>(page: Page<Data>): Page<Data> {
  return page;
}

/** The API refused, or could not answer. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  /** Path of the wrong field in what was sent; undefined where it is not one field. */
  readonly field: string | undefined;
  readonly retryAfterS: number | undefined;
  readonly body: unknown;

  constructor(status: number, body: unknown, retryAfter: string | undefined) {
    const problem = (body ?? {}) as {
      code?: string;
      detail?: string;
      title?: string;
      field?: string;
    };
    super(problem.detail ?? problem.title ?? `The API answered ${status}.`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = problem.code ?? 'internal-error';
    this.field = problem.field;
    this.retryAfterS = retryAfter === undefined ? undefined : Number(retryAfter);
    this.body = body;
  }
}

/** Says that there is nothing at an address. */
export function notFound(): ApiProblem {
  return new ApiProblem(404, { code: 'not-found' }, undefined);
}
