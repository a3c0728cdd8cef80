import { readFileSync } from 'node:fs';
import { AppError } from '@commerce/contracts/problems';
import { StartupFault } from '@commerce/service/part';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { isBelow } from '../request-target.ts';

/** A version of the API, or a part of one, and when it ends. */
const ApiVersion = Type.Object(
  {
    /** Beginning of the paths that are meant: `/v1`, or a part such as `/v1/search`. */
    prefix: Type.String({ pattern: '^/v[1-9][0-9]?(/[a-z0-9-]+)*$' }),
    /** From when on its use is advised against, RFC 3339. */
    deprecatedAt: Type.Optional(Type.String({ format: 'date-time' })),
    /** When it stops to be served, RFC 3339. */
    sunsetAt: Type.Optional(Type.String({ format: 'date-time' })),
    /** Path of what takes its place. */
    successor: Type.Optional(Type.String({ pattern: '^/' })),
    /** Page that tells how to change over. */
    documentation: Type.Optional(Type.String({ pattern: '^(https?:/)?/' })),
  },
  { additionalProperties: false },
);
export type ApiVersion = Static<typeof ApiVersion>;
const ApiVersions = Type.Array(ApiVersion, { minItems: 1, maxItems: 100 });

/** What is served today: one version, and nothing of it ends. */
export const CURRENT_VERSIONS: readonly ApiVersion[] = Object.freeze([{ prefix: '/v1' }]);

export interface ApiVersionRules {
  /**
   * What is to be said of a path's version: nothing for most, headers for one that is to end, a
   * refusal for one that has ended or never was.
   */
  judge(path: string, nowMs: number): AppError | readonly string[] | undefined;
}

interface Rule {
  readonly version: ApiVersion;
  readonly sunsetAtMs: number;
  readonly headers: readonly string[] | undefined;
}

const VERSIONED_PATTERN = /^\/v\d{1,3}(?=\/|$)/;

/**
 * Makes the rules. Of several prefixes that fit a path the longest counts. Headers are `Deprecation`
 * (RFC 9745), `Sunset` (RFC 8594) and links to the successor and the documentation.
 */
export function createApiVersionRules(versions: readonly ApiVersion[]): ApiVersionRules {
  const rules = versions
    .map((version): Rule => {
      const sunsetAtMs =
        version.sunsetAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(version.sunsetAt);
      return { version, sunsetAtMs, headers: versionHeaders(version) };
    })
    .sort((a, b) => b.version.prefix.length - a.version.prefix.length);

  return Object.freeze({
    judge(path: string, nowMs: number): AppError | readonly string[] | undefined {
      // Pages and files carry no version.
      if (path.charCodeAt(1) !== 0x76 || !VERSIONED_PATTERN.test(path)) return undefined;
      const rule = rules.find(({ version: { prefix } }) => isBelow(path, prefix));
      if (rule === undefined) return unknownVersion(versions);
      return nowMs >= rule.sunsetAtMs ? ended(rule.version) : rule.headers;
    },
  });
}

/** What answers of a version say of its end: names and values in turn; undefined where it has none. */
export function versionHeaders(version: ApiVersion): readonly string[] | undefined {
  const headers: string[] = [];
  if (version.deprecatedAt !== undefined) {
    headers.push('deprecation', `@${Math.floor(Date.parse(version.deprecatedAt) / 1000)}`);
  }
  if (version.sunsetAt !== undefined) {
    headers.push('sunset', new Date(version.sunsetAt).toUTCString());
  }
  if (headers.length === 0) return undefined;
  if (version.successor !== undefined) {
    headers.push('link', `<${version.successor}>; rel="successor-version"`);
  }
  if (version.documentation !== undefined) {
    headers.push('link', `<${version.documentation}>; rel="deprecation"; type="text/html"`);
  }
  return Object.freeze(headers);
}

function unknownVersion(versions: readonly ApiVersion[]): AppError {
  const known = versions.map(({ prefix }) => prefix).join(', ');
  return new AppError('not-found', {
    field: 'path',
    detail: `the API has no such version; it has ${known}`,
  });
}

function ended({ prefix, sunsetAt, successor, documentation }: ApiVersion): AppError {
  return new AppError('version-ended', {
    detail: `${prefix} has ended at ${sunsetAt}`,
    extensions: {
      ...(successor !== undefined && { successor }),
      ...(documentation !== undefined && { documentation }),
    },
  });
}

/** Reads the versions from a file of JSON. @throws StartupFault where it is missing or wrong */
export function readApiVersions(path: string): readonly ApiVersion[] {
  const cure = 'See "Versions" in docs/reference/gateway.md for what belongs into the file.';
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new StartupFault(`The file ${path} can't be read: ${(error as Error).message}.`, cure);
  }
  if (!Value.Check(ApiVersions, document)) {
    const [first] = Value.Errors(ApiVersions, document);
    const place = first?.instancePath ?? '';
    throw new StartupFault(`The file ${path} is wrong at "${place}": ${first?.message}.`, cure);
  }
  return Object.freeze(document);
}
