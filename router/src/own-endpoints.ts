import type { IncomingMessage, ServerResponse } from 'node:http';
import { countryOf } from '@commerce/contracts/countries';
import { HEADERS, SHOP_ACCESS_COOKIE } from '@commerce/contracts/headers';
import { realmOf } from '@commerce/contracts/ids';
import { jurisdictionsServing } from '@commerce/contracts/jurisdictions';
import { AppError } from '@commerce/contracts/problems';
import { classify } from './classify.ts';
import { countryChoices, firstLanguage, renderCountryPage } from './country-page.ts';
import { type Location, locate, locateNewcomer, type Newcomer } from './locate.ts';
import type { IsHealthy } from './placement/choose-cell.ts';
import type { ShopperCountry } from './placement/shopper-country.ts';
import type { Pin, PinCookies } from './pin-cookie.ts';
import { sendJson, sendProblem } from './problem-response.ts';
import type { RequestHead } from './request-head.ts';
import { findCell, type RoutingTable } from './routing-table.ts';

/** Where the router's own endpoints on the public port are. */
export const OWN_PREFIX = '/router/';

export interface OwnRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly method: string;
  readonly path: string;
  /** As tenants' hosts are written. */
  readonly host: string | undefined;
  readonly table: RoutingTable;
  readonly pin: Pin | undefined;
  readonly shopper: ShopperCountry;
  readonly pins: PinCookies;
  readonly isHealthy: IsHealthy;
}

/** Answers a request to one of the router's own endpoints. */
export async function answerOwn(own: OwnRequest): Promise<void> {
  const { method, path } = own;
  const isRead = method === 'GET' || method === 'HEAD';
  if (path === '/router/whoami') {
    if (isRead) answerWhoami(own);
    else refuseMethod(own, 'GET, HEAD');
  } else if (path === '/router/country') {
    if (isRead) answerCountry(own);
    else if (method === 'POST') await takeCountry(own);
    else refuseMethod(own, 'GET, HEAD, POST');
  } else {
    sendProblem(own.response, new AppError('not-found'), own.head.requestId);
  }
}

function refuseMethod(own: OwnRequest, allow: string): void {
  sendProblem(own.response, new AppError('method-not-allowed'), own.head.requestId, { allow });
}

/** `GET /router/whoami`: the shopper's cell and partition, and where the data is. Pins the new. */
function answerWhoami(own: OwnRequest): void {
  const { table, head, pin, shopper, response } = own;
  const hint = classify({ path: own.path, authorization: head.authorization, pin });
  const newcomer = newcomerOf(own, shopper.country);
  const location = locate(table, hint, newcomer, own.isHealthy);
  if (location instanceof AppError) {
    sendProblem(response, location, head.requestId);
    return;
  }
  sendJson(response, 200, describeLocation(own, location), {
    [HEADERS.requestId]: head.requestId,
    ...(location.isNewPin && { 'set-cookie': pinHeader(own, location, pin?.country) }),
  });
}

function newcomerOf({ head, host }: OwnRequest, country: string | undefined): Newcomer {
  return { country, idempotencyKey: head.idempotencyKey, host };
}

function describeLocation(own: OwnRequest, location: Location): Record<string, unknown> {
  const cell = findCell(own.table, location.cell);
  return {
    cell: location.cell,
    partition: location.partition,
    realm: realmOf(location.partition),
    epoch: location.epoch,
    country: own.shopper.country ?? null,
    countrySource: own.shopper.source,
    dataIsIn: cell && {
      jurisdiction: cell.jurisdiction,
      country: cell.country,
      location: cell.location,
    },
    changeCountryAt: '/router/country',
  };
}

function pinHeader(own: OwnRequest, location: Location, country: string | undefined): string {
  const pin = { partition: location.partition, country };
  return own.pins.setHeader(pin, { secure: own.head.isSecure, nowMs: Date.now() });
}

/** `GET /router/country`: the "shopping from" switch, as a page or as JSON. */
function answerCountry(own: OwnRequest): void {
  const { request, response, shopper, head } = own;
  const language = firstLanguage(request.headers['accept-language']);
  const choices = countryChoices(own.table, language, own.host);
  if (wantsHtml(request)) {
    const page = renderCountryPage(choices, shopper);
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(Buffer.byteLength(page)),
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      [HEADERS.requestId]: head.requestId,
    });
    response.end(page);
    return;
  }
  sendJson(
    response,
    200,
    { country: shopper.country ?? null, source: shopper.source, choices },
    { [HEADERS.requestId]: head.requestId },
  );
}

function wantsHtml(request: IncomingMessage): boolean {
  return request.headers.accept?.includes('text/html') === true;
}

/**
 * `POST /router/country`: the shopper states a country. Within the jurisdictions that may serve it the
 * partition stays; otherwise the shopper is put into a new one. Who is signed in has data in a cell,
 * and does not leave it by a switch.
 */
async function takeCountry(own: OwnRequest): Promise<void> {
  const { request, response, head, table, pin } = own;
  const refusal = refuseSwitch(own);
  const choice = refusal ?? (await readChoice(request, head));
  if (choice instanceof AppError) {
    sendProblem(response, choice, head.requestId);
    return;
  }
  const { country, returnTo } = choice;
  const kept =
    pin &&
    locate(
      table,
      { kind: 'pin', partition: pin.partition },
      newcomerOf(own, country),
      own.isHealthy,
    );
  const location =
    kept !== undefined && !(kept instanceof AppError) && mayServe(table, kept, country)
      ? kept
      : locateNewcomer(table, newcomerOf(own, country), own.isHealthy);
  if (location instanceof AppError) {
    sendProblem(response, location, head.requestId);
    return;
  }
  const headers = {
    'set-cookie': pinHeader(own, location, country),
    [HEADERS.requestId]: head.requestId,
  };
  if (isForm(request)) {
    response.writeHead(303, { ...headers, location: returnTo, 'content-length': '0' });
    response.end();
    return;
  }
  const chosen: ShopperCountry = { country, source: 'chosen' };
  sendJson(response, 200, describeLocation({ ...own, shopper: chosen }, location), headers);
}

const SIGNED_IN_PATTERN = new RegExp(`(?:^|;\\s*)(?:__Host-)?${SHOP_ACCESS_COOKIE}=[^;]`);

function refuseSwitch(own: OwnRequest): AppError | undefined {
  const { request, head } = own;
  if (request.headers['sec-fetch-site'] === 'cross-site') {
    return new AppError('forbidden', { detail: 'another site may not choose for a shopper' });
  }
  if (head.authorization !== undefined || SIGNED_IN_PATTERN.test(head.cookie ?? '')) {
    return new AppError('conflict', {
      field: 'authorization',
      detail: 'a customer who is signed in stays where the account is; sign out first',
    });
  }
  return undefined;
}

function mayServe(table: RoutingTable, location: Location, country: string): boolean {
  const jurisdiction = findCell(table, location.cell)?.jurisdiction;
  const [home, ...fallbacks] = jurisdictionsServing(country);
  if (jurisdiction === undefined || jurisdiction === home) return jurisdiction !== undefined;
  // A fallback keeps a shopper only as long as the fleet has no cell at home.
  const hasHome = [...table.cells.values()].some(({ cell }) => cell.jurisdiction === home);
  return !hasHome && fallbacks.includes(jurisdiction);
}

const FORM_TYPE = 'application/x-www-form-urlencoded';

function isForm(request: IncomingMessage): boolean {
  return request.headers['content-type']?.startsWith(FORM_TYPE) === true;
}

/** A country, and the address of a page to come back to. */
const COUNTRY_BODY_BYTES_MAX = 4_096;

/** The switch itself: where a form leads that says nothing else. */
const COUNTRY_PATH = '/router/country';

/**
 * A path of this site in printable ASCII. Not `//host` or `/\\host`, which browsers take for another
 * site: whoever sends a shopper here must not choose where they end up.
 */
const RETURN_PATTERN = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}$/;

interface CountryChoice {
  readonly country: string;
  readonly returnTo: string;
}

async function readChoice(
  request: IncomingMessage,
  head: RequestHead,
): Promise<CountryChoice | AppError> {
  if ((head.contentLength ?? 0) > COUNTRY_BODY_BYTES_MAX) return countryBodyTooLarge();
  let text = '';
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > COUNTRY_BODY_BYTES_MAX) return countryBodyTooLarge();
    text += chunk.toString('latin1');
  }
  const form = isForm(request) ? new URLSearchParams(text) : undefined;
  const country = form === undefined ? countryInJson(text) : form.get('country');
  if (country instanceof AppError) return country;
  if (country === null || countryOf(country) === undefined) {
    return new AppError('invalid-request', {
      field: '/country',
      detail: 'an ISO 3166-1 code of two capital letters is expected, such as DE',
    });
  }
  const returnTo = form?.get('return') ?? COUNTRY_PATH;
  if (!RETURN_PATTERN.test(returnTo)) {
    return new AppError('invalid-request', {
      field: '/return',
      detail: 'a path of this site is expected, such as /en/',
    });
  }
  return { country, returnTo };
}

function countryBodyTooLarge(): AppError {
  const detail = `at most ${COUNTRY_BODY_BYTES_MAX} bytes are taken`;
  return new AppError('payload-too-large', { detail });
}

function countryInJson(text: string): string | null | AppError {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return new AppError('malformed-json');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return null;
  const unknown = Object.keys(document).find((key) => key !== 'country');
  if (unknown !== undefined) {
    return new AppError('invalid-request', {
      field: `/${unknown}`,
      detail: 'the field is unknown',
    });
  }
  const { country } = document as { readonly country?: unknown };
  return typeof country === 'string' ? country : null;
}
