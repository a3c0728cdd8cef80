import { type Static, Type } from 'typebox';
import { DIRECT_ACCESS } from './http/direct-access.ts';

/** Every setting of a cell. Identical cells differ in these alone. */
export const CellConfig = Type.Object({
  CELL_ID: Type.String({
    pattern: '^[a-z][a-z0-9]*(?:-[a-z0-9]+){1,3}$',
    description: 'Such as eu-de-1; decides jurisdiction, realm and place.',
  }),
  HOST: Type.String({ default: '127.0.0.1' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535 }),
  DATABASE_URL: Type.String({ description: "The cell's own database, postgres://…" }),
  DATABASE_CONNECTIONS_MAX: Type.Integer({ minimum: 2, maximum: 200, default: 14 }),
  DIRECTORY_ENDPOINT: Type.Optional(
    Type.String({ description: 'URL of a DynamoDB; without it the region’s own is used.' }),
  ),
  CONTROL_PLANE_URL: Type.String(),
  GATEWAY_URL: Type.String({ description: 'The sandbox payment gateway.' }),
  PUBLIC_URL: Type.String({ description: 'Base URL of the router, for webhooks.' }),
  SHOP_ORIGINS: Type.Optional(
    Type.String({
      description: "Origins of the shop's own pages, by commas; by default that of PUBLIC_URL.",
    }),
  ),
  GATEWAY_PAGE_URL: Type.Optional(
    Type.String({ description: 'GATEWAY_URL as shoppers reach it, where that differs.' }),
  ),
  DATA_DIR: Type.String({
    description: 'For pictures, and to know the database again; can be rebuilt.',
  }),
  STORES_COUNTRY: Type.Optional(
    Type.String({
      pattern: '^[A-Z]{2}$',
      description: 'Country of engines on other machines, such as DE: residency reports name it.',
    }),
  ),
  DRILL_WITHOUT_FENCE: Type.Boolean({
    default: false,
    description: 'An experiment that has to fail: fences nothing. Refused in production.',
  }),
  DIRECT_ACCESS: Type.Union(
    DIRECT_ACCESS.map((access) => Type.Literal(access)),
    {
      default: 'loopback',
      description: 'Who may ask without a router: `loopback`, this machine, or `refused`, nobody.',
    },
  ),
  LOG_LEVEL: Type.Union(
    [
      Type.Literal('silent'),
      Type.Literal('error'),
      Type.Literal('warn'),
      Type.Literal('info'),
      Type.Literal('debug'),
    ],
    { default: 'info' },
  ),
  ROUTED_AUTH_KEY_FILE: Type.String({ description: 'Key that routers and cells share, in hex.' }),
  CLAIMS_KEY_FILE: Type.String({ description: 'Key of the hashes of unique names, in hex.' }),
  REALM_SIGNING_KEY_FILE: Type.String({ description: 'ES256 private JWK of the realm.' }),
  REALM_JWKS_FILE: Type.String({ description: 'Public keys of every realm.' }),
  SERVICE_KEY_FILE: Type.String({ description: 'Key of control plane and cells, in hex.' }),
  GATEWAY_API_KEY_FILE: Type.String(),
  GATEWAY_WEBHOOK_KEY_FILE: Type.String({ description: 'In hex.' }),
});
export type CellConfig = Static<typeof CellConfig>;
