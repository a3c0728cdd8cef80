import { type Static, Type } from 'typebox';

/** RFC 9457 problem details, with a stable `code` and, for bad input, the field that is wrong. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.Optional(Type.String()),
    /** Path of the wrong field in the body (`owner/email`), or name of the parameter or header. */
    field: Type.Optional(Type.String()),
    problems: Type.Optional(
      Type.Array(
        Type.Object(
          {
            code: Type.String(),
            detail: Type.String(),
            field: Type.Optional(Type.String()),
          },
          { additionalProperties: true },
        ),
      ),
    ),
    requestId: Type.Optional(Type.String()),
  },
  { additionalProperties: true },
);
export type Problem = Static<typeof Problem>;

export interface ErrorEntry {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed when it is sent again unchanged. */
  readonly retryable: boolean;
}

/**
 * The one table of errors: every fault and every refusal that leaves the platform over HTTP has its
 * code here. `docs/errors.md` lists the same rows, and a test compares the two both ways.
 */
export const ERRORS = {
  'malformed-json': { status: 400, title: 'The body is not JSON', retryable: false },
  'invalid-request': { status: 400, title: 'A field is missing or wrong', retryable: false },
  'invalid-cookie': { status: 400, title: 'The pin cookie is not ours', retryable: false },
  'invalid-id': { status: 400, title: 'The id is not well formed', retryable: false },
  'invalid-cursor': { status: 400, title: 'The cursor is not ours', retryable: false },
  'idempotency-key-missing': {
    status: 400,
    title: 'This request needs an Idempotency-Key',
    retryable: false,
  },
  unauthenticated: { status: 401, title: 'Sign in first', retryable: false },
  'invalid-credentials': { status: 401, title: 'Email or password is wrong', retryable: false },
  'invalid-token': { status: 401, title: 'The token is not valid', retryable: false },
  'cross-site': { status: 403, title: 'The request is not from our own pages', retryable: false },
  forbidden: { status: 403, title: 'This is not yours to do', retryable: false },
  'refused-by-rules': {
    status: 403,
    title: 'The request looks like an attack',
    retryable: false,
  },
  'not-from-router': {
    status: 403,
    title: 'Requests reach a cell through a router',
    retryable: false,
  },
  'not-found': { status: 404, title: 'There is no such thing', retryable: false },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here', retryable: false },
  'request-timeout': { status: 408, title: 'The request did not arrive in time', retryable: true },
  'version-ended': {
    status: 410,
    title: 'This version of the API is no longer served',
    retryable: false,
  },
  conflict: { status: 409, title: 'It conflicts with the present state', retryable: false },
  'email-taken': { status: 409, title: 'The email is in use', retryable: false },
  'slug-taken': { status: 409, title: 'The name is in use', retryable: false },
  'cart-not-ready': { status: 409, title: 'The cart can not be checked out yet', retryable: false },
  'out-of-stock': { status: 409, title: 'Not enough units are available', retryable: false },
  'cart-closed': { status: 409, title: 'The cart was checked out', retryable: false },
  'checkout-in-progress': {
    status: 409,
    title: 'A checkout of this cart is under way',
    retryable: true,
  },
  'stale-count': { status: 409, title: 'A newer count is known', retryable: false },
  'precondition-failed': {
    status: 412,
    title: 'It was changed since it was read',
    retryable: false,
  },
  'payload-too-large': { status: 413, title: 'The body is too large', retryable: false },
  'uri-too-long': { status: 414, title: 'The address is too long', retryable: false },
  'unsupported-media-type': {
    status: 415,
    title: 'The content type is not understood',
    retryable: false,
  },
  misdirected: {
    status: 421,
    title: 'Another cell is primary for this partition',
    retryable: true,
  },
  'wrong-router': {
    status: 421,
    title: 'Other routers serve this host',
    retryable: true,
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used with another request',
    retryable: false,
  },
  unprocessable: { status: 422, title: 'The request makes no sense here', retryable: false },
  'precondition-required': {
    status: 428,
    title: 'This change needs an If-Match',
    retryable: false,
  },
  'headers-too-large': { status: 431, title: 'The headers are too large', retryable: false },
  'account-locked': {
    status: 429,
    title: 'Too many failed attempts; wait and try again',
    retryable: true,
  },
  'rate-limited': { status: 429, title: 'Too many requests', retryable: true },
  'payment-declined': { status: 402, title: 'The payment was declined', retryable: false },
  'internal-error': { status: 500, title: 'Something broke on our side', retryable: false },
  'bad-gateway': { status: 502, title: 'The cell gave no usable answer', retryable: true },
  unavailable: { status: 503, title: 'Not available at the moment', retryable: true },
  quarantined: {
    status: 503,
    title: 'The cell waits for its placement to be confirmed',
    retryable: true,
  },
  'no-cell': { status: 503, title: 'No cell can take this shopper', retryable: true },
  'gateway-timeout': { status: 504, title: 'The cell did not answer in time', retryable: true },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
export type ErrorCode = keyof typeof ERRORS;

export interface AppErrorOptions {
  readonly detail?: string;
  readonly field?: string;
  readonly problems?: Problem['problems'];
  /** Seconds after which a retry makes sense; becomes `Retry-After`. */
  readonly retryAfterS?: number;
  /** Members that this kind of problem adds. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** A fault or refusal with a code of the table. Thrown; one mapper turns it into HTTP. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly options: AppErrorOptions;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.detail ?? ERRORS[code].title, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** Base of the `type` member: relative, as the documents are served by each deployable. */
export const PROBLEM_TYPE_BASE = '/docs/errors#';

/** The problem document of an error. */
export function toProblem(error: AppError, requestId?: string): Problem {
  const { detail, problems, extensions } = error.options;
  // JSON pointers are written without their first slash, so that a plain member is its plain name.
  const field = error.options.field?.replace(/^\//, '');
  return {
    ...extensions,
    type: PROBLEM_TYPE_BASE + error.code,
    title: ERRORS[error.code].title,
    status: error.status,
    code: error.code,
    ...(detail !== undefined && { detail }),
    ...(field !== undefined && { field }),
    ...(problems !== undefined && { problems }),
    ...(requestId !== undefined && { requestId }),
  };
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';
