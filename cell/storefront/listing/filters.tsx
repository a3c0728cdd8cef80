import type { ReactNode } from 'react';
import { Button } from '@commerce/ui/button';
import { Choice } from '@commerce/ui/field';
import { Icon } from '@commerce/ui/icon';
import type { ApiFacet } from '../api-types.ts';
import { formatNumber } from '../format.ts';
import { usePage } from '../page-scope.tsx';
import type { Listing } from './load-listing.ts';
import { toMajor } from './selection.ts';

/** Values of a facet that are seen before one asks for more. */
const SEEN_MAX = 7;

/** What a thing is comes before what is good about it, and that before whose it is. */
const LAST = ['feature', 'vendor'];

function rankOf({ code }: ApiFacet): number {
  return LAST.indexOf(code);
}

const sayOf = ({ values }: ApiFacet): string =>
  values
    .map(({ label, count }) => `${label} ${count}`)
    .toSorted()
    .join('\n');

/**
 * Whether the makers tell the same: where each maker has one brand of their own name, a second list of
 * the same words only makes people wonder. One that something is chosen of stays.
 */
function isSaidByVendors(facet: ApiFacet, facets: readonly ApiFacet[]): boolean {
  if (facet.code === 'vendor' || facet.values.some(({ selected }) => selected)) return false;
  const vendors = facets.find(({ code }) => code === 'vendor');
  return vendors !== undefined && sayOf(vendors) === sayOf(facet);
}

/** What narrows a list: a form that the address holds, so that it works without a script. */
export function Filters({ listing }: { readonly listing: Listing }) {
  const { t, path, locale } = usePage();
  const { selection, fixed, facets } = listing;
  const { currency } = locale;
  const shown = facets
    .filter(
      (facet) =>
        facet.code !== 'category' &&
        !(facet.code === 'vendor' && fixed.vendor !== undefined) &&
        facet.values.length > 0 &&
        !isSaidByVendors(facet, facets),
    )
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const category = facets.find(({ code }) => code === 'category');
  return (
    <form
      className="filters"
      action={`/${locale.language}${path}`}
      data-submit-on-change=""
      id="filters"
    >
      {selection.q !== '' && <input type="hidden" name="q" value={selection.q} />}
      {selection.exact && <input type="hidden" name="exact" value="true" />}
      {fixed.category === undefined && category !== undefined && (
        <CategoryChoice facet={category} />
      )}
      <fieldset className="filters__group">
        <legend>{t('listing.price')}</legend>
        <div className="filters__prices">
          <PriceInput
            name="min"
            label={t('listing.priceMin', { currency })}
            value={toMajor(selection.priceMin, currency)}
          />
          <span aria-hidden="true">–</span>
          <PriceInput
            name="max"
            label={t('listing.priceMax', { currency })}
            value={toMajor(selection.priceMax, currency)}
          />
        </div>
      </fieldset>
      {shown.map((facet) => (
        <FacetChoice key={facet.code} facet={facet} />
      ))}
      <div className="filters__actions">
        <Button variant="primary" wide>
          {t('listing.show')}
        </Button>
      </div>
    </form>
  );
}

function PriceInput({
  name,
  label,
  value,
}: {
  readonly name: string;
  readonly label: string;
  readonly value: string | undefined;
}) {
  return (
    <input
      className="ui-input"
      name={name}
      defaultValue={value}
      inputMode="decimal"
      maxLength={12}
      aria-label={label}
      placeholder={label}
      autoComplete="off"
    />
  );
}

/** One category, or all. */
function CategoryChoice({ facet }: { readonly facet: ApiFacet }) {
  const { t, locale } = usePage();
  const isAll = facet.values.every(({ selected }) => !selected);
  const rows = facet.values.map(({ value, label, count, selected }) => (
    <Choice
      key={value}
      type="radio"
      name="category"
      value={value}
      defaultChecked={selected}
      label={<Counted label={label} count={formatNumber(count, locale.language)} />}
    />
  ));
  return (
    <fieldset className="filters__group">
      <legend>{t('listing.category')}</legend>
      <Choice
        type="radio"
        name="category"
        value=""
        defaultChecked={isAll}
        label={t('listing.all')}
      />
      <Folded rows={rows} isOpen={facet.values.slice(SEEN_MAX).some(({ selected }) => selected)} />
    </fieldset>
  );
}

function FacetChoice({ facet }: { readonly facet: ApiFacet }) {
  const { t, locale } = usePage();
  const rows = facet.values.map(({ value, label, count, selected }) => (
    <Choice
      key={value}
      name={`f.${facet.code}`}
      value={value}
      defaultChecked={selected}
      disabled={count === 0 && !selected}
      label={<Counted label={label} count={formatNumber(count, locale.language)} />}
    />
  ));
  return (
    <fieldset className="filters__group">
      <legend>{facet.code === 'vendor' ? t('listing.vendor') : facet.label}</legend>
      <Folded rows={rows} isOpen={facet.values.slice(SEEN_MAX).some(({ selected }) => selected)} />
    </fieldset>
  );
}

function Counted({ label, count }: { readonly label: string; readonly count: string }) {
  return (
    <>
      {label} <span className="filters__count">{count}</span>
    </>
  );
}

/** The first rows, and the rest behind a word. */
function Folded({
  rows,
  isOpen,
}: {
  readonly rows: readonly ReactNode[];
  readonly isOpen: boolean;
}) {
  const { t } = usePage();
  const rest = rows.slice(SEEN_MAX);
  return (
    <>
      {rows.slice(0, SEEN_MAX)}
      {rest.length > 0 && (
        <details className="filters__more" open={isOpen}>
          <summary>
            {t('listing.more', { count: rest.length })}
            <Icon name="chevron-down" />
          </summary>
          {rest}
        </details>
      )}
    </>
  );
}
