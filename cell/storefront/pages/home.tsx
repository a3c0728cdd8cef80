import { ButtonLink } from '@commerce/ui/button';
import { Icon } from '@commerce/ui/icon';
import type { ApiCard, ApiCategories, ApiProductList, ApiSearch } from '../api-types.ts';
import { ProductGrid } from '../listing/listing-view.tsx';
import { definePage } from '../page.ts';
import { usePage } from '../page-scope.tsx';
import { siteDocuments } from '../structured.ts';
import { initialsOf } from './vendor.tsx';

interface CategoryTile {
  readonly handle: string;
  readonly name: string;
  readonly picture: ApiCard['image'];
}

interface HomeData {
  readonly tiles: readonly CategoryTile[];
  readonly newest: readonly ApiCard[];
  readonly vendors: readonly {
    readonly slug: string;
    readonly name: string;
    readonly count: number;
  }[];
}

/** Vendors and top categories that are shown; a shop of thousands shows some. */
const VENDORS_MAX = 12;
const TILES_MAX = 7;

/** The front of the shop. */
export const homePage = definePage<HomeData>({
  path: '/',
  async load({ read, readPriced }) {
    const [categories, newest, found] = await Promise.all([
      read<ApiCategories>('/v1/categories'),
      readPriced<ApiProductList>('/v1/products', { limit: 12 }),
      readPriced<ApiSearch>('/v1/search', { limit: 1 }),
    ]);
    const top = categories.items.filter(({ parent }) => parent === null).slice(0, TILES_MAX);
    const pictures = await Promise.all(
      top.map(({ handle }) =>
        readPriced<ApiProductList>('/v1/products', { category: handle, limit: 1 }),
      ),
    );
    const vendors = found.facets?.find(({ code }) => code === 'vendor')?.values ?? [];
    return {
      data: {
        tiles: top.map(({ handle, name }, index) => ({
          handle,
          name,
          picture: pictures[index]?.items[0]?.image ?? null,
        })),
        newest: newest.items,
        vendors: vendors
          .slice(0, VENDORS_MAX)
          .map(({ value, label, count }) => ({ slug: value, name: label, count })),
      },
    };
  },
  head: (_data, context) => ({ canonical: '/', structured: siteDocuments(context) }),
  View: Home,
});

function Home({ data }: { readonly data: HomeData }) {
  const { t } = usePage();
  const { newest } = data;
  return (
    <div className="home">
      <Hero cards={newest.slice(0, 3)} />
      <Categories tiles={data.tiles} />
      <section className="section" aria-labelledby="newest">
        <SectionHeading
          id="newest"
          title={t('home.newest')}
          path="/search"
          query={{ sort: 'newest' }}
        />
        <ProductGrid cards={newest.slice(0, 8)} level={3} eager={0} />
      </section>
      <Principles />
      <Vendors vendors={data.vendors} />
    </div>
  );
}

function Hero({ cards }: { readonly cards: readonly ApiCard[] }) {
  const { t, href } = usePage();
  return (
    <section className="hero" aria-labelledby="hero">
      <div className="hero__text">
        <p className="hero__kicker">{t('home.kicker')}</p>
        <h1 id="hero" className="hero__title">
          {t('home.title')}
        </h1>
        <p className="hero__lead">{t('home.lead')}</p>
        <div className="hero__actions">
          <ButtonLink variant="primary" href={href('/search', { sort: 'newest' })}>
            {t('home.browse')}
            <Icon name="arrow-end" />
          </ButtonLink>
          <ButtonLink variant="ghost" href="#makers">
            {t('home.meet')}
          </ButtonLink>
        </div>
      </div>
      <div className="hero__pictures">
        {cards.map(({ handle, image, title }, index) =>
          image === null ? null : (
            <a key={handle} href={href(`/products/${handle}`)} aria-label={title}>
              <img
                src={image.url}
                width={image.width}
                height={image.height}
                alt=""
                {...(index === 0 && { fetchPriority: 'high' as const })}
              />
            </a>
          ),
        )}
      </div>
    </section>
  );
}

function SectionHeading({
  id,
  title,
  path,
  query,
}: {
  readonly id: string;
  readonly title: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}) {
  const { t, href } = usePage();
  return (
    <div className="section__heading">
      <h2 id={id}>{title}</h2>
      <a className="section__all" href={href(path, query)}>
        {t('home.all')}
        <Icon name="arrow-end" />
      </a>
    </div>
  );
}

function Categories({ tiles }: { readonly tiles: readonly CategoryTile[] }) {
  const { t, href } = usePage();
  return (
    <section className="section" aria-labelledby="categories">
      <h2 id="categories">{t('home.categories')}</h2>
      <ul className="tiles">
        {tiles.map(({ handle, name, picture }) => (
          <li key={handle}>
            <a className="tile" href={href(`/categories/${handle}`)}>
              {picture !== null && (
                <img
                  src={picture.url}
                  width={picture.width}
                  height={picture.height}
                  alt=""
                  loading="lazy"
                />
              )}
              <span className="tile__name">{name}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What this shop stands for, in three lines. */
function Principles() {
  const { t } = usePage();
  return (
    <section className="principles" aria-label={t('home.principles')}>
      <div>
        <Icon name="store" />
        <h2>{t('home.makers.title')}</h2>
        <p>{t('home.makers.text')}</p>
      </div>
      <div>
        <Icon name="truck" />
        <h2>{t('home.near.title')}</h2>
        <p>{t('home.near.text')}</p>
      </div>
      <div>
        <Icon name="lock" />
        <h2>{t('home.data.title')}</h2>
        <p>{t('home.data.text')}</p>
      </div>
    </section>
  );
}

function Vendors({ vendors }: { readonly vendors: HomeData['vendors'] }) {
  const { t, href } = usePage();
  if (vendors.length === 0) return null;
  return (
    <section className="section" aria-labelledby="makers">
      <h2 id="makers">{t('home.vendors')}</h2>
      <ul className="vendor-list">
        {vendors.map(({ slug, name, count }) => (
          <li key={slug}>
            <a className="vendor-card" href={href(`/vendors/${slug}`)}>
              <span className="vendor-mark" aria-hidden="true">
                {initialsOf(name)}
              </span>
              <span>
                <span className="vendor-card__name">{name}</span>
                <span className="muted">{t('home.products', { count })}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
