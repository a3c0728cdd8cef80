import type {
  CategoryDocument,
  ProductImportLine,
  ShippingRate,
} from '@commerce/contracts/catalog';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { type BundleToSave, type CatalogService, readPicture } from '../modules/catalog/index.ts';
import { type IdentityService, PLATFORM } from '../modules/identity/index.ts';
import type { VendorService } from '../modules/vendors/index.ts';
import type { VendorCreation } from './create-vendor.ts';

/** A vendor of the demo, with the one user who signs in for it. */
export interface DemoVendor {
  readonly slug: string;
  readonly name: string;
  readonly country: string;
  readonly userName: string;
  readonly email: string;
  readonly password: string;
  readonly shippingRates: readonly Omit<ShippingRate, 'id'>[];
}

/** What is loaded: made from a seed, so that it is the same at every start. */
export interface DemoData {
  readonly vendors: readonly DemoVendor[];
  readonly categories: readonly Omit<CategoryDocument, 'id'>[];
  readonly productCount: number;
  /** The product of a number from 0, and the slug of its vendor. */
  readonly product: (index: number) => {
    readonly vendor: string;
    readonly line: ProductImportLine;
  };
}

export interface DemoSignIn {
  readonly role: string;
  readonly email: string;
  readonly password: string;
}

export interface LoadDemoDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly identity: IdentityService;
  readonly vendors: VendorService;
  readonly creation: VendorCreation;
  readonly catalog: CatalogService;
}

/** Products of one transaction. */
const GROUP = 100;
/** Who operates a fleet that was started to be tried. */
export const OPERATOR = {
  name: 'Grace',
  email: 'operator@platform.example',
  password: 'demo-password-operator',
};

/** What people sign in with to try the demo. */
export function demoSignIns(data: Pick<DemoData, 'vendors'>): DemoSignIn[] {
  return [
    { role: 'operator', email: OPERATOR.email, password: OPERATOR.password },
    ...data.vendors.map(({ name, email, password }) => ({
      role: `vendor ${name}`,
      email,
      password,
    })),
  ];
}

/** Makes the operator where there is none. */
export async function ensureOperator({ sql, identity }: LoadDemoDeps): Promise<void> {
  if ((await identity.findByEmail(OPERATOR.email)) !== undefined) return;
  const prepared = await identity.prepareUser(OPERATOR);
  await sql.transaction('demo.operator', (transaction) =>
    identity.addUser(transaction, prepared, { scope: PLATFORM, role: 'operator' }),
  );
}

/** Ids of the demo's vendors by slug; makes those that are missing. */
async function ensureVendors(
  { vendors, creation }: LoadDemoDeps,
  data: DemoData,
): Promise<ReadonlyMap<string, string>> {
  const entries = await Promise.all(
    data.vendors.map(async (vendor): Promise<[string, string]> => {
      const { slug, name, country, email, password, userName } = vendor;
      const known = await vendors.findVendorBySlug(slug);
      if (known !== undefined) return [slug, known.vendor.id];
      const made = await creation.createVendor(
        { slug, name, country, owner: { email, password, name: userName } },
        { status: 'active', rates: vendor.shippingRates },
      );
      return [slug, made.vendor.id];
    }),
  );
  return new Map(entries);
}

function toBundle({ line }: { readonly line: ProductImportLine }, vendorId: string): BundleToSave {
  return {
    vendorId,
    input: line.product,
    pictures: (line.pictures ?? []).map(({ contentType, text }, index) =>
      readPicture(contentType, Buffer.from(text), `/pictures/${index}`),
    ),
    onHand: line.onHand ?? {},
  };
}

/**
 * Whether there is anything to do: not in a catalogue that others have filled, nor where the last
 * product of the demo is there.
 */
async function isLoaded({ catalog, vendors }: LoadDemoDeps, data: DemoData): Promise<boolean> {
  if (!(await catalog.hasProducts())) return false;
  const [first] = data.vendors;
  if (first === undefined || (await vendors.findVendorBySlug(first.slug)) === undefined)
    return true;
  const { handle } = data.product(data.productCount - 1).line.product;
  return (await catalog.findHandles([handle])).has(handle);
}

/**
 * Loads the demo through the services, a hundred products a transaction, each with its pictures and
 * stock. A load that was killed goes on where it stopped: what is there is left as it is, so nothing
 * that a vendor has changed meanwhile is overwritten.
 * @throws Error where a product of the demo is refused, or AppError `unavailable`
 */
export async function loadDemo(
  deps: LoadDemoDeps,
  data: DemoData,
  progress: (text: string) => void,
): Promise<void> {
  if (await isLoaded(deps, data)) return;
  const { sql, clock, catalog } = deps;
  progress('Demo data: vendors and categories');
  await ensureOperator(deps);
  const vendorIds = await ensureVendors(deps, data);
  await catalog.putCategories(data.categories);
  for (let start = 0; start < data.productCount; start += GROUP) {
    const count = Math.min(GROUP, data.productCount - start);
    const products = Array.from({ length: count }, (_, index) => data.product(start + index));
    const known = await catalog.findHandles(products.map(({ line }) => line.product.handle));
    const bundles = products
      .filter(({ line }) => !known.has(line.product.handle))
      .map((product) => toBundle(product, vendorIds.get(product.vendor) as string));
    if (bundles.length > 0) {
      const results = await sql.transaction('demo.group', (transaction) =>
        catalog.saveBundles(transaction, bundles, { asOf: clock.now() }),
      );
      catalog.announce();
      for (const result of results) {
        const [problem] = 'problems' in result ? result.problems : [];
        // A vendor may have taken a handle or SKU of the demo; anything else is our fault.
        if (problem !== undefined && problem.code !== 'conflict') {
          throw new Error(`a product of the demo is refused: ${problem.field} ${problem.detail}`);
        }
      }
    }
    progress(`Demo data: ${start + count} of ${data.productCount} products`);
  }
}
