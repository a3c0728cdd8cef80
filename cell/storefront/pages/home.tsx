import type { ApiCategories, ApiProductList } from '../api-types.ts';
import { definePage } from '../page.ts';
import { usePage } from '../page-scope.tsx';
import { ProductCard } from '../product-card.tsx';

interface HomeData {
  readonly categories: ApiCategories['items'];
  readonly newest: ApiProductList['items'];
}

/** The front of the shop. */
export const homePage = definePage<HomeData>({
  path: '/',
  async load({ read, readPriced }) {
    const [categories, newest] = await Promise.all([
      read<ApiCategories>('/v1/categories'),
      readPriced<ApiProductList>('/v1/products', { limit: 12 }),
    ]);
    return { data: { categories: categories.items, newest: newest.items } };
  },
  head: () => ({ canonical: '/' }),
  View: Home,
});

function Home({ data }: { readonly data: HomeData }) {
  const { t, href } = usePage();
  return (
    <>
      <h1>{t('site.tagline')}</h1>
      <ul className="tile-list">
        {data.categories
          .filter(({ parent }) => parent === null)
          .map(({ handle, name }) => (
            <li key={handle}>
              <a href={href(`/categories/${handle}`)}>{name}</a>
            </li>
          ))}
      </ul>
      <section aria-labelledby="newest">
        <h2 id="newest">{t('home.newest')}</h2>
        <ul className="product-grid">
          {data.newest.map((card, index) => (
            <li key={card.id}>
              <ProductCard card={card} eager={index < 4} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
