import type { ShippingRate, VendorDocument } from '@commerce/contracts/catalog';
import { countryOf } from '@commerce/contracts/countries';
import { newGlobalId } from '@commerce/contracts/ids';
import { hasCurrency, market } from '@commerce/contracts/markets';
import { AppError } from '@commerce/contracts/problems';
import { isUniqueViolation, type Sql, type SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { assertVersion } from '../../http/preconditions.ts';
import type { RateInput } from './default-rates.ts';
import type { NewVendor, VendorPatch } from './schema.ts';
import { mayBecome, type VendorStatus } from './state.ts';
import {
  findVendor,
  findVendorBySlug,
  insertVendor,
  listRates,
  listUnclaimed,
  listVendors,
  lockVendor,
  markClaimed,
  replaceRates,
  updateVendor,
  type VendorFilter,
  type VendorRow,
} from './store.ts';

export interface VendorView {
  readonly vendor: VendorDocument;
  readonly version: bigint;
}

/** Puts a vendor's public document into the catalogue feed, as a transaction's last act. */
export type PublishVendor = (transaction: SqlReader, document: VendorDocument) => Promise<void>;

const UNCLAIMED_MAX = 100;

function toView(row: VendorRow, shippingRates: readonly ShippingRate[]): VendorView {
  const { id, slug, name, country, status, version } = row;
  return {
    vendor: { id, slug, name, country, status, shippingRates: [...shippingRates] },
    version,
  };
}

function refuse(field: string, detail: string): never {
  throw new AppError('unprocessable', { field, detail });
}

/** @throws AppError `unprocessable`, naming the rate that is wrong */
function checkRates(rates: readonly RateInput[]): void {
  const seen = new Set<string>();
  rates.forEach((rate, index) => {
    const known = market(rate.market);
    if (known === undefined) {
      refuse(`/${index}/market`, `There is no market "${rate.market}".`);
    } else if (!hasCurrency(known, rate.currency)) {
      refuse(
        `/${index}/currency`,
        `The market "${rate.market}" has no prices in ${rate.currency}.`,
      );
    }
    if (rate.minDays > rate.maxDays) refuse(`/${index}/minDays`, 'minDays is beyond maxDays.');
    if (JSON.stringify(rate.names).includes('\\u0000'))
      refuse(`/${index}/names`, 'It holds a NUL.');
    const key = `${rate.market} ${rate.currency} ${rate.code}`;
    if (seen.has(key)) refuse(`/${index}`, `There are two rates for ${key}.`);
    seen.add(key);
  });
}

function checkCountry(code: string, field: string): void {
  if (countryOf(code) === undefined) refuse(field, `"${code}" is no ISO 3166-1 country.`);
}

export type VendorService = ReturnType<typeof createVendors>;

export function createVendors(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly publish: PublishVendor;
  /** Called after each commit that changed the feed. */
  readonly announce: () => void;
}) {
  const { sql, clock, publish, announce } = deps;

  const read = async (reader: SqlReader, row: VendorRow): Promise<VendorView> =>
    toView(row, (await listRates(reader, [row.id])).get(row.id) ?? []);

  /** Changes a vendor at the version that the client saw, and publishes the result. */
  const edit = async (
    id: string,
    ifMatch: bigint | 'any',
    body: (transaction: SqlReader, row: VendorRow) => Promise<VendorRow>,
  ): Promise<VendorView> => {
    const view = await sql.transaction('vendors.edit', async (transaction) => {
      const row = await lockVendor(transaction, id);
      if (row === undefined) throw new AppError('not-found', { detail: 'No vendor has this id.' });
      assertVersion(ifMatch, row.version);
      const edited = await read(transaction, await body(transaction, row));
      await publish(transaction, edited.vendor);
      return edited;
    });
    announce();
    return view;
  };

  return Object.freeze({
    /**
     * Adds a vendor in the transaction of whoever reserved its slug and adds its owner.
     * @throws AppError `slug-taken`, `unprocessable`
     */
    addVendor: async (
      transaction: SqlReader,
      vendor: NewVendor & { readonly id: string; readonly status: VendorStatus },
      rates: readonly RateInput[],
    ): Promise<VendorView> => {
      checkCountry(vendor.country, '/country');
      const { id, slug, name, country, status } = vendor;
      try {
        const row = { id, slug, name: name.trim(), country, status, createdAt: clock.now() };
        const inserted = await insertVendor(transaction, row);
        const withIds = rates.map((rate) => ({ ...rate, id: newGlobalId('shp') }));
        await replaceRates(transaction, id, withIds);
        const view = await read(transaction, inserted);
        await publish(transaction, view.vendor);
        return view;
      } catch (error) {
        if (isUniqueViolation(error, 'vendors_slug')) {
          throw new AppError('slug-taken', { field: '/slug' });
        }
        throw error;
      }
    },
    announce,

    /** @throws AppError `not-found`, `conflict`, `unprocessable` */
    editVendor: (id: string, ifMatch: bigint | 'any', patch: VendorPatch): Promise<VendorView> =>
      edit(id, ifMatch, (transaction, row) => {
        const { name = row.name, country = row.country, status = row.status } = patch;
        checkCountry(country, '/country');
        if (!mayBecome(row.status, status)) {
          throw new AppError('conflict', {
            field: '/status',
            detail: `A vendor that is ${row.status} can not become ${status}.`,
          });
        }
        return updateVendor(transaction, { id, name: name.trim(), country, status });
      }),

    /** Replaces all shipping rates; one that stays for its market, currency and code keeps its id. */
    replaceShippingRates: (
      id: string,
      ifMatch: bigint | 'any',
      rates: readonly RateInput[],
    ): Promise<VendorView> => {
      checkRates(rates);
      return edit(id, ifMatch, async (transaction, row) => {
        const present = (await listRates(transaction, [id])).get(id) ?? [];
        const idOf = new Map(
          present.map((rate) => [`${rate.market} ${rate.currency} ${rate.code}`, rate.id]),
        );
        const withIds = rates.map((rate) => ({
          ...rate,
          id: idOf.get(`${rate.market} ${rate.currency} ${rate.code}`) ?? newGlobalId('shp'),
        }));
        await replaceRates(transaction, id, withIds);
        return updateVendor(transaction, row);
      });
    },

    findVendor: async (id: string): Promise<VendorView | undefined> => {
      const row = await findVendor(sql, id);
      return row === undefined ? undefined : read(sql, row);
    },

    findVendorBySlug: async (slug: string): Promise<VendorView | undefined> => {
      const row = await findVendorBySlug(sql, slug);
      return row === undefined ? undefined : read(sql, row);
    },

    /** Vendors in the order of their ids, after an id. */
    listVendors: async (
      after: string,
      filter: VendorFilter & { readonly limit: number },
    ): Promise<VendorView[]> => {
      const rows = await listVendors(sql, after, filter);
      const rates = await listRates(
        sql,
        rows.map(({ id }) => id),
      );
      return rows.map((row) => toView(row, rates.get(row.id) ?? []));
    },

    /** Vendors whose slug is not confirmed in the directory yet. */
    listUnclaimed: async (): Promise<{ readonly id: string; readonly slug: string }[]> =>
      listUnclaimed(sql, UNCLAIMED_MAX),

    markClaimed: async (id: string): Promise<void> => {
      await markClaimed(sql, id);
    },
  });
}
