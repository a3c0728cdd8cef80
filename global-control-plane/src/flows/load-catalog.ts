import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImportOptions, type ImportView } from '@commerce/contracts/catalog-imports';
import { StartupFault } from '@commerce/service/part';
import { Value } from 'typebox/value';
import type { Imports } from '../modules/catalog/index.ts';
import { type DemoSignIn, ensureOperator, type LoadDemoDeps, OPERATOR } from './load-demo.ts';

/** Loads a Shopify CSV into a new fleet, in place of the demo catalogue. */

export interface CatalogToLoad {
  readonly file: string;
  /** Of the file's prices; undefined: that of the vendor's country. */
  readonly currency: string | undefined;
}

/** The vendor that the products belong to. */
const VENDOR = {
  slug: 'imported',
  name: 'Imported goods',
  country: 'DE',
  owner: {
    name: 'Ines',
    email: 'owner@imported.example',
    password: 'demo-password-imported',
  },
} as const;

const LOOK_EVERY_MS = 200;

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new StartupFault(
      `the catalogue ${file} can not be read`,
      'name a file that is there and that you may read',
      { cause: error },
    );
  }
  return hash.digest('hex');
}

async function ensureVendor(deps: LoadDemoDeps): Promise<{ id: string; country: string }> {
  const known = await deps.vendors.findVendorBySlug(VENDOR.slug);
  if (known !== undefined) return known.vendor;
  const made = await deps.creation.createVendor(VENDOR, { status: 'active' });
  return made.vendor;
}

function describeProgress({ rows, rowsTotal }: ImportView): string {
  const of = rowsTotal === null ? '' : ` of ${rowsTotal}`;
  return `Catalogue: ${rows}${of} rows`;
}

/**
 * Imports the file as its vendor, and waits for its end. A file that is there already, from an earlier
 * start, is not imported again.
 * @returns what people sign in with, and how the import went
 * @throws StartupFault where the file can't be read
 */
export async function loadCatalog(
  deps: LoadDemoDeps & { readonly imports: Imports },
  { file, currency }: CatalogToLoad,
  progress: (text: string) => void,
): Promise<{ readonly signIns: readonly DemoSignIn[]; readonly view: ImportView }> {
  const { imports } = deps;
  const hash = await hashFile(file);
  await ensureOperator(deps);
  const vendor = await ensureVendor(deps);
  const options: ImportOptions = {
    ...(Value.Default(ImportOptions, {}) as ImportOptions),
    fileName: path.basename(file).slice(-200),
    createCategories: true,
    ...(currency === undefined ? {} : { currency }),
  };
  let view = await imports.startCsv({
    vendor,
    options,
    idempotencyKey: `start-${hash}-${currency ?? 'default'}`,
    body: createReadStream(file),
  });
  while (view.state === 'queued' || view.state === 'running') {
    await sleep(LOOK_EVERY_MS);
    view = (await imports.find(view.id)) ?? view;
    progress(describeProgress(view));
  }
  if (view.failure !== null) {
    throw new StartupFault(`the catalogue ${file} can not be imported`, view.failure.detail);
  }
  const { name, owner } = VENDOR;
  const signIns: DemoSignIn[] = [
    { role: 'operator', email: OPERATOR.email, password: OPERATOR.password },
    { role: `vendor ${name}`, email: owner.email, password: owner.password },
  ];
  return { signIns, view };
}
