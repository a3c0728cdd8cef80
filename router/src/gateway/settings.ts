import { type Static, Type } from 'typebox';
import { type ApiVersion, CURRENT_VERSIONS, readApiVersions } from './api-versions.ts';
import { CACHE_BYTES_DEFAULT } from './catalogue-cache.ts';
import { parseRateLimit, type RateLimitSettings } from './rate-limits.ts';

const limit = (standard: string) =>
  Type.String({ default: standard, pattern: '^(none|[1-9][0-9]{0,8}/[1-9][0-9]{0,5})$' });

/** Settings of the gateway, by their names in the environment. A limit is requests in seconds. */
export const GATEWAY_SETTINGS = {
  RATE_LIMIT_IP: limit('3000/60'),
  RATE_LIMIT_KEY: limit('1200/60'),
  RATE_LIMIT_PARTITION: limit('60000/60'),
  WAF_MODE: Type.Union(
    (['block', 'detect', 'off'] as const).map((mode) => Type.Literal(mode)),
    { default: 'block' },
  ),
  /** Bytes of catalogue answers that are kept; 0 keeps none. */
  CACHE_BYTES_MAX: Type.Integer({
    minimum: 0,
    maximum: 4_294_967_296,
    default: CACHE_BYTES_DEFAULT,
  }),
  COMPRESSION: Type.Union(
    (['on', 'off'] as const).map((mode) => Type.Literal(mode)),
    { default: 'on' },
  ),
  /** File of the versions of the API and when they end. */
  API_VERSIONS_FILE: Type.Optional(Type.String({ minLength: 1 })),
};
const GatewaySettings = Type.Object(GATEWAY_SETTINGS);
type GatewaySettings = Static<typeof GatewaySettings>;

export interface GatewayOptions {
  readonly limits: RateLimitSettings;
  readonly wafMode: 'block' | 'detect' | 'off';
  /** 0: nothing is kept. */
  readonly cacheBytesMax: number;
  readonly compresses: boolean;
  readonly versions: readonly ApiVersion[];
}

/** What a gateway does that was told nothing: all but limits of rate. */
export const UNLIMITED_GATEWAY: GatewayOptions = Object.freeze({
  limits: { ip: undefined, key: undefined, partition: undefined },
  wafMode: 'block',
  cacheBytesMax: CACHE_BYTES_DEFAULT,
  compresses: true,
  versions: CURRENT_VERSIONS,
});

/** Reads the options, whose form the schema has checked. @throws StartupFault where a file is wrong */
export function readGatewayOptions(settings: GatewaySettings): GatewayOptions {
  return Object.freeze({
    limits: {
      ip: parseRateLimit(settings.RATE_LIMIT_IP),
      key: parseRateLimit(settings.RATE_LIMIT_KEY),
      partition: parseRateLimit(settings.RATE_LIMIT_PARTITION),
    },
    wafMode: settings.WAF_MODE,
    cacheBytesMax: settings.CACHE_BYTES_MAX,
    compresses: settings.COMPRESSION === 'on',
    versions:
      settings.API_VERSIONS_FILE === undefined
        ? CURRENT_VERSIONS
        : readApiVersions(settings.API_VERSIONS_FILE),
  });
}
