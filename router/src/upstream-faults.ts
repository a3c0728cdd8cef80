import { AppError } from '@commerce/contracts/problems';

/** What went wrong on the way to a cell, in the words of the client's problem document. */
export interface UpstreamFault {
  readonly error: AppError;
  /** Whether it tells against the cell: its breaker counts it. */
  readonly isCells: boolean;
  /** Whether the connection failed, so that a request without effects may be sent once more. */
  readonly isConnection: boolean;
}

/** The connection was never made: the cell has seen nothing of the request. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** The connection broke: the cell may have seen the request. */
const BROKEN: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const TIMED_OUT: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/** Names a fault that undici reports. */
export function describeFault(fault: Error): UpstreamFault {
  if (fault instanceof AppError) return { error: fault, isCells: false, isConnection: false };
  const code = String((fault as NodeJS.ErrnoException).code);
  if (NOT_CONNECTED.has(code)) {
    return {
      error: new AppError('unavailable', {
        detail: 'the cell does not answer',
        retryAfterS: 1,
        cause: fault,
      }),
      isCells: true,
      isConnection: true,
    };
  }
  if (BROKEN.has(code)) {
    return {
      error: new AppError('bad-gateway', {
        detail: 'the cell broke off before it answered',
        retryAfterS: 1,
        cause: fault,
      }),
      isCells: true,
      isConnection: true,
    };
  }
  if (TIMED_OUT.has(code)) {
    const error = new AppError('gateway-timeout', { retryAfterS: 1, cause: fault });
    return { error, isCells: true, isConnection: false };
  }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    const detail = 'a header or the address can not be passed on';
    return {
      error: new AppError('invalid-request', { detail, cause: fault }),
      isCells: false,
      isConnection: false,
    };
  }
  return {
    error: new AppError('bad-gateway', { cause: fault }),
    isCells: true,
    isConnection: false,
  };
}
