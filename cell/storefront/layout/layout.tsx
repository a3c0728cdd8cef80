import { countryName } from '@commerce/contracts/countries';
import { VisuallyHidden } from '@commerce/ui/content';
import { Icon } from '@commerce/ui/icon';
import type { ReactNode } from 'react';
import type { ApiLink } from '../api-types.ts';
import { withQuery } from '../context.ts';
import { Island } from '../island.tsx';
import { SearchBox } from '../islands/search-box.tsx';
import type { Frame } from '../page.ts';
import { usePage } from '../page-scope.tsx';

/** The body of every page: header, content, footer. */
export function Layout({
  frame,
  categories,
  children,
}: {
  readonly frame: Frame;
  readonly categories: readonly ApiLink[];
  readonly children: ReactNode;
}) {
  const { t } = usePage();
  return (
    <body data-frame={frame}>
      <a className="skip-link" href="#content">
        {t('nav.skip')}
      </a>
      {frame === 'full' ? <Header categories={categories} /> : <FocusedHeader />}
      <main id="content" className="page" tabIndex={-1}>
        {children}
      </main>
      {frame !== 'bare' && <Footer categories={frame === 'full' ? categories : []} />}
    </body>
  );
}

function Brand() {
  const { t, href } = usePage();
  return (
    <a className="brand" href={href('/')}>
      <svg className="brand__mark" viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="16" cy="16" r="15" />
        <path d="M16 1c-7 8-7 22 0 30M16 1c7 8 7 22 0 30M2 12h28M2 20h28" />
      </svg>
      {t('site.name')}
    </a>
  );
}

function Header({ categories }: { readonly categories: readonly ApiLink[] }) {
  const { t, href, query, path, locale } = usePage();
  return (
    <header className="header">
      <div className="header__row">
        <Brand />
        <Island
          name="search-box"
          of={SearchBox}
          className="header__search"
          props={{
            action: href('/search'),
            base: `/${locale.language}`,
            value: path === '/search' ? (query.get('q') ?? '') : '',
          }}
          messages={[
            'search.placeholder',
            'search.label',
            'search.submit',
            'search.terms',
            'search.products',
            'search.suggestions',
            'search.count',
            'nav.categories',
          ]}
          when="focus"
        />
        <nav className="header__links" aria-label={t('nav.main')}>
          <PreferencesLink />
          <a className="header__link" href={href('/account')}>
            <Icon name="user" />
            <span className="header__label">{t('nav.account')}</span>
          </a>
          <CartLink />
        </nav>
      </div>
      {categories.length > 0 && (
        <nav className="categories" aria-label={t('nav.categories')}>
          {categories.map(({ handle, name }) => (
            <a
              key={handle}
              href={href(`/categories/${handle}`)}
              aria-current={path === `/categories/${handle}` ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
      )}
    </header>
  );
}

/** Nothing that leads away from what the page is for. */
function FocusedHeader() {
  return (
    <header className="header">
      <div className="header__row">
        <Brand />
      </div>
    </header>
  );
}

/** The cookie is `CART-ID.COUNT`; whoever changes the cart writes both. */
function CartLink() {
  const { t, href, cookies } = usePage();
  const count = Number(cookies.get('cart')?.split('.')[1] ?? 0) || 0;
  return (
    <a className="header__link" href={href('/cart')} aria-label={t('nav.cartCount', { count })}>
      <Icon name="bag" />
      <span className="header__count" data-cart-count={count} hidden={count === 0}>
        {count}
      </span>
    </a>
  );
}

/** Leads to the page with the choices, which leads back here. */
function PreferencesLink() {
  const { t, href, path, query, locale } = usePage();
  const here = withQuery(path, Object.fromEntries(query));
  return (
    <a className="header__link" href={href('/preferences', { return: here })} rel="nofollow">
      <Icon name="globe" />
      <VisuallyHidden>{t('nav.preferences')}</VisuallyHidden>
      <span className="header__label">
        {locale.country} · {locale.currency}
      </span>
    </a>
  );
}

function Footer({ categories }: { readonly categories: readonly ApiLink[] }) {
  const { t, href } = usePage();
  return (
    <footer className="footer">
      <div className="footer__inner">
        <div className="footer__about">
          <Brand />
          <p className="muted">{t('site.description')}</p>
        </div>
        {categories.length > 0 && (
          <nav className="footer__links" aria-labelledby="footer-shop">
            <h2 id="footer-shop">{t('footer.shop')}</h2>
            <ul>
              {categories.map(({ handle, name }) => (
                <li key={handle}>
                  <a href={href(`/categories/${handle}`)}>{name}</a>
                </li>
              ))}
            </ul>
          </nav>
        )}
        <nav className="footer__links" aria-labelledby="footer-you">
          <h2 id="footer-you">{t('footer.you')}</h2>
          <ul>
            <li>
              <a href={href('/account')}>{t('nav.account')}</a>
            </li>
            <li>
              <a href={href('/cart')}>{t('nav.cart')}</a>
            </li>
            <li>
              <a href={href('/preferences')}>{t('nav.preferences')}</a>
            </li>
          </ul>
        </nav>
        <DataHome />
      </div>
    </footer>
  );
}

/** Says where the shopper's data is: what this shop has before others. */
function DataHome() {
  const { t, home, locale } = usePage();
  const country = countryName(home.country, locale.language);
  return (
    <p className="footer__home">
      <Icon name="pin" />
      <span>
        <strong>{t('footer.dataHome', { country, cell: home.cell })}</strong> {t('footer.dataWhy')}
      </span>
    </p>
  );
}
