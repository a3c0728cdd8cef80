import { countryName } from '@commerce/contracts/countries';
import { VisuallyHidden } from '@commerce/ui/content';
import { Icon } from '@commerce/ui/icon';
import type { ReactNode } from 'react';
import { withQuery } from '../context.ts';
import { Island } from '../island.tsx';
import { SearchBox } from '../islands/search-box.tsx';
import { usePage } from '../page-scope.tsx';

/** The body of every page: header, content, footer. */
export function Layout({
  frame,
  children,
}: {
  readonly frame: 'full' | 'focused';
  readonly children: ReactNode;
}) {
  const { t } = usePage();
  return (
    <body data-frame={frame}>
      <a className="skip-link" href="#content">
        {t('nav.skip')}
      </a>
      {frame === 'full' ? <Header /> : <FocusedHeader />}
      <main id="content" className="page" tabIndex={-1}>
        {children}
      </main>
      <Footer />
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

function Header() {
  const { t, href, query, path } = usePage();
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
            value: path === '/search' ? (query.get('q') ?? '') : '',
          }}
          messages={['search.placeholder', 'search.label', 'search.submit']}
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

function Footer() {
  const { t, home, locale } = usePage();
  return (
    <footer className="footer">
      <p className="footer__home">
        <Icon name="pin" />
        <span>
          {t('footer.dataHome', {
            country: countryName(home.country, locale.language),
            cell: home.cell,
          })}{' '}
          {t('footer.dataWhy')}
        </span>
      </p>
    </footer>
  );
}
