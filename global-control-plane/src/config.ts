import { type Static, Type } from 'typebox';

/** Every setting of the control plane, read from the environment. */
export const ConfigSchema = Type.Object({
  HOST: Type.String({ default: '127.0.0.1' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535 }),
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  /** Undefined: the region's own DynamoDB. */
  DIRECTORY_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  /** Base URL as browsers see it. With https its cookies are for https alone. */
  PUBLIC_URL: Type.Optional(Type.String({ pattern: '^https?://[^/]+$' })),
  /** JSON array of cell descriptors. */
  CELLS_FILE: Type.String(),
  DATA_DIR: Type.String(),
  /** Number of demo products to load into an empty catalogue; without it, none. */
  DEMO_PRODUCTS: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  /** A Shopify CSV to import in place of the demo. */
  CATALOG_FILE: Type.Optional(Type.String({ minLength: 1 })),
  /** Currency of its prices; without it, euro. */
  CATALOG_CURRENCY: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
  /** Whether a vendor who signs up waits for an operator before their products are sold. */
  VENDOR_REVIEW: Type.Boolean({ default: false }),
  LOG_LEVEL: Type.Enum(['silent', 'error', 'warn', 'info', 'debug'], { default: 'info' }),
  CONTROL_PLANE_SIGNING_KEY_FILE: Type.String(),
  SERVICE_KEY_FILE: Type.String(),
});
export type Config = Static<typeof ConfigSchema>;
