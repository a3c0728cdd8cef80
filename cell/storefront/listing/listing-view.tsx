import { ButtonLink } from '@commerce/ui/button';
import { EmptyState } from '@commerce/ui/content';
import { SelectField } from '@commerce/ui/field';
import { Icon } from '@commerce/ui/icon';
import type { ReactNode } from 'react';
import type { ApiCard } from '../api-types.ts';
import { formatMoney } from '../format.ts';
import type { MessageKey } from '../i18n.ts';
import { usePage } from '../page-scope.tsx';
import { ProductCard } from '../product-card.tsx';
import { Filters } from './filters.tsx';
import type { Listing } from './load-listing.ts';
import {
  isNarrowed,
  type Selection,
  type Sort,
  SORTS,
  toQuery,
  withoutValue,
} from './selection.ts';

const SORT_LABELS: Readonly<Record<Sort, MessageKey>> = {
  relevance: 'listing.sort.relevance',
  newest: 'listing.sort.newest',
  price: 'listing.sort.cheap',
  '-price': 'listing.sort.dear',
};

/** A list of products beside what narrows it. */
export function ListingView({
  listing,
  heading,
}: {
  readonly listing: Listing;
  readonly heading: ReactNode;
}) {
  const { t } = usePage();
  const { found } = listing;
  return (
    <div className="listing">
      <div className="listing__heading">{heading}</div>
      {/* On a phone the browser lays it over the page; on a desk it stands beside the list. */}
      <div className="listing__filters" id="filter-panel" popover="auto">
        <div className="listing__panel-head">
          <p>{t('listing.filter')}</p>
          <button
            type="button"
            className="ui-button ui-button--ghost ui-button--icon"
            popoverTarget="filter-panel"
            popoverTargetAction="hide"
            aria-label={t('nav.close')}
          >
            <Icon name="close" />
          </button>
        </div>
        <Filters listing={listing} />
      </div>
      <div className="listing__results">
        <div className="listing__bar">
          {(found.items.length > 0 || isNarrowed(listing.selection)) && (
            <button
              type="button"
              className="ui-button ui-button--small listing__toggle"
              popoverTarget="filter-panel"
            >
              <Icon name="filter" />
              {t('listing.filter')}
            </button>
          )}
          <Chips listing={listing} />
          {found.items.length > 0 && <SortChoice selection={listing.selection} />}
        </div>
        {found.items.length === 0 ? (
          <NothingFound listing={listing} />
        ) : (
          <ProductGrid cards={found.items} />
        )}
        <Paging listing={listing} />
      </div>
    </div>
  );
}

/** Products in rows; the first ones are seen at once. */
export function ProductGrid({
  cards,
  level = 2,
  eager = 4,
}: {
  readonly cards: readonly ApiCard[];
  readonly level?: 2 | 3;
  readonly eager?: number;
}) {
  return (
    <ul className="product-grid">
      {cards.map((card, index) => (
        <li key={card.id}>
          <ProductCard
            card={card}
            eager={index < eager}
            first={index === 0 && eager > 0}
            level={level}
          />
        </li>
      ))}
    </ul>
  );
}

function SortChoice({ selection }: { readonly selection: Selection }) {
  const { t } = usePage();
  return (
    <SelectField
      className="listing__sort"
      label={t('listing.sort.label')}
      hideLabel
      name="sort"
      form="filters"
      defaultValue={selection.sort}
    >
      {SORTS.map((sort) => (
        <option key={sort} value={sort}>
          {t(
            sort === 'relevance' && selection.q === ''
              ? 'listing.sort.featured'
              : SORT_LABELS[sort],
          )}
        </option>
      ))}
    </SelectField>
  );
}

/** What is chosen, each with a way to take it back. */
function Chips({ listing }: { readonly listing: Listing }) {
  const { t, href, path, locale } = usePage();
  const { selection, facets } = listing;
  if (!isNarrowed(selection)) return null;
  const to = (next: Selection): string => href(path, toQuery(next, locale.currency));
  const first = { ...selection, cursor: undefined };
  const priceText = (amountMinor: number): string =>
    formatMoney({ amountMinor, currency: locale.currency }, locale.language);
  const chips: { readonly label: string; readonly to: string }[] = [];
  if (selection.category !== undefined) {
    const label = listing.categories.find(({ handle }) => handle === selection.category)?.name;
    chips.push({ label: label ?? selection.category, to: to({ ...first, category: undefined }) });
  }
  for (const [code, values] of Object.entries(selection.facets)) {
    const facet = facets.find((entry) => entry.code === code);
    for (const value of values) {
      const label = facet?.values.find((entry) => entry.value === value)?.label ?? value;
      chips.push({ label, to: to(withoutValue(selection, code, value)) });
    }
  }
  if (selection.priceMin !== undefined) {
    const label = t('listing.from', { price: priceText(selection.priceMin) });
    chips.push({ label, to: to({ ...first, priceMin: undefined }) });
  }
  if (selection.priceMax !== undefined) {
    const label = t('listing.upTo', { price: priceText(selection.priceMax) });
    chips.push({ label, to: to({ ...first, priceMax: undefined }) });
  }
  return (
    <ul className="chips" aria-label={t('listing.chosen')}>
      {chips.map((chip) => (
        <li key={chip.to}>
          <a className="chip" href={chip.to} aria-label={t('listing.remove', { name: chip.label })}>
            {chip.label}
            <Icon name="close" />
          </a>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <a className="chip chip--plain" href={href(path, { q: selection.q || undefined })}>
            {t('listing.clear')}
          </a>
        </li>
      )}
    </ul>
  );
}

/** Never a dead end. */
function NothingFound({ listing }: { readonly listing: Listing }) {
  const { t, href, path } = usePage();
  const { selection, categories, instead, found } = listing;
  const ways = found.help?.categories ?? categories.filter(({ parent }) => parent === null);
  const terms = found.help?.terms ?? [];
  return (
    <>
      <EmptyState
        icon="search"
        title={
          selection.q === ''
            ? t('listing.empty.title')
            : t('listing.empty.query', { q: selection.q })
        }
        text={t(isNarrowed(selection) ? 'listing.empty.narrowed' : 'listing.empty.text')}
        actions={
          isNarrowed(selection) && (
            <ButtonLink variant="primary" href={href(path, { q: selection.q || undefined })}>
              {t('listing.clear')}
            </ButtonLink>
          )
        }
      />
      <ul className="listing__ways">
        {terms.map((term) => (
          <li key={`term ${term}`}>
            <a className="chip" href={href('/search', { q: term })}>
              <Icon name="search" />
              {term}
            </a>
          </li>
        ))}
        {ways.map(({ handle, name }) => (
          <li key={handle}>
            <a className="chip" href={href(`/categories/${handle}`)}>
              {name}
            </a>
          </li>
        ))}
      </ul>
      {instead.length > 0 && (
        <section className="section" aria-labelledby="instead">
          <h2 id="instead">{t('home.newest')}</h2>
          <ProductGrid cards={instead} level={3} eager={0} />
        </section>
      )}
    </>
  );
}

function Paging({ listing }: { readonly listing: Listing }) {
  const { t, href, path, locale } = usePage();
  const { selection, found } = listing;
  const to = (cursor: string | undefined): string =>
    href(path, toQuery({ ...selection, cursor }, locale.currency));
  if (found.nextCursor === null && selection.cursor === undefined) return null;
  return (
    <nav className="ui-pagination" aria-label={t('listing.pages')}>
      {selection.cursor !== undefined && (
        <ButtonLink href={to(undefined)} rel="first">
          {t('listing.first')}
        </ButtonLink>
      )}
      {found.nextCursor !== null && (
        <ButtonLink variant="primary" href={to(found.nextCursor)} rel="next">
          {t('listing.next')}
          <Icon name="arrow-end" />
        </ButtonLink>
      )}
    </nav>
  );
}
