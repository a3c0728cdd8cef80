import { AppError, type ErrorCode } from '@commerce/contracts/problems';
import { isTimedOutSqlError } from '@commerce/engines/sql/sql';

/** What Fastify and its validator throw, as far as it is read here. */
interface FrameworkError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
  readonly validation?: readonly {
    readonly instancePath: string;
    readonly keyword: string;
    readonly message?: string;
    readonly params: Readonly<Record<string, unknown>>;
  }[];
  readonly validationContext?: string;
}

/** Fastify's own error codes, by the code of our table. */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed-json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-json',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload-too-large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid-request',
  FST_ERR_BAD_URL: 'invalid-request',
  FST_ERR_MAX_PARAM_LENGTH: 'uri-too-long',
};

/** Turns whatever a request threw into an error of the table. What is unknown is `internal-error`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const fault = error as FrameworkError;
  if (fault.validation?.[0] !== undefined) return toInvalidRequest(fault);
  if (fault instanceof SyntaxError && fault.statusCode === 400) {
    return new AppError('malformed-json', { detail: fault.message, cause: error });
  }
  const code = FRAMEWORK_CODES[fault.code ?? ''];
  if (code !== undefined) return new AppError(code, { detail: fault.message, cause: error });
  if (fault.statusCode !== undefined && fault.statusCode >= 400 && fault.statusCode < 500) {
    return new AppError('invalid-request', { detail: fault.message, cause: error });
  }
  if (isTimedOutSqlError(error)) {
    return new AppError('unavailable', {
      detail: 'The database has too much to do.',
      retryAfterS: 1,
      cause: error,
    });
  }
  return new AppError('internal-error', { detail: 'The fault was recorded.', cause: error });
}

function toInvalidRequest(fault: FrameworkError): AppError {
  const first = fault.validation?.[0];
  const params = first?.params ?? {};
  // These two keywords point at the object; the reader wants the member.
  const member = params['missingProperty'] ?? params['additionalProperty'];
  const path = `${first?.instancePath ?? ''}${typeof member === 'string' ? `/${member}` : ''}`;
  const field = path === '' ? (fault.validationContext ?? 'body') : path.replace(/^\//, '');
  const reason =
    first?.keyword === 'additionalProperties'
      ? 'is not known here'
      : (first?.message ?? 'is wrong');
  return new AppError('invalid-request', {
    field,
    detail: `${fault.validationContext ?? 'request'} field "${field}" ${reason}.`,
    cause: fault,
  });
}
